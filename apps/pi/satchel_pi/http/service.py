"""The state of one service: its models, its limits, its counters."""

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from satchel import limits
from satchel_pi.http.access_control import Token
from satchel_pi.http.live_view import LiveView
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.metrics import Metrics
from satchel_pi.http.recent_answers import RecentAnswers
from satchel_pi.http.request_body import MemoryBudget
from satchel_pi.http.worker_pool import WorkerPool
from satchel_pi.versions.updating import Refused


@dataclass(frozen=True)
class Settings:
    """The limits of the service, who may use it, and what it logs."""

    most_body_bytes: int = 16 << 20
    most_memory_bytes: int = 48 << 20
    """The largest size of all bodies in memory together."""
    most_batch: int = 64
    most_pixels: int = limits.MAX_PIXELS
    """The largest image. Workers have their own limit of it."""
    timeout_s: float = 10.0
    """The time limit for a request's headers, and for a body that comes too slowly."""
    hosts: frozenset[str] = frozenset()
    """The names that a Host header may have. An empty set allows any."""
    token: Token | None = None
    proxies: frozenset[str] = frozenset()
    """The addresses of proxies whose X-Forwarded-For is believed."""
    most_connections_of_one: int | None = None
    """The most connections of one address. None allows half of all."""
    kept_answers: int = 10
    """How many of the last answers the page shows. 0 keeps none."""
    log_requests: bool = False
    """Whether the log has a line for each request, and not only for faults of the service."""


class NewVersion(NamedTuple):
    """A version that may take the place of what is served."""

    model: str
    version: str
    started: float
    """When its test began, on the clock ``time.monotonic``."""


@dataclass
class Service:
    """The models of one service, the workers that run them, and the counters."""

    models: Mapping[str, ServedModel]
    """Each model by its name."""
    failures: Mapping[str, str]
    """The reason why a bundle is not served, by its name."""
    pool: WorkerPool
    settings: Settings = field(default_factory=Settings)
    live: LiveView | None = None
    stopping: bool = False
    refused: Sequence[Refused] = ()
    """New versions of bundles that were not taken, and why. What was served before goes on."""
    testing: NewVersion | None = None
    """The new version that is tested now, beside what is served."""
    started: float = field(default_factory=time.monotonic)
    """When the service started, on the clock ``time.monotonic``."""
    metrics: Metrics = field(init=False)
    memory: MemoryBudget = field(init=False)
    answers: RecentAnswers = field(init=False)

    def __post_init__(self) -> None:
        live = self.live
        self.metrics = Metrics(
            # Of this service, and not of a request's view of it: they are replaced.
            lambda: self.pool,
            models=lambda: list(self.models.values()),
            failures=lambda: list(self.failures),
            refused=lambda: len(self.refused),
            dropped_frames=None if live is None else lambda: live.dropped,
        )
        self.memory = MemoryBudget(self.settings.most_memory_bytes)
        self.answers = RecentAnswers(self.settings.kept_answers)

    @contextmanager
    def pinned(self) -> Iterator["Service"]:
        """Yield this service with the models and the workers that it has now, until the block ends.

        So a request runs on one version from its beginning to its end, also if another one takes
        its place meanwhile. Call this in the event loop.
        """
        with self.pool.used():
            yield copy.copy(self)

    def switch(
        self, models: Mapping[str, ServedModel], failures: Mapping[str, str], pool: WorkerPool
    ) -> None:
        """Serve these models from now on, in one step. Call this in the event loop.

        The requests that have begun are answered by what was served before.
        """
        old = self.pool
        self.models, self.failures, self.pool = models, failures, pool
        old.retire()

    def stop(self) -> None:
        """Report the service as stopping and end endless streams. Call this in the event loop."""
        self.stopping = True
        if self.live is not None:
            self.live.end()
