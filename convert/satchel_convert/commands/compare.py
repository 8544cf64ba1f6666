"""``satchel compare``: compares a new bundle with an old one, for those who change a model."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.cli import CHECK_FAILED, OK, WRONG_USE, add_trust_argument, trust_of
from satchel.writing import check_writable, write_atomically
from satchel_convert.commands.arguments import (
    add_executor_arguments,
    add_margin_arguments,
    limits_of,
)
from satchel_convert.commands.progress import shown_progress

if TYPE_CHECKING:
    from satchel_convert import Comparison


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel compare``."""
    parser.add_argument(
        "old",
        metavar="OLD",
        type=Path,
        help="the bundle to compare with; with --predictions also a file of answers",
    )
    tested = parser.add_mutually_exclusive_group(required=True)
    tested.add_argument("new", metavar="NEW", type=Path, nargs="?", help="the bundle to test")
    tested.add_argument(
        "--predictions",
        metavar="FILE",
        type=Path,
        help="instead of NEW, answers that were made elsewhere: the lines of satchel run --json, or"
        " a .csv with the columns sample and label",
    )
    parser.add_argument(
        "--file", metavar="NAME", help="with --predictions, the model of OLD to compare with"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="with --predictions, the labels, if OLD is a file of answers (those of the samples)",
    )
    places = parser.add_mutually_exclusive_group(required=True)
    places.add_argument(
        "--samples",
        metavar="DIR",
        type=Path,
        help="a model folder, or any folder with samples/evaluation.jsonl",
    )
    places.add_argument(
        "--evaluation",
        metavar="PLACE",
        type=Path,
        help="instead, a folder for each label, or a .csv, .tsv or .jsonl table",
    )
    add_trust_argument(parser)
    add_margin_arguments(parser.add_argument_group("limits"))
    add_executor_arguments(parser)
    parser.add_argument("--junit", metavar="FILE", type=Path, help="also write JUnit's XML")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="also write Markdown")
    parser.add_argument(
        "--json", action="store_true", help="print the comparison as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Compare the bundles, write the requested files and print the comparison."""
    from satchel_convert.reporting.comparison import print_table

    for path in filter(None, (args.junit, args.markdown)):
        check_writable(path)
    if args.predictions is None and (args.file or args.labels):
        print(
            "satchel compare: Expected --file and --labels only with --predictions.",
            file=sys.stderr,
        )
        return WRONG_USE
    found = _compare(args)
    if args.junit is not None:
        write_atomically(found.to_junit(), args.junit)
    if args.markdown is not None:
        write_atomically(found.to_markdown().encode(), args.markdown)
    if args.json:
        sys.stdout.write(found.to_json())
    else:
        print_table(found.rows, title=found.title)
    return OK if found.passed else CHECK_FAILED


def _compare(args: argparse.Namespace) -> "Comparison":
    from satchel_convert import compare, compare_predictions

    with shown_progress() as on_progress:
        if args.predictions is None:
            return compare(
                args.old,
                args.new,
                samples=args.samples,
                evaluation=args.evaluation,
                trust=trust_of(args),
                limits=limits_of(args),
                workers=args.workers,
                ray=args.ray,
                on_progress=on_progress,
            )
        return compare_predictions(
            args.old,
            args.predictions,
            samples=args.samples,
            evaluation=args.evaluation,
            file=args.file,
            labels=args.labels,
            trust=trust_of(args),
            limits=limits_of(args),
            workers=args.workers,
            ray=args.ray,
            on_progress=on_progress,
        )
