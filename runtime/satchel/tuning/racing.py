"""Which of several is the fastest, on a machine that has other things to do.

A race in rounds: each of those left is measured once a round, so that a slow moment falls on all of
them, and what is slower than the leader beyond chance goes no further. The time is then spent on
those that are hard to tell apart.

Source: Birattari, Stützle, Paquete and Varrentrapp 2002, A Racing Algorithm for Configuring
Metaheuristics; with a sign test in place of Friedman's, for it asks nothing of the noise.
"""

import math
import statistics
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from satchel.errors import EngineError

CHANCE = 0.001
"""That as many slower rounds come from two that are alike: small, for it is asked every round"""
HOPELESS = 1.5
"""Times as slow as the leader in each of HOPELESS_ROUNDS: no test is needed"""
HOPELESS_ROUNDS = 3
MOST_ROUNDS = 100
"""Beyond, more of them tell nothing that matters"""


@dataclass
class Record:
    """What a race has found of one of its contenders."""

    rounds_ms: list[float] = field(default_factory=list)
    failure: str | None = None
    """Why it could not be measured"""
    beaten: bool = False
    """Whether it left as slower than the leader"""

    @property
    def median_ms(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds_ms)

    def times_as_slow_as(self, other: "Record") -> float:
        """Return the median of the ratios, round by round: what both suffered cancels out."""
        # The other may be one round ahead, where time ran out between the two.
        rounds = zip(self.rounds_ms, other.rounds_ms, strict=False)
        return statistics.median(mine / its for mine, its in rounds)


ContenderT = TypeVar("ContenderT", bound=Hashable)


def race(
    contenders: Iterable[ContenderT],
    measure: Callable[[ContenderT], float],
    *,
    is_over: Callable[[], bool],
) -> dict[ContenderT, Record]:
    """Return the record of each contender; ``measure`` returns milliseconds, once a round.

    What raises EngineError is out, with its message. The race ends when one is left, after
    MOST_ROUNDS, or where ``is_over`` says so: a contender may then have no round at all.
    """
    records = {each: Record() for each in contenders}
    for turn in range(MOST_ROUNDS):
        left = still_in(records)
        if turn and len(left) < 2:
            break
        # There and back: what drifts, like a processor that warms up, falls on all alike.
        for each in left[:: -1 if turn % 2 else 1]:
            if is_over():
                return records
            try:
                records[each].rounds_ms.append(measure(each))
            except EngineError as error:
                records[each].failure = str(error)
        _drop_beaten(records)
    return records


def still_in(records: Mapping[ContenderT, Record]) -> list[ContenderT]:
    """Return the contenders that are neither beaten nor failed, in their order."""
    return [
        each for each, record in records.items() if record.failure is None and not record.beaten
    ]


def is_beaten(rounds_ms: Sequence[float], leader_ms: Sequence[float]) -> bool:
    """Return whether the first is slower than the second, round by round, beyond chance."""
    ratios = [mine / best for mine, best in zip(rounds_ms, leader_ms, strict=True)]
    slower = sum(ratio > 1 for ratio in ratios)
    if len(ratios) >= HOPELESS_ROUNDS and min(ratios) > HOPELESS:
        return True
    return _chance_of(slower, len(ratios)) < CHANCE


def _drop_beaten(records: Mapping[ContenderT, Record]) -> None:
    left = [records[each] for each in still_in(records)]
    if not left:
        return
    leader = min(left, key=lambda record: record.median_ms)
    for record in left:
        record.beaten = is_beaten(record.rounds_ms, leader.rounds_ms)


def _chance_of(slower: int, rounds: int) -> float:
    """Return the probability of ``slower`` rounds or more of two that are alike."""
    return sum(math.comb(rounds, many) for many in range(slower, rounds + 1)) / (1 << rounds)
