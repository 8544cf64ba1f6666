"""What the service counts, in the text format of Prometheus."""

import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel.device import Health, read_health
from satchel_pi.http.worker_pool import WorkerPool

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counters of one service; nothing is shared by two in a process."""

    def __init__(
        self,
        pool: WorkerPool,
        *,
        dropped_frames: Callable[[], int] | None = None,
        health: Callable[[], Health] = read_health,
    ) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "satchel_requests", "Requests, by the status of their answer", ["status"],
            registry=self._registry,
        )  # fmt: skip
        self.request_seconds = Histogram(
            "satchel_request_seconds", "From a request's headers to its answer, by model",
            ["model"], buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        self.model_seconds = Histogram(
            "satchel_model_seconds", "Reading an input and answering it, by model",
            ["model"], buckets=BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Observed(pool, dropped_frames, health))

    def page(self) -> bytes:
        """Return all of it; reads the device's sensors, so not in the event loop."""
        return generate_latest(self._registry)


class RequestCounter:
    """An application whose answers are counted by their status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, send_counted)


class _Observed(Collector):
    """What is looked at when somebody asks."""

    def __init__(
        self,
        pool: WorkerPool,
        dropped_frames: Callable[[], int] | None,
        health: Callable[[], Health],
    ) -> None:
        self._pool = pool
        self._dropped_frames = dropped_frames
        self._health = health
        self._started = time.time()

    def collect(self) -> Iterator[Metric]:
        """Yield what is known now: no temperature where the system does not say one."""
        yield GaugeMetricFamily(
            "satchel_queue_depth", "Requests that wait for a thread", self._pool.queued
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
                "satchel_temperature_celsius", "Of the processor", health.temperature_c
            )
        if health.throttled is not None:
            yield GaugeMetricFamily(
                "satchel_throttled", "Bits of a Raspberry Pi's firmware", health.throttled
            )
