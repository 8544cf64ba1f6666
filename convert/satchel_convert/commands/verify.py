"""``satchel verify``: compares the models of a bundle with the float model."""

import argparse
import sys
from pathlib import Path

from satchel.cli import CHECK_FAILED, OK, add_trust_arguments, trust_of
from satchel.writing import check_writable
from satchel_convert.commands.arguments import (
    add_deadline_argument,
    add_executor_arguments,
    add_expect_arguments,
    add_limit_arguments,
    add_samples_shown_argument,
    limits_of,
)
from satchel_convert.commands.own_model import add_own_model_arguments, source_of
from satchel_convert.commands.progress import shown_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel verify``."""
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="a .satchel file")
    parser.add_argument(
        "--samples",
        metavar="MODEL_FOLDER",
        type=Path,
        help="the model folder of the bundle, also one that satchel convert --keep made",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        type=Path,
        help="instead, your own .keras or .h5 file or SavedModel, with --labels and --evaluation",
    )
    add_own_model_arguments(parser, calibrated=False)
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="the page to write (BUNDLE.report.html)"
    )
    add_trust_arguments(parser)
    add_deadline_argument(parser)
    add_executor_arguments(parser)
    add_expect_arguments(parser)
    add_limit_arguments(parser)
    add_samples_shown_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the report as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Verify the bundle, write the page and print the report."""
    from satchel.bundle import open_bundle
    from satchel_convert import verify
    from satchel_convert.pipeline.verifying import page_beside
    from satchel_convert.reporting.terminal import show

    bundle = open_bundle(args.bundle, trust=trust_of(args))
    page = args.report or page_beside(args.bundle)
    check_writable(page)
    with shown_progress() as on_progress:
        stated = source_of(args)
        report = verify(
            bundle,
            samples=args.samples,
            model=args.model,
            labels=stated["labels"],
            evaluation=stated["evaluation"],
            task=stated["task"],
            activation=stated["activation"],
            multi_label=stated["multi_label"],
            thresholds=stated["thresholds"],
            images=stated["images"],
            texts=stated["texts"],
            limits=limits_of(args),
            workers=args.workers,
            ray=args.ray,
            deadline_s=args.deadline,
            samples_shown=args.samples_shown,
            expect=args.expect,
            expect_difference=args.expect_difference,
            on_progress=on_progress,
        )
    show(report, as_json=args.json)
    report.save(page, words=sys.argv[1:])
    print(f"report: {page}", file=sys.stderr)
    return OK if report.passed else CHECK_FAILED
