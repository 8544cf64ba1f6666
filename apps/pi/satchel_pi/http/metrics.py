"""The counters of the service, in the text format of Prometheus."""

import time
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel.device import Health, read_health
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.process_memory import resident_bytes
from satchel_pi.http.worker_pool import WorkerPool

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one service. Two services in one process share none."""

    def __init__(
        self,
        pool: Callable[[], WorkerPool],
        *,
        models: Callable[[], Sequence[ServedModel]] = tuple,
        failures: Callable[[], Sequence[str]] = tuple,
        refused: Callable[[], int] = int,
        dropped_frames: Callable[[], int] | None = None,
        health: Callable[[], Health] = read_health,
    ) -> None:
        """Prepare the counters. The functions return what there is when somebody asks.

        ``failures`` are the names of the bundles that are not served, ``refused`` is the number of
        new versions that were not taken.
        """
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
        self._registry.register(_Observed(pool, dropped_frames, health))
        self._registry.register(_ObservedModels(models, failures, refused))
        # Named as everywhere: process_resident_memory_bytes. It has nothing to tell but on Linux.
        ProcessCollector(registry=self._registry)

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
        pool: Callable[[], WorkerPool],
        dropped_frames: Callable[[], int] | None,
        health: Callable[[], Health],
    ) -> None:
        self._pool = pool
        self._dropped_frames = dropped_frames
        self._health = health
        self._started = time.time()

    def collect(self) -> Iterator[Metric]:
        """Yield the present figures, without a temperature if the system reports none."""
        pool = self._pool()
        yield GaugeMetricFamily(
            "satchel_queue_depth", "Requests that wait for a thread", pool.queued
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
        memory = GaugeMetricFamily(
            "satchel_worker_resident_memory_bytes",
            "Memory of a process that runs models",
            labels=["worker"],
        )
        for number, process_id in enumerate(pool.process_ids):
            size_bytes = None if process_id is None else resident_bytes(process_id)
            if size_bytes is not None:
                memory.add_metric([str(number)], size_bytes)
        yield memory
        health = self._health()
        if health.temperature_c is not None:
            yield GaugeMetricFamily(
                "satchel_temperature_celsius", "Temperature of the processor", health.temperature_c
            )
        if health.throttled is not None:
            yield GaugeMetricFamily(
                "satchel_throttled", "Throttling bits of a Raspberry Pi", health.throttled
            )


class _ObservedModels(Collector):
    """What is known of each model when somebody asks for the metrics."""

    def __init__(
        self,
        models: Callable[[], Sequence[ServedModel]],
        failures: Callable[[], Sequence[str]],
        refused: Callable[[], int],
    ) -> None:
        self._models = models
        self._failures = failures
        self._refused = refused

    def collect(self) -> Iterator[Metric]:
        """Yield which models there are, and for each whether it passed its tests and works."""
        info = InfoMetricFamily("satchel_model", "The models that are served")
        passed = GaugeMetricFamily(
            "satchel_selftest_passed",
            "Whether a bundle opens and passes its golden vectors on this device",
            labels=["model"],
        )
        vectors = GaugeMetricFamily(
            "satchel_golden_vectors", "Golden vectors that a model passed", labels=["model"]
        )
        working = GaugeMetricFamily(
            "satchel_model_working", "Whether the engine ran the last input", labels=["model"]
        )
        for model in self._models():
            info.add_metric([], {**model.description, "task": model.card.task})
            passed.add_metric([model.name], 1)
            vectors.add_metric([model.name], model.vectors)
            working.add_metric([model.name], model.status == "ok")
        for name in self._failures():
            passed.add_metric([name], 0)
        yield from (info, passed, vectors, working)
        yield GaugeMetricFamily(
            "satchel_refused_versions",
            "New versions that were not taken: /healthz says why",
            self._refused(),
        )
