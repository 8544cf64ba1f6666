"""Finds the fastest of several contenders, on a machine that has other things to do.

It is a race in rounds. In each round every remaining contender is measured once, so that a slow
moment affects all of them. A contender that is slower than the leader beyond chance leaves the
race. So most of the time is spent on those that are hard to tell apart.

Source: Birattari, Stützle, Paquete and Varrentrapp 2002, A Racing Algorithm for Configuring
Metaheuristics. A sign test replaces Friedman's, because it assumes nothing about the noise.
"""

import math
import statistics
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from satchel.errors import EngineError

CHANCE = 0.001
"""The largest probability that two equal contenders give such a result. It is small because the
test is made in every round."""
HOPELESS = 1.5
"""A contender leaves without a test if it is this many times as slow as the leader in every round,
after HOPELESS_ROUNDS."""
HOPELESS_ROUNDS = 3
MOST_ROUNDS = 100
"""The largest number of rounds. More of them show no difference that matters."""


@dataclass
class Record:
    """The measurements of one contender in a race."""

    rounds_ms: list[float] = field(default_factory=list)
    failure: str | None = None
    """Why it could not be measured. None if it could."""
    beaten: bool = False
    """Whether it left the race because it is slower than the leader."""

    @property
    def median_ms(self) -> float:
        """The median of the rounds, in milliseconds."""
        return statistics.median(self.rounds_ms)

    def times_as_slow_as(self, other: "Record") -> float:
        """Return the median of the ratios of each round, in which common disturbances cancel."""
        # One of the two may be a round ahead, because time ran out between them.
        rounds = zip(self.rounds_ms, other.rounds_ms, strict=False)
        return statistics.median(mine / its for mine, its in rounds)


ContenderT = TypeVar("ContenderT", bound=Hashable)


def race(
    contenders: Iterable[ContenderT],
    measure: Callable[[ContenderT], float],
    *,
    is_over: Callable[[], bool],
) -> dict[ContenderT, Record]:
    """Return the record of each contender. ``measure`` returns milliseconds, once a round.

    A contender whose measurement raises EngineError leaves the race, and its record keeps the
    message. The race ends when one contender is left, after MOST_ROUNDS, or when ``is_over``
    returns True: then some contenders may have no round at all.
    """
    records = {each: Record() for each in contenders}
    for turn in range(MOST_ROUNDS):
        left = still_in(records)
        if turn and len(left) < 2:
            break
        # The order alternates, so that a drift, such as a warming processor, affects all equally.
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
    """Return whether the first is slower than the leader in more rounds than chance explains."""
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
    """Return the probability that one of two equal contenders is slower in so many rounds."""
    return sum(math.comb(rounds, many) for many in range(slower, rounds + 1)) / (1 << rounds)
