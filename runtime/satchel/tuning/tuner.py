"""Finds the fastest model, engine and number of threads here that the accuracy policy allows."""

import datetime
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, NamedTuple

from satchel.bundle.card import Card
from satchel.bundle.reading import Bundle, open_bundle
from satchel.device.hardware import usable_cores
from satchel.errors import EngineError, name_some
from satchel.inference.selection import choose_model, runnable
from satchel.inference.tuned_choice import Choice
from satchel.tuning.accuracy_policy import policy_violation
from satchel.tuning.racing import HOPELESS, Record, race, still_in
from satchel.tuning.worker import Measuring

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy
    from satchel.bundle.trust import TrustSource

BLOCK_S = 0.05
"""The seconds of predictions that are timed in each turn of a candidate."""
TIE = 1.02
"""A candidate counts as fast as the fastest up to this many times its latency. Then the one with
fewer threads wins."""
FEW_ROUNDS = 3
"""With fewer rounds noise would choose, so every candidate that HOPELESS does not exclude counts as
fast as the fastest."""
STARTING_S = 120.0
"""The time for a process to start and to import its engine. It does not count in the budget."""
LEAST_TURN_S = 10.0
"""The time that a turn may always take. With a large budget it may take a quarter of that."""
EVERY_COUNT_UP_TO = 4
"""Every number of threads up to this one is tried. After it, only doubled numbers and the number of
cores."""

State = Literal["chosen", "not beaten", "slower", "refused", "failed", "not measured"]


class Candidate(NamedTuple):
    """One way to run the bundle: a model, an engine and a number of threads."""

    file: str
    engine: str
    threads: int


class Outcome(NamedTuple):
    """The result for one candidate."""

    candidate: Candidate
    state: State
    latency_ms: float | None
    """The median of the medians of the rounds. None without a round."""
    rounds: int
    reason: str = ""
    """Why it was refused or failed, or was not measured. Empty for the others."""


class Tuning(NamedTuple):
    """The results for all candidates, and the choice."""

    outcomes: list[Outcome]
    choice: Choice | None
    """The chosen candidate. None if none could be chosen."""
    default: Candidate
    """The candidate that is used without a choice."""
    seconds: float
    """The time that all of it took."""

    def latency_ms(self, candidate: Candidate) -> float | None:
        """Return the latency of ``candidate``, None if it was not measured."""
        return next(each.latency_ms for each in self.outcomes if each.candidate == candidate)


def tune(
    path: str | os.PathLike[str],
    *,
    budget_s: float = 30.0,
    watch: Callable[[Candidate], object] = lambda _: None,
    trust: "TrustSource | None" = None,
    policy: "Policy | None" = None,
) -> Tuning:
    """Return the results for all ``candidates``, measured in ``budget_s``, and the fastest one.

    ``watch`` is called with each candidate before its turn. The time to start the engines is added
    to the budget. ``trust`` and ``policy`` are those of ``open_bundle``.

    A candidate is refused if the accuracy policy excludes its model. It fails if its golden vectors
    do not pass, or if it kills or stops the process that runs it.

    Raises EngineError if nothing runs here, and what ``open_bundle`` raises.
    """
    started = time.monotonic()
    bundle = open_bundle(path, trust=trust, policy=policy)
    card = bundle.card
    first, engine = choose_model(card)
    refused, allowed = _admitted(card)
    with ExitStack() as stack:
        # One process for each engine, because two engines in one process share threads and caches.
        processes = {
            name: stack.enter_context(Measuring(path, bundle.card_digest))
            for name in dict.fromkeys(each.engine for each in allowed)
        }
        stand = _Stand(bundle, processes, watch, turn_s=max(LEAST_TURN_S, budget_s / 4))
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
    """Return every model, engine and number of threads that runs here, in the card's order."""
    return [
        Candidate(file, engine, threads)
        for file, engine in runnable(card)
        for threads in thread_counts(usable_cores())
    ]


def thread_counts(cores: int) -> list[int]:
    """Return the numbers of threads that are worth trying on so many cores.

    >>> thread_counts(4), thread_counts(12)
    ([1, 2, 3, 4], [1, 2, 3, 4, 8, 12])
    """
    counts = [*range(1, min(cores, EVERY_COUNT_UP_TO) + 1)]
    while counts[-1] * 2 < cores:
        counts.append(counts[-1] * 2)
    return [*counts, cores] if counts[-1] < cores else counts


def fastest(records: Mapping[Candidate, Record]) -> Candidate | None:
    """Return the candidate with the lowest median, None if none was measured.

    Among those that are as fast, it is the one with the fewest threads. Among these it is the first
    in the card's order.
    """
    left = [each for each in still_in(records) if records[each].rounds_ms]
    if not left:
        return None
    best = min((records[each] for each in left), key=lambda record: record.median_ms)
    tie = TIE if len(best.rounds_ms) >= FEW_ROUNDS else HOPELESS
    alike = [each for each in left if records[each].times_as_slow_as(best) <= tie]
    return min(alike, key=lambda each: each.threads)


class _Stand:
    """Measures candidates: first their golden vectors, then a block of predictions."""

    def __init__(
        self,
        bundle: Bundle,
        processes: Mapping[str, Measuring],
        watch: Callable[[Candidate], object],
        *,
        turn_s: float,
    ) -> None:
        self.spent_s = 0.0
        """The seconds spent on turns that did not have to start a process."""
        self._bundle = bundle
        self._processes = processes
        self._watch = watch
        self._turn_s = turn_s
        self._proven: set[Candidate] = set()

    def measure(self, candidate: Candidate) -> float:
        """Return the median milliseconds of a prediction; raises EngineError if it fails."""
        self._watch(candidate)
        if self._bundle.proven is not None:
            # A policy asks for it. Its time is not that of the measurement.
            from satchel.selftest.sandbox import check_isolated

            check_isolated(self._bundle, model=candidate.file, engine=candidate.engine)
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
        reply = process.ask("time_block", deadline_s=deadline_s, seconds=BLOCK_S, **words)
        return float(reply["p50_ms"])


def _admitted(card: Card) -> tuple[dict[str, str], list[Candidate]]:
    """Return the refused models with the reason for each, and the candidates of the others."""
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
