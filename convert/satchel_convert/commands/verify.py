"""``satchel verify``: a bundle against the float model."""

import argparse
import sys
from pathlib import Path

from satchel.cli import CHECK_FAILED, OK, add_trust_arguments, trust_of
from satchel.writing import check_writable, write_atomically
from satchel_convert.commands.arguments import (
    add_deadline_argument,
    add_limit_arguments,
    add_samples_shown_argument,
    add_spread_arguments,
    limits_of,
    spread_of,
)
from satchel_convert.commands.progress import progress, samples_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel verify``."""
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="a .satchel file")
    parser.add_argument(
        "--samples", metavar="MODEL_FOLDER", type=Path, required=True, help="its model folder"
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="the page to write (BUNDLE.report.html)"
    )
    add_trust_arguments(parser)
    add_deadline_argument(parser)
    add_spread_arguments(parser)
    add_limit_arguments(parser)
    add_samples_shown_argument(parser)
    parser.add_argument("--json", action="store_true", help="the report for programs")


def run(given: argparse.Namespace) -> int:
    """Verify, write the page and print what was found."""
    from satchel.bundle import open_bundle
    from satchel_convert.keras_models.reference import float_answers
    from satchel_convert.model_folder import check_same_model, open_model_folder
    from satchel_convert.reporting.gallery import add_gallery
    from satchel_convert.reporting.layer_section import add_layers
    from satchel_convert.reporting.page import to_html
    from satchel_convert.reporting.report import make_report
    from satchel_convert.reporting.terminal import show
    from satchel_convert.verification.verify import verify

    bundle = open_bundle(given.bundle, trust=trust_of(given))
    page = given.report or given.bundle.with_suffix(".report.html")
    check_writable(page)
    folder = open_model_folder(given.samples)
    limits = limits_of(given, folder.card)
    check_same_model(bundle.card, folder)
    spread = spread_of(given)
    with progress("asking the float model", 1):
        reference = float_answers(folder, folder.inputs, deadline_s=given.deadline)
    with samples_progress("verifying") as on_done:
        verification = verify(
            bundle,
            folder.inputs,
            reference=reference,
            truth=folder.truth,
            limits=limits,
            spread=spread,
            on_done=on_done,
        )
    report = make_report(bundle.card.name, verification)
    report = add_layers(report, bundle=bundle, folder=folder, deadline_s=given.deadline)
    report = add_gallery(report, verification, folder, samples_shown=given.samples_shown)
    show(report, as_json=given.json)
    write_atomically(to_html(report), page)
    print(f"report: {page}", file=sys.stderr)
    return OK if report.passed else CHECK_FAILED
