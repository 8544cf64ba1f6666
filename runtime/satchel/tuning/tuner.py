"""The fastest model, engine and number of threads on this device that keep the bundle's promise."""

import datetime
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Literal, NamedTuple

from satchel.bundle.card import Card
from satchel.bundle.reading import open_bundle
from satchel.device.hardware import usable_cores
from satchel.errors import EngineError, name_some
from satchel.inference.selection import choose_model, runnable
from satchel.inference.tuned_choice import Choice
from satchel.tuning.accuracy_policy import policy_violation
from satchel.tuning.racing import HOPELESS, Record, race, still_in
from satchel.tuning.worker import Measuring

BLOCK_S = 0.05
"""Of answers, each time that a candidate's turn comes"""
TIE = 1.02
"""Times as slow as the fastest that is taken for as fast, where it needs fewer threads"""
FEW_ROUNDS = 3
"""Below, noise would choose: what HOPELESS does not rule out is then taken for as fast"""
STARTING_S = 120.0
"""That a process may take to start and import its engine; no part of the budget"""
LEAST_TURN_S = 10.0
"""That a turn may take in any case, else a quarter of the budget"""
EVERY_COUNT_UP_TO = 4
"""Threads: beyond, doublings and all of the cores"""

State = Literal["chosen", "not beaten", "slower", "refused", "failed", "not measured"]


class Candidate(NamedTuple):
    """One way to answer."""

    file: str
    engine: str
    threads: int


class Outcome(NamedTuple):
    """What became of a candidate."""

    candidate: Candidate
    state: State
    latency_ms: float | None
    """Median of the rounds' medians; None where there is no round"""
    rounds: int
    reason: str = ""
    """Why it was refused, or has failed"""


class Tuning(NamedTuple):
    """What became of all candidates, and the choice; None where none could be chosen."""

    outcomes: list[Outcome]
    choice: Choice | None
    default: Candidate
    """What is taken without a choice"""
    seconds: float

    def latency_ms(self, candidate: Candidate) -> float | None:
        """Return what was measured of ``candidate``."""
        return next(each.latency_ms for each in self.outcomes if each.candidate == candidate)


def tune(
    path: str | os.PathLike[str],
    *,
    budget_s: float = 30.0,
    watch: Callable[[Candidate], object] = lambda _: None,
) -> Tuning:
    """Return which of ``candidates`` is the fastest here, found in ``budget_s`` of measuring.

    ``watch`` is told whose turn it is. Starting the engines comes on top of the budget.

    One is refused if its card says that it breaks the bundle's promise, and out if it fails its
    golden vectors, or kills or stops the process that runs it.

    Raises EngineError where nothing runs here, and what ``open_bundle`` raises.
    """
    started = time.monotonic()
    card = open_bundle(path).card
    first, engine = choose_model(card)
    refused, allowed = _admitted(card)
    with ExitStack() as stack:
        # An engine a process, as on a device: two of them in one share threads and caches.
        processes = {
            name: stack.enter_context(Measuring(path))
            for name in dict.fromkeys(each.engine for each in allowed)
        }
        stand = _Stand(processes, watch, turn_s=max(LEAST_TURN_S, budget_s / 4))
        records = race(allowed, stand.measure, is_over=lambda: stand.spent_s > budget_s)
    chosen = fastest(records)
    outcomes = [
        Outcome(each, "refused", None, 0, refused[each.file])
        if each.file in refused
        else _outcome(each, records[each], chosen)
        for each in candidates(card)
    ]
    return Tuning(
        outcomes=outcomes,
        choice=None if chosen is None else _choice(chosen, records[chosen].median_ms),
        default=Candidate(first.file, engine, 1),
        seconds=time.monotonic() - started,
    )


def candidates(card: Card) -> list[Candidate]:
    """Return every model, engine and number of threads that can run here, in the card's order."""
    return [
        Candidate(file, engine, threads)
        for file, engine in runnable(card)
        for threads in thread_counts(usable_cores())
    ]


def thread_counts(cores: int) -> list[int]:
    """Return the numbers of threads worth trying on so many cores.

    >>> thread_counts(4), thread_counts(12)
    ([1, 2, 3, 4], [1, 2, 3, 4, 8, 12])
    """
    counts = [*range(1, min(cores, EVERY_COUNT_UP_TO) + 1)]
    while counts[-1] * 2 < cores:
        counts.append(counts[-1] * 2)
    return [*counts, cores] if counts[-1] < cores else counts


def fastest(records: Mapping[Candidate, Record]) -> Candidate | None:
    """Return the candidate with the lowest median; of those as fast, that of fewest threads.

    Of these the first in the card's order. None where not one was measured.
    """
    left = [each for each in still_in(records) if records[each].rounds_ms]
    if not left:
        return None
    best = min((records[each] for each in left), key=lambda record: record.median_ms)
    tie = TIE if len(best.rounds_ms) >= FEW_ROUNDS else HOPELESS
    alike = [each for each in left if records[each].times_as_slow_as(best) <= tie]
    return min(alike, key=lambda each: each.threads)


class _Stand:
    """Where candidates are measured: the golden vectors first, then a block of answers."""

    def __init__(
        self,
        processes: Mapping[str, Measuring],
        watch: Callable[[Candidate], object],
        *,
        turn_s: float,
    ) -> None:
        self.spent_s = 0.0
        """On turns that did not begin with the start of a process"""
        self._processes = processes
        self._watch = watch
        self._turn_s = turn_s
        self._proven: set[Candidate] = set()

    def measure(self, candidate: Candidate) -> float:
        """Return the median milliseconds of an answer; raises EngineError for who is out."""
        self._watch(candidate)
        process = self._processes[candidate.engine]
        if not process.is_running:
            return self._turn(candidate, process, STARTING_S)
        started = time.monotonic()
        try:
            return self._turn(candidate, process, self._turn_s)
        finally:
            self.spent_s += time.monotonic() - started

    def _turn(self, candidate: Candidate, process: Measuring, deadline_s: float) -> float:
        words = candidate._asdict()
        if candidate not in self._proven:
            failed = process.ask("prove", deadline_s=deadline_s, **words)["failed"]
            if failed:
                raise EngineError(f"it fails its golden vectors: {name_some(failed)}")
            self._proven.add(candidate)
        answer = process.ask("time_block", deadline_s=deadline_s, seconds=BLOCK_S, **words)
        return float(answer["p50_ms"])


def _admitted(card: Card) -> tuple[dict[str, str], list[Candidate]]:
    """Return the models that are refused, with why, and the candidates of the others."""
    policies = {entry.file: policy_violation(entry, card) for entry in card.models}
    refused = {file: reason for file, reason in policies.items() if reason}
    return refused, [each for each in candidates(card) if each.file not in refused]


def _outcome(candidate: Candidate, record: Record, chosen: Candidate | None) -> Outcome:
    latency_ms = record.median_ms if record.rounds_ms else None
    rounds = len(record.rounds_ms)
    if record.failure is not None:
        return Outcome(candidate, "failed", latency_ms, rounds, record.failure)
    if candidate == chosen:
        return Outcome(candidate, "chosen", latency_ms, rounds)
    if not record.rounds_ms:
        return Outcome(candidate, "not measured", None, 0, "the budget was spent")
    return Outcome(candidate, "slower" if record.beaten else "not beaten", latency_ms, rounds)


def _choice(chosen: Candidate, latency_ms: float) -> Choice:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Choice(**chosen._asdict(), latency_ms=latency_ms, measured=today)
