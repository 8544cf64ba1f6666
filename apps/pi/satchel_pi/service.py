"""What is served, how much it takes on, and what is counted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from satchel_pi.bodies import Memory
from satchel_pi.live import Live
from satchel_pi.metrics import Metrics
from satchel_pi.protection import Token
from satchel_pi.served import Served
from satchel_pi.work import Work


@dataclass(frozen=True)
class Settings:
    """How much the service takes on."""

    most_body_bytes: int = 16 << 20
    most_memory_bytes: int = 128 << 20
    """Of all bodies together"""
    most_batch: int = 64
    timeout_s: float = 10.0
    """For a request's headers, and for its body unless that comes fast enough"""
    hosts: frozenset[str] = frozenset()
    """Names that a Host header may have; empty: any"""
    token: Token | None = None


@dataclass
class Service:
    """What is served, and by whom."""

    served: Mapping[str, Served]
    """Name to model"""
    unserved: Mapping[str, str]
    """Name to why it is not served"""
    work: Work
    settings: Settings = field(default_factory=Settings)
    live: Live | None = None
    stopping: bool = False
    metrics: Metrics = field(init=False)
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        live = self.live
        self.metrics = Metrics(
            self.work, dropped_frames=None if live is None else lambda: live.dropped
        )
        self.memory = Memory(self.settings.most_memory_bytes)

    def stop(self) -> None:
        """Take the service out of rotation and end what has no end; in the event loop."""
        self.stopping = True
        if self.live is not None:
            self.live.end()
