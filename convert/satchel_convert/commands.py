"""``satchel convert`` and ``satchel verify``."""

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.card import Card, LabelOutput
from satchel.commands.command import CHECK_FAILED, OK, Command
from satchel.writing import check_writable, make_folder, write_atomically

if TYPE_CHECKING:
    from satchel_convert.limits import Limits
    from satchel_convert.report import Report


def add_convert_arguments(parser: argparse.ArgumentParser) -> None:
    from satchel_convert.schemes import FORMATS, SCHEMES

    parser.add_argument("folder", metavar="MODEL_FOLDER", type=Path, help="from satchel train")
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--formats", type=choices(FORMATS), default=FORMATS, help=f"of {','.join(FORMATS)} (all)"
    )
    parser.add_argument(
        "--schemes", type=choices(SCHEMES), default=SCHEMES, help=f"of {','.join(SCHEMES)} (all)"
    )
    add_deadline_argument(parser)
    add_limit_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the report for programs")


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="a .satchel file")
    parser.add_argument(
        "--samples", metavar="MODEL_FOLDER", type=Path, required=True, help="its model folder"
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="the page to write (BUNDLE.report.html)"
    )
    add_deadline_argument(parser)
    add_limit_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the report for programs")


def add_deadline_argument(parser: argparse.ArgumentParser) -> None:
    """Add how long one child process may take."""
    from satchel_convert.isolation import DEADLINE_S

    parser.add_argument(
        "--deadline",
        metavar="SECONDS",
        type=positive_number,
        default=DEADLINE_S,
        help=f"for one conversion, and for the float model's answers ({DEADLINE_S:g})",
    )


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a model may differ from the float model before the command fails."""
    from satchel_convert.limits import LabelLimits, PictureLimits

    labels, pictures = LabelLimits(), PictureLimits()
    group = parser.add_argument_group("limits")
    group.add_argument(
        "--float32-difference",
        type=share,
        metavar="P",
        help=f"of any one probability ({labels.float32_difference:g}),"
        f" or pixel ({pictures.float32_difference:.2g})",
    )
    group.add_argument(
        "--float16-difference",
        type=share,
        metavar="P",
        help=f"of any one probability ({labels.float16_difference:g}),"
        f" or pixel ({pictures.float16_difference:.2g})",
    )
    group.add_argument(
        "--int8-agreement",
        type=share,
        metavar="SHARE",
        help=f"lowest share of samples with the same top label ({labels.int8_agreement:g})",
    )
    group.add_argument(
        "--margin",
        dest="margin_points",
        type=points,
        metavar="POINTS",
        help=f"percentage points of accuracy that int8 may lose ({labels.margin_points:g})",
    )
    group.add_argument(
        "--strict",
        action="store_const",
        const=True,
        help="fail where the samples are too few to tell whether the margin is kept",
    )
    group.add_argument(
        "--int8-psnr",
        dest="int8_psnr_db",
        type=points,
        metavar="DB",
        help=f"lowest PSNR of any one picture, in decibel ({pictures.int8_psnr_db:g})",
    )


def share(text: str) -> float:
    """Return a number from 0 to 1, for argparse."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return value


def points(text: str) -> float:
    """Return a number from 0 to 100, percentage points or decibel, for argparse."""
    value = _number(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 100, got {text!r}")
    return value


def positive_number(text: str) -> float:
    """Return a finite number above 0, for argparse."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        # Outside of every range, as a number that is none compares.
        return math.nan


def bundle_path(text: str) -> Path:
    """Return the path of a bundle to write, for argparse."""
    path = Path(text)
    if path.suffix != ".satchel" or path.is_dir():
        raise argparse.ArgumentTypeError(f"expected a file NAME.satchel, got {text!r}")
    return path


def choices(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Return a parser of words of ``known`` with commas between, for argparse."""

    def parse(text: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(text.split(",")))
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(
                    f"expected some of {','.join(known)}, got {word!r}"
                )
        return words

    return parse


def run_convert(given: argparse.Namespace) -> int:
    from satchel_convert import report as reports
    from satchel_convert.convert import convert
    from satchel_convert.model_folder import open_model_folder
    from satchel_convert.pack import draft_bundle, pack_bundle
    from satchel_convert.verify import verify

    folder = open_model_folder(given.folder)
    limits = limits_of(given, folder.card)
    make_folder(given.out.parent)
    check_writable(given.out)
    jobs = len(given.formats) * len(given.schemes) + 1 + ("onnx" in given.formats)
    with progress("converting", jobs) as on_done:
        conversions = convert(
            folder,
            formats=given.formats,
            schemes=given.schemes,
            deadline_s=given.deadline,
            on_done=on_done,
        )
    draft = draft_bundle(folder, conversions)
    with progress("verifying", len(draft.card.models)) as on_done:
        verification = verify(
            draft,
            conversions.inputs,
            reference=conversions.reference,
            truth=folder.truth,
            limits=limits,
            on_done=on_done,
        )
    failed = [model for model in conversions.models if model.failure is not None]
    report = reports.make_report(folder.card.name, verification, failed=failed)
    show(report, as_json=given.json)
    passed = sum(not row.failures for row in report.rows)
    if not passed:
        print(f"{given.out}: not written, no model passed", file=sys.stderr)
        return CHECK_FAILED
    kept = reports.without_latency(report)
    content = pack_bundle(
        folder,
        conversions,
        draft,
        verification,
        {"report.json": reports.to_json(kept), "report.html": reports.to_html(kept)},
    )
    write_atomically(content, given.out)
    words = "INPUT" if isinstance(folder.card.output, LabelOutput) else "INPUT --out DIR"
    print(
        f"{given.out}: {passed} of {len(report.rows)} models, {len(content):,} bytes"
        f" (next: satchel run {given.out} {words})",
        file=sys.stderr,
    )
    return OK if report.passed else CHECK_FAILED


def run_verify(given: argparse.Namespace) -> int:
    from satchel.bundle import open_bundle
    from satchel_convert import jobs
    from satchel_convert import report as reports
    from satchel_convert.isolation import run_isolated
    from satchel_convert.model_folder import check_same_model, open_model_folder, prepare
    from satchel_convert.verify import verify

    bundle = open_bundle(given.bundle)
    page = given.report or given.bundle.with_suffix(".report.html")
    check_writable(page)
    folder = open_model_folder(given.samples)
    limits = limits_of(given, folder.card)
    check_same_model(bundle.card, folder)
    inputs = prepare(folder, [sample.value for sample in folder.evaluation])
    with progress("verifying", 1 + len(bundle.card.models)) as on_done:
        reference = run_isolated(
            jobs.reference_answers,
            (folder.model_path, folder.card, inputs),
            deadline_s=given.deadline,
        )
        on_done("reference")
        verification = verify(
            bundle,
            inputs,
            reference=reference,
            truth=folder.truth,
            limits=limits,
            on_done=on_done,
        )
    report = reports.make_report(bundle.card.name, verification)
    show(report, as_json=given.json)
    write_atomically(reports.to_html(report), page)
    print(f"report: {page}", file=sys.stderr)
    return OK if report.passed else CHECK_FAILED


def limits_of(given: argparse.Namespace, card: Card) -> "Limits":
    """Return the limits of the command line; raises ConversionError for one of another task."""
    from satchel_convert.errors import ConversionError
    from satchel_convert.limits import LIMITS

    kinds = {kind: {field.name for field in fields(LIMITS[kind])} for kind in LIMITS}
    names = sorted(set().union(*kinds.values()))
    stated = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    known = kinds[card.output.kind]
    if foreign := stated.keys() - known:
        raise ConversionError(
            f"Expected no limit {min(foreign)} for {card.task}, whose limits are"
            f" {', '.join(sorted(known))}."
        )
    return LIMITS[card.output.kind](**stated)


def show(report: "Report", *, as_json: bool) -> None:
    """Print the report, as JSON or as a table."""
    from satchel_convert.report import print_table, to_json

    if as_json:
        sys.stdout.write(to_json(report).decode())
    else:
        print_table(report)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on standard error if a terminal looks on; yield what advances it."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=total)

        def on_done(name: str) -> None:
            bar.update(task, advance=1, description=f"{what}: {name}")

        yield on_done


CONVERT = Command(
    summary="convert a model folder to TFLite and ONNX, verify each model, pack one bundle",
    example="satchel convert models/digits --out digits.satchel",
    add_arguments=add_convert_arguments,
    run=run_convert,
)
VERIFY = Command(
    summary="compare every model of a bundle with the float model; exit 1 when one is off limits",
    example="satchel verify digits.satchel --samples models/digits",
    add_arguments=add_verify_arguments,
    run=run_verify,
)
