"""``satchel selftest``: golden vectors on this device."""

import argparse
import json

from satchel.bundle import open_bundle
from satchel.commands.command import CHECK_FAILED, OK, Command
from satchel.commands.run import add_model_arguments
from satchel.commands.trust_arguments import add_trust_arguments, trust_of
from satchel.selftest import GoldenResult, selftest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument("--json", action="store_true", help="one JSON object a golden vector")
    add_model_arguments(parser)
    add_trust_arguments(parser)


def run(given: argparse.Namespace) -> int:
    bundle = open_bundle(given.bundle, trust=trust_of(given))
    results = selftest(bundle, model=given.model, engine=given.engine)
    if given.json:
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
    return OK if all(result.passed for result in results) else CHECK_FAILED


def _row(results: list[GoldenResult]) -> str:
    worst = max(results, key=lambda result: result.difference)
    failed = [result.vector for result in results if not result.passed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "passed"
    return (
        f"{worst.file:<22} {worst.engine:<15} {len(results):>7} {worst.difference:>11.6f}"
        f" {worst.tolerance:>10.6f}  {verdict}"
    )


COMMAND = Command(
    summary="run the golden vectors on this device; exit 1 when one is out of tolerance",
    example="satchel selftest digits.satchel",
    add_arguments=add_arguments,
    run=run,
)
