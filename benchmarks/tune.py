"""Checks that ``satchel tune`` finds the fastest, and times a start that looks the choice up.

    .venv/bin/python benchmarks/tune.py [--budget 15] [--repeats 3] [--rounds 21] [BUNDLE ...]

Takes the bundles of zoo/. Each is tuned several times; then all of its candidates are measured
exhaustively, in interleaved rounds. Prints each choice, and the median over the rounds of the ratio
of its latency to that of the exhaustive best. The second table is the processor time of a new
process up to its first prediction, which other processes do not affect: with the model asked for by
name (nothing is looked up), with no choice to find, and with a choice that is found.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from satchel import open_bundle
from satchel.inference import Choice, tuned_choice as choices
from satchel.tuning import Candidate, Measuring, candidates, policy_violation, tune

ROOT = Path(__file__).parents[1]
BUNDLES = sorted((ROOT / "zoo").glob("*.satchel"))
DIGITS = ROOT / "tests" / "golden" / "digits.satchel"
IMAGE = ROOT / "tests" / "golden" / "seven.png"
BLOCK_S = 0.1
PATIENT_S = 120.0


def exhaustive(path: Path, rounds: int) -> dict[Candidate, list[float]]:
    """Return the median latency of each round in ms, for every candidate that may be chosen."""
    bundle = open_bundle(path)
    card = bundle.card
    refused = {entry.file for entry in card.models if policy_violation(entry, card)}
    measured: dict[Candidate, list[float]] = {
        each: [] for each in candidates(card) if each.file not in refused
    }
    with ExitStack() as stack:
        processes = {
            engine: stack.enter_context(Measuring(path, bundle.card_digest))
            for engine in {each.engine for each in measured}
        }
        for turn in range(rounds):
            for each in list(measured)[:: -1 if turn % 2 else 1]:
                reply = processes[each.engine].ask(
                    "time_block", deadline_s=PATIENT_S, seconds=BLOCK_S, **each._asdict()
                )
                measured[each].append(reply["p50_ms"])
    return measured


def compare(path: Path, budget_s: float, repeats: int, rounds: int) -> None:
    """Tune the bundle ``repeats`` times and print a row for each choice."""
    tunings = [tune(path, budget_s=budget_s) for _ in range(repeats)]
    measured = exhaustive(path, rounds)
    best = min(measured, key=lambda each: statistics.median(measured[each]))
    for found in tunings:
        assert found.choice
        chosen = Candidate(*found.choice[:3])
        pairs = zip(measured[chosen], measured[best], strict=True)
        ratio = statistics.median(mine / its for mine, its in pairs)
        print(
            f"| {path.stem} | {len(measured)} | {found.seconds:.0f} | {in_words(chosen)}"
            f" | {statistics.median(measured[chosen]):.4f} | {in_words(best)}"
            f" | {statistics.median(measured[best]):.4f} | {ratio:.3f} |",
            flush=True,
        )


def in_words(each: Candidate) -> str:
    """Return a candidate for a cell."""
    return f"{each.file}, {each.threads}"


def start_ms(arguments: str, state: str) -> float:
    """Return the processor time of a process that opens a bundle and classifies, in ms."""
    program = (
        "from satchel import ImageClassifier;"
        f"ImageClassifier({str(DIGITS)!r}{arguments}).classify({str(IMAGE)!r})"
    )
    environment = {**os.environ, choices.VARIABLE: state}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", program], check=True, env=environment, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def compare_starts(rounds: int) -> None:
    """Print the processor time of a start with and without a remembered choice."""
    card_digest = open_bundle(DIGITS).card_digest
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as full:
        os.environ[choices.VARIABLE] = full
        # Remember the model that is the default without a choice, so that only the lookup differs.
        first = open_bundle(DIGITS).card.models[0]
        choices.remember(Choice(first.file, "litert", 1, 0.01, "2026-11-23"), card_digest)
        ways: dict[str, Callable[[], float]] = {
            "asked for by name": lambda: start_ms(f", model={first.file!r}", empty),
            "nothing to be found": lambda: start_ms("", empty),
            "a choice that is found": lambda: start_ms("", full),
        }
        measured_ms = {name: [] for name in ways}
        for turn in range(rounds):
            for name in list(ways)[:: -1 if turn % 2 else 1]:
                measured_ms[name].append(ways[name]())
        found_us = recall_us(card_digest)
        os.environ[choices.VARIABLE] = empty
        missing_us = recall_us(card_digest)
    base = measured_ms["asked for by name"]
    print("\n| start | CPU ms | ratio (from to) |\n|---|--:|--:|")
    for name, values in measured_ms.items():
        ratios = [mine / its for mine, its in zip(values, base, strict=True)]
        print(
            f"| {name} | {statistics.median(values):.1f} | {statistics.median(ratios):.3f}"
            f" ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    print(f"\nThe lookup alone: {missing_us:.0f} µs for none, {found_us:.0f} µs for one.")


def recall_us(card_digest: str) -> float:
    """Return the median time of a lookup, in microseconds."""
    lookups_us = []
    for _ in range(200):
        started = time.perf_counter()
        choices.recall(card_digest)
        lookups_us.append((time.perf_counter() - started) * 1e6)
    return statistics.median(lookups_us)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundles", metavar="BUNDLE", nargs="*", type=Path, default=BUNDLES)
    parser.add_argument("--starts", type=int, default=21, help="rounds of the second table (21)")
    parser.add_argument("--budget", type=float, default=15.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=21)
    args = parser.parse_args()
    print(
        "| bundle | candidates | tuned in s | chosen, threads | ms | best, threads | ms | ratio |"
    )
    print("|---|--:|--:|---|--:|---|--:|--:|")
    for path in args.bundles:
        compare(path, args.budget, args.repeats, args.rounds)
    compare_starts(args.starts)


if __name__ == "__main__":
    main()
