"""Fakes that stand in for engines."""

from dataclasses import dataclass, field


@dataclass
class Seam:
    """The fakes that stand in for engines, and what they were opened with."""

    engines: dict
    opened: list = field(default_factory=list)

    def open_engine(self, name, model, *, threads):
        self.opened.append((name, model, threads))
        return self.engines[name]
