"""``satchel compare``: compares a new bundle with an old one, for those who change a model."""

import argparse
import sys
from pathlib import Path

from satchel.cli import CHECK_FAILED, OK, add_trust_argument, trust_of
from satchel.writing import check_writable, write_atomically
from satchel_convert.commands.arguments import (
    add_executor_arguments,
    add_margin_arguments,
    limits_of,
)
from satchel_convert.commands.progress import shown_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel compare``."""
    parser.add_argument("old", metavar="OLD", type=Path, help="the bundle to compare with")
    parser.add_argument("new", metavar="NEW", type=Path, help="the bundle to test")
    parser.add_argument(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help="a model folder, or any folder with samples/evaluation.jsonl",
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
    from satchel_convert import compare
    from satchel_convert.reporting.comparison import print_table

    for path in filter(None, (args.junit, args.markdown)):
        check_writable(path)
    with shown_progress() as on_progress:
        found = compare(
            args.old,
            args.new,
            samples=args.samples,
            trust=trust_of(args),
            limits=limits_of(args),
            workers=args.workers,
            ray=args.ray,
            on_progress=on_progress,
        )
    if args.junit is not None:
        write_atomically(found.to_junit(), args.junit)
    if args.markdown is not None:
        write_atomically(found.to_markdown().encode(), args.markdown)
    if args.json:
        sys.stdout.write(found.to_json())
    else:
        print_table(found.rows, title=found.title)
    return OK if found.passed else CHECK_FAILED
