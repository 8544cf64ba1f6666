"""``satchel convert``: a model folder to a verified bundle."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

from satchel.bundle import LabelOutput
from satchel.cli import CHECK_FAILED, OK
from satchel.writing import check_writable, make_folder, write_atomically
from satchel_convert.commands.arguments import (
    add_deadline_argument,
    add_limit_arguments,
    add_samples_shown_argument,
    add_spread_arguments,
    bundle_path,
    choices,
    limits_of,
    spread_of,
)
from satchel_convert.commands.own_model import add_own_model_arguments, open_model
from satchel_convert.commands.progress import progress, samples_progress

if TYPE_CHECKING:
    from satchel.bundle import Bundle
    from satchel_convert.model_folder import ModelFolder
    from satchel_convert.verification.verify import Verification


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel convert``."""
    from satchel_convert.conversion.search import Goal
    from satchel_convert.schemes import FORMATS, SCHEMES, USUAL

    parser.add_argument(
        "model",
        metavar="MODEL",
        type=Path,
        help="a model folder, such as satchel train writes; or your own .keras, .h5 or SavedModel",
    )
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--formats", type=choices(FORMATS), default=FORMATS, help=f"of {','.join(FORMATS)} (all)"
    )
    parser.add_argument(
        "--schemes",
        type=choices(SCHEMES),
        help=f"of {','.join(SCHEMES)} ({','.join(USUAL)}), or all",
    )
    goals = parser.add_mutually_exclusive_group()
    for goal in get_args(Goal):
        goals.add_argument(
            f"--{goal}",
            dest="goal",
            action="store_const",
            const=goal,
            help=f"keep only the {goal} model of each format that is within the limits:"
            " chosen on half of the samples, confirmed on the rest, of all schemes by default",
        )
    add_own_model_arguments(parser)
    add_deadline_argument(parser)
    add_spread_arguments(parser)
    add_limit_arguments(parser)
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="the page to write beside that in the bundle"
    )
    add_samples_shown_argument(parser)
    parser.add_argument("--json", action="store_true", help="the report for programs")


def run(given: argparse.Namespace) -> int:
    """Convert, verify, write the bundle and print what was found."""
    with TemporaryDirectory(prefix="satchel-") as scratch:
        return _convert(open_model(given, scratch=Path(scratch)), given)


def _convert(folder: "ModelFolder", given: argparse.Namespace) -> int:
    from satchel_convert.conversion.convert import convert, count_jobs
    from satchel_convert.conversion.pack import draft_bundle, pack_bundle
    from satchel_convert.conversion.search import CONFIRMING, search, shuffled
    from satchel_convert.errors import ConversionError
    from satchel_convert.reporting.gallery import add_gallery
    from satchel_convert.reporting.layer_section import add_layers
    from satchel_convert.reporting.page import to_html
    from satchel_convert.reporting.report import add_search, make_report, without_latency
    from satchel_convert.reporting.report_json import to_json
    from satchel_convert.reporting.terminal import show
    from satchel_convert.schemes import SCHEMES, USUAL
    from satchel_convert.verification.verify import verify

    limits = limits_of(given, folder.card)
    if given.goal is not None and len(folder.evaluation) < 2:
        raise ConversionError(
            f"Expected 2 evaluation samples at least for --{given.goal}, one to choose by and one"
            f" to confirm with, got {len(folder.evaluation)}: add some, or leave it out."
        )
    spread = spread_of(given)
    make_folder(given.out.parent)
    for path in (given.out, *([given.report] if given.report else [])):
        check_writable(path)
    schemes = given.schemes or (USUAL if given.goal is None else SCHEMES)
    jobs = count_jobs(given.formats, schemes)
    if given.goal is not None:
        folder = shuffled(folder)
    with progress("converting", jobs) as on_done:
        conversions = convert(
            folder,
            formats=given.formats,
            schemes=schemes,
            deadline_s=given.deadline,
            on_done=on_done,
        )
    draft = draft_bundle(folder, conversions)
    with samples_progress("verifying") as on_samples:

        def check(bundle: "Bundle", part: slice) -> "Verification":
            return verify(
                bundle,
                conversions.inputs.part(part),
                reference=conversions.reference[part],
                truth=None if folder.truth is None else folder.truth[part],
                limits=limits,
                spread=spread,
                on_done=on_samples,
            )

        found = None if given.goal is None else search(draft, check, goal=given.goal)
        verification = check(draft, slice(None)) if found is None else found.taken
    failed = [model for model in conversions.models if model.failure is not None]
    routes = {model.file: model.route for model in conversions.models}
    report = make_report(folder.card.name, verification, failed=failed, routes=routes)
    if found is not None:
        report = add_search(report, found, routes)
    part = slice(None) if found is None else CONFIRMING
    looked_at = replace(folder, evaluation=folder.evaluation[part])
    report = add_layers(report, bundle=draft, folder=looked_at, deadline_s=given.deadline)
    report = add_gallery(report, verification, looked_at, samples_shown=given.samples_shown)
    show(report, as_json=given.json)
    if given.report:
        write_atomically(to_html(report), given.report)
    passed = sum(not row.failures for row in report.rows)
    if not passed:
        print(f"{given.out}: not written, no model passed", file=sys.stderr)
        return CHECK_FAILED
    kept = without_latency(report)
    content = pack_bundle(
        folder,
        conversions,
        draft,
        verification,
        {"report.json": to_json(kept), "report.html": to_html(kept)},
    )
    write_atomically(content, given.out)
    if pinned := folder.card.provenance.get("pinned"):
        # What may be of any size in the float model is of one size in all that was made of it.
        print(f"{given.model}: pinned {pinned}", file=sys.stderr)
    words = "INPUT" if isinstance(folder.card.output, LabelOutput) else "INPUT --out DIR"
    print(
        f"{given.out}: {passed} of {len(report.rows)} models, {len(content):,} bytes"
        f" (next: satchel run {given.out} {words})",
        file=sys.stderr,
    )
    return OK if report.passed else CHECK_FAILED
