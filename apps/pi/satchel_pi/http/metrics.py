"""The counters of the service, in the text format of Prometheus."""

import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel.device import Health, read_health

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one service. Two services in one process share none."""

    def __init__(
        self,
        queued: Callable[[], int],
        *,
        dropped_frames: Callable[[], int] | None = None,
        health: Callable[[], Health] = read_health,
    ) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "satchel_requests", "Requests, by the status of their response", ["status"],
            registry=self._registry,
        )  # fmt: skip
        self.request_seconds = Histogram(
            "satchel_request_seconds", "Time from a request's headers to its response, by model",
            ["model"], buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        self.model_seconds = Histogram(
            "satchel_model_seconds", "Time to read an input and run the model, by model",
            ["model"], buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Observed(queued, dropped_frames, health))

    def page(self) -> bytes:
        """Return the metrics as text. Not for the event loop: this reads the device's sensors."""
        return generate_latest(self._registry)


class RequestCounter:
    """An ASGI application whose responses are counted by their status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, and count its response."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, send_counted)


class _Observed(Collector):
    """The figures that are read only when somebody asks for the metrics."""

    def __init__(
        self,
        queued: Callable[[], int],
        dropped_frames: Callable[[], int] | None,
        health: Callable[[], Health],
    ) -> None:
        self._queued = queued
        self._dropped_frames = dropped_frames
        self._health = health
        self._started = time.time()

    def collect(self) -> Iterator[Metric]:
        """Yield the present figures, without a temperature if the system reports none."""
        yield GaugeMetricFamily(
            "satchel_queue_depth", "Requests that wait for a thread", self._queued()
        )
        yield GaugeMetricFamily(
            "satchel_start_time_seconds", "When the service started", self._started
        )
        if self._dropped_frames is not None:
            yield CounterMetricFamily(
                "satchel_dropped_frames",
                "Frames of the camera that a later one replaced",
                self._dropped_frames(),
            )
        health = self._health()
        if health.temperature_c is not None:
            yield GaugeMetricFamily(
                "satchel_temperature_celsius", "Temperature of the processor", health.temperature_c
            )
        if health.throttled is not None:
            yield GaugeMetricFamily(
                "satchel_throttled", "Throttling bits of a Raspberry Pi", health.throttled
            )
