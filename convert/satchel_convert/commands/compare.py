"""``satchel compare``: a new bundle against an old one, for those who change a model."""

import argparse
import sys
from pathlib import Path

from satchel.cli import CHECK_FAILED, OK, add_trust_argument, trust_of
from satchel.writing import check_writable, write_atomically
from satchel_convert.commands.arguments import (
    add_margin_arguments,
    add_spread_arguments,
    limits_of,
    spread_of,
)
from satchel_convert.commands.progress import samples_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel compare``."""
    parser.add_argument("old", metavar="OLD", type=Path, help="the bundle to be measured by")
    parser.add_argument("new", metavar="NEW", type=Path, help="the bundle to measure")
    parser.add_argument(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help="a model folder, or any with samples/evaluation.jsonl",
    )
    add_trust_argument(parser)
    add_margin_arguments(parser.add_argument_group("limits"))
    add_spread_arguments(parser)
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit's XML, too")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write Markdown, too")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(given: argparse.Namespace) -> int:
    """Compare, write what was asked for and print what was found."""
    from satchel.bundle import open_bundle
    from satchel_convert.model_folder import read_samples
    from satchel_convert.reporting import comparison as reports
    from satchel_convert.verification.compare import compare_bundles

    trust = trust_of(given)
    old, new = open_bundle(given.old, trust=trust), open_bundle(given.new, trust=trust)
    limits = limits_of(given, old.card)
    for path in filter(None, (given.junit, given.markdown)):
        check_writable(path)
    spread = spread_of(given)
    samples = read_samples(given.samples / "samples" / "evaluation.jsonl", old.card)
    with samples_progress("comparing") as on_done:
        rows = compare_bundles(old, new, samples, limits=limits, spread=spread, on_done=on_done)
    title = f"{new.card.name} {new.card.version} against {old.card.name} {old.card.version}"
    title += f": {len(samples):,} samples"
    if given.junit is not None:
        write_atomically(reports.to_junit(rows, title=title), given.junit)
    if given.markdown is not None:
        write_atomically(reports.to_markdown(rows, title=title).encode(), given.markdown)
    if given.json:
        sys.stdout.write(reports.to_json(rows))
    else:
        reports.print_table(rows, title=title)
    return CHECK_FAILED if any(row.result == "failed" for row in rows) else OK
