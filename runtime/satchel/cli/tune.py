"""``satchel tune``: finds the fastest model, engine and threads here, and remembers them."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from satchel.cli.command import CHECK_FAILED, OK, positive_seconds, printable, show_progress
from satchel.cli.trust_arguments import add_trust_arguments, trust_of

if TYPE_CHECKING:
    from satchel.tuning.tuner import Candidate, Outcome, Tuning

BUDGET_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for each candidate"
    )
    parser.add_argument(
        "--budget",
        type=positive_seconds,
        default=BUDGET_S,
        metavar="SECONDS",
        help=f"the time to measure in (default {BUDGET_S:g})",
    )
    parser.add_argument(
        "--forget",
        action="store_true",
        help="measure nothing, forget the choice and use the first model again",
    )
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from satchel.bundle.reading import open_bundle
    from satchel.inference.tuned_choice import forget, remember

    trust = trust_of(args)
    card_digest = open_bundle(args.bundle, trust=trust).card_digest
    if args.forget:
        forgotten = forget(card_digest)
        print("forgotten" if forgotten else "nothing was remembered of this bundle here")
        return OK
    from satchel.tuning.tuner import tune

    found = tune(
        args.bundle,
        budget_s=args.budget,
        watch=lambda each: show_progress(f"measuring {_in_words(each)}"),
        trust=trust,
    )
    show_progress("")
    if found.choice:
        remember(found.choice, card_digest)
    if args.json:
        for outcome in found.outcomes:
            print(json.dumps(_fields(outcome)))
    else:
        _print_table(found)
    return OK if found.choice else CHECK_FAILED


def _fields(outcome: "Outcome") -> dict[str, Any]:
    found = outcome._asdict()
    return {**found.pop("candidate")._asdict(), **found}


def _print_table(found: "Tuning") -> None:
    from satchel.tuning.tuner import FEW_ROUNDS

    print(f"{'model':<22} {'engine':<15} {'threads':>7} {'p50 ms':>9} {'rounds':>6}  result")
    for outcome in found.outcomes:
        print(_row(outcome))
    print()
    if found.choice is None:
        print("Nothing was chosen: satchel run takes the first model that runs here, as before.")
        return
    [outcome] = (each for each in found.outcomes if each.state == "chosen")
    chosen = outcome.candidate
    print(f"From now on {_in_words(chosen)}{_gain(found, chosen)}, on this device.")
    if outcome.rounds < FEW_ROUNDS:
        count = "1 round" if outcome.rounds == 1 else f"{outcome.rounds} rounds"
        print(f"After {count} that is a guess: --budget SECONDS gives it more.")


def _row(outcome: "Outcome") -> str:
    each = outcome.candidate
    latency = "-" if outcome.latency_ms is None else f"{outcome.latency_ms:.3f}"
    reason = f": {outcome.reason}" if outcome.reason else ""
    return printable(
        f"{each.file:<22} {each.engine:<15} {each.threads:>7} {latency:>9} {outcome.rounds:>6}"
        f"  {outcome.state}{reason}"
    )


def _gain(found: "Tuning", chosen: "Candidate") -> str:
    """Return in words how many times as fast as the default the choice is."""
    if chosen == found.default:
        return ", as without a choice"
    before, after = found.latency_ms(found.default), found.latency_ms(chosen)
    if before is None or after is None:
        return ""
    return f", {before / after:.2f} times as fast as {_in_words(found.default)}"


def _in_words(each: "Candidate") -> str:
    threads = "1 thread" if each.threads == 1 else f"{each.threads} threads"
    return f"{each.file} in {each.engine} with {threads}"
