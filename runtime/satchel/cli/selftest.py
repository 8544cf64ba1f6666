"""``satchel selftest``: runs golden vectors on this device."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from satchel import limits
from satchel.cli.command import CHECK_FAILED, OK, positive
from satchel.cli.model_arguments import add_model_arguments
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.errors import InputError, name_some

if TYPE_CHECKING:
    from satchel.selftest.replay import GoldenResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for each golden vector"
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--exact",
        action="store_true",
        help="exit 1 also if a prediction is within its tolerance, but differs from the one where"
        " the bundle was packed: a file was changed, or another processor rounds differently",
    )
    add_trust_arguments(parser)
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="run in a child process, for an untrusted bundle: a model that crashes, hangs or takes"
        " all memory then causes one error and no more; a policy may ask for it as well",
    )
    parser.add_argument(
        "--deadline",
        type=positive,
        metavar="S",
        help=f"seconds for the child process (default {limits.ISOLATED_DEADLINE_S:g})",
    )
    parser.add_argument(
        "--memory",
        type=positive,
        metavar="MIB",
        help="memory for the child process, beyond Python, engines and bundle; only on Linux"
        f" (default {limits.ISOLATED_MEMORY_BYTES >> 20})",
    )


def run(args: argparse.Namespace) -> int:
    results = _results(args)
    if args.exact:
        _check_differences_known(results)
    if args.json:
        for result in results:
            print(json.dumps(result._asdict()))
    else:
        print(f"{'model':<22} {'engine':<15} {'vectors':>7} {'difference':>11} {'tolerance':>10}")
        for file, engine in dict.fromkeys((result.file, result.engine) for result in results):
            print(
                _row(
                    [result for result in results if (result.file, result.engine) == (file, engine)]
                )
            )
    passed = all(result.passed and (result.exact or not args.exact) for result in results)
    return OK if passed else CHECK_FAILED


def _check_differences_known(results: "list[GoldenResult]") -> None:
    """Raise InputError unless the bundle says how far each model was off where it was packed."""
    unknown = dict.fromkeys(result.file for result in results if result.exact is None)
    if unknown:
        raise InputError(
            f"Expected a bundle with the golden differences of its models for --exact, got none for"
            f" {name_some(list(unknown))}: convert it again."
        )


def _results(args: argparse.Namespace) -> "list[GoldenResult]":
    from satchel.bundle.reading import open_bundle
    from satchel.device.child_process import MEMORY_IS_LIMITED
    from satchel.selftest.replay import selftest
    from satchel.selftest.sandbox import selftest_isolated

    bundle = open_bundle(args.bundle, trust=trust_of(args), whole=True)
    if args.isolated or bundle.proven is not None:
        if not MEMORY_IS_LIMITED:
            print("this system limits the child's time, not its memory", file=sys.stderr)
        return selftest_isolated(
            bundle,
            model=args.model,
            engine=args.engine,
            deadline_s=args.deadline,
            memory_bytes=args.memory and args.memory << 20,
        )
    if args.deadline or args.memory:
        raise InputError("Expected --isolated with --deadline and --memory, got none.")
    return selftest(bundle, model=args.model, engine=args.engine)


def _row(results: "list[GoldenResult]") -> str:
    from satchel.selftest.replay import MEAN

    # The mean has another scale than a vector: it is shown only if it fails.
    shown = [result for result in results if result.vector != MEAN or not result.passed]
    worst = max(shown, key=lambda result: result.difference - result.tolerance)
    failed = [result.vector for result in results if not result.passed]
    other = sum(result.exact is False for result in results if result.vector != MEAN)
    verdict = f"passed, {other} different from where it was packed" if other else "passed"
    if failed:
        verdict = f"FAILED: {name_some(failed)}"
    vectors = sum(result.vector != MEAN for result in results)
    return (
        f"{worst.file:<22} {worst.engine:<15} {vectors:>7} {worst.difference:>11.6f}"
        f" {worst.tolerance:>10.6f}  {verdict}"
    )
