"""``satchel bench``: measures how fast a bundle's models are on this device."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satchel.cli.command import (
    CHECK_FAILED,
    OK,
    positive,
    positive_seconds,
    printable,
    show_progress,
)
from satchel.cli.model_arguments import add_model_arguments
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.errors import SatchelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from satchel.tuning.benchmark import Benched

SECONDS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each model")
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="also write the results to FILE, as Markdown"
    )
    parser.add_argument(
        "--seconds",
        type=positive_seconds,
        default=SECONDS,
        metavar="S",
        help=f"seconds of timed predictions, for each model and engine (default {SECONDS:g})",
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="threads of the engine (default 1)"
    )
    parser.add_argument(
        "--chosen",
        action="store_true",
        help="measure only what satchel run uses: the tuned choice, or the first that runs here",
    )
    parser.add_argument(
        "--evaluation",
        type=Path,
        metavar="PATH",
        help="also measure on these labelled samples: the time from a decoded file to the answer,"
        " and the accuracy (needs satchel-convert)",
    )
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from satchel.tuning.benchmark import bench, bench_default
    from satchel.writing import check_writable

    if args.chosen and (args.model or args.engine or args.threads):
        raise SatchelError("Expected --chosen or else --model, --engine and --threads, got both.")
    if args.card:
        check_writable(args.card)
    trust = trust_of(args)
    answer = None if args.evaluation is None else _open_samples(args)
    if args.chosen:
        results = [bench_default(args.bundle, seconds=args.seconds, trust=trust)]
    else:
        results = bench(
            args.bundle,
            model=args.model,
            engine=args.engine,
            threads=args.threads or 1,
            seconds=args.seconds,
            watch=lambda file, engine: show_progress(f"measuring {file} in {engine}"),
            trust=trust,
        )
        show_progress("")
    if answer is not None:
        results = [answer(result) for result in results]
    if args.json:
        for result in results:
            print(json.dumps(_fields(result)))
    else:
        _print_table(results)
    if args.card:
        _write_card(args, results)
    return CHECK_FAILED if any(result.failure for result in results) else OK


def _open_samples(args: argparse.Namespace) -> "Callable[[Benched], Benched]":
    """Return a function that adds what a model answers on the samples at ``--evaluation``."""
    from importlib import import_module

    from satchel.cli.commands import how_to_install, installed, load

    point = installed().get("compare")
    module = None if point is None else load(point).samples
    if module is None:
        raise SatchelError(
            f"Expected satchel-convert, which reads the samples of --evaluation, got none:"
            f" {how_to_install('compare')}."
        )
    opened: Callable[[Benched], Benched] = import_module(module).open_samples(
        args.bundle, args.evaluation, trust=trust_of(args)
    )
    return opened


def _write_card(args: argparse.Namespace, results: "list[Benched]") -> None:
    from satchel.bundle.reading import open_bundle
    from satchel.tuning.benchmark_card import to_markdown
    from satchel.writing import write_atomically

    page = to_markdown(open_bundle(args.bundle, trust=trust_of(args)).card, results)
    write_atomically(page.encode(), args.card)


def _print_table(results: "list[Benched]") -> None:
    print(
        f"{'model':<22} {'engine':<15} {'threads':>7} {'load ms':>8} {'first ms':>9} {'p50 ms':>9}"
        f" {'p90 ms':>9} {'p99 ms':>9} {'a second':>9} {'read ms':>8} {'peak MiB':>8}"
    )
    for result in results:
        print(_row(result))
    from satchel.device.health import health_in_words

    answered = [result for result in results if result.answered]
    if answered:
        print(
            f"\n{'decoded file to answer':<22} {'engine':<15} {'p50 ms':>9} {'p95 ms':>9} accuracy"
        )
    for result in answered:
        print(_answered_row(result))
    measured = [result.profile for result in results if result.profile]
    if measured:
        print("\n" + health_in_words(measured[0].before, measured[-1].after))


def _row(result: "Benched") -> str:
    names = f"{result.file:<22} {result.engine:<15} {result.threads:>7}"
    found = result.profile
    if found is None:
        return printable(f"{names} FAILED: {result.failure}")
    latency = found.latency
    p99 = "-" if latency.p99_ms is None else f"{latency.p99_ms:.3f}"
    return (
        f"{names} {found.load_ms:>8.1f} {found.first_ms:>9.3f} {latency.p50_ms:>9.3f}"
        f" {latency.p90_ms:>9.3f} {p99:>9} {latency.per_second:>9,.0f} {found.prepare_ms:>8.3f}"
        f" {found.peak_bytes / 2**20:>8.1f}"
    )


def _answered_row(result: "Benched") -> str:
    found = result.answered
    assert found is not None
    return (
        f"{result.file:<22} {result.engine:<15} {found.p50_ms:>9.3f} {found.p95_ms:>9.3f}"
        f" {found.words}"
    )


def _fields(result: "Benched") -> dict[str, Any]:
    found = result.profile
    answered = result.answered and result.answered._asdict()
    if found is None:
        return {**result._asdict(), "answered": answered}
    nested = {
        "latency": found.latency._asdict(),
        "before": found.before._asdict(),
        "after": found.after._asdict(),
    }
    return {**result._asdict(), "profile": {**found._asdict(), **nested}, "answered": answered}
