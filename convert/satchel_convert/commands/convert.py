"""``satchel convert``: makes a verified bundle of a model folder or a Keras model."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.cli import CHECK_FAILED, OK
from satchel.writing import check_creatable, check_writable
from satchel_convert.commands.arguments import (
    add_accept_accuracy_argument,
    add_deadline_argument,
    add_executor_arguments,
    add_expect_arguments,
    add_limit_arguments,
    add_release_arguments,
    add_samples_shown_argument,
    bundle_path,
    choices,
    limits_of,
    not_written,
)
from satchel_convert.commands.own_model import ModelPath, add_own_model_arguments, source_of
from satchel_convert.commands.progress import shown_progress
from satchel_convert.schemes import FORMATS, SCHEMES, USUAL
from satchel_convert.settings import GOALS

if TYPE_CHECKING:
    from satchel_convert import Conversion, Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel convert``."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        type=Path,
        action=ModelPath,
        help="a model folder from satchel train, or your own .keras file, .h5 file, SavedModel, or"
        " float32 .tflite or .onnx",
    )
    parser.add_argument(
        "--out", metavar="NAME.satchel", type=bundle_path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--formats",
        type=choices(FORMATS),
        help=f"some of {','.join(FORMATS)} (all; of a .tflite or .onnx only its own)",
    )
    parser.add_argument(
        "--schemes",
        type=choices(SCHEMES),
        help=f"some of {','.join(SCHEMES)}, or all ({','.join(USUAL)})",
    )
    goals = parser.add_mutually_exclusive_group()
    for goal in GOALS:
        goals.add_argument(
            f"--{goal}",
            dest="goal",
            action="store_const",
            const=goal,
            help=f"keep only the {goal} model of each format that is within the limits; it is"
            " chosen among all schemes on half of the samples and confirmed on the rest",
        )
    add_release_arguments(parser)
    add_own_model_arguments(parser)
    add_deadline_argument(parser)
    add_executor_arguments(parser)
    add_limit_arguments(parser)
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="also write the bundle's report, as an HTML page, to FILE",
    )
    parser.add_argument(
        "--keep",
        metavar="DIR",
        type=Path,
        help="also keep the model folder that the model and its samples amount to, in the new"
        " folder DIR: for satchel verify --samples DIR, compare and explain",
    )
    parser.add_argument(
        "--verify-all",
        action="store_true",
        help="run every model on all samples, also a quantized one that is slower and no smaller"
        " than another of its format, and not surely more accurate on the first 200 samples: it is"
        " otherwise stopped and left out if that saves 10 seconds",
    )
    add_samples_shown_argument(parser)
    add_accept_accuracy_argument(parser)
    add_expect_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the report as JSON, for programs"
    )


def run(args: argparse.Namespace) -> int:
    """Convert and verify the model, write the bundle and print the report."""
    from satchel_convert import DoubtfulModelError, NoModelPassedError

    check_creatable(args.out)
    if args.report is not None:
        check_writable(args.report)
    try:
        conversion = _convert(args)
    except DoubtfulModelError as error:
        _show(error.report, args)
        print(not_written(args.out), file=sys.stderr)
        return CHECK_FAILED
    except NoModelPassedError as error:
        _show(error.report, args)
        print(f"{args.out}: not written, no model passed", file=sys.stderr)
        return CHECK_FAILED
    _show(conversion.report, args)
    conversion.save(args.out)
    _say_what_was_written(conversion, args)
    return OK if conversion.report.passed else CHECK_FAILED


def _convert(args: argparse.Namespace) -> "Conversion":
    from satchel_convert import convert

    with shown_progress() as on_progress:
        return convert(
            args.model,
            **source_of(args),
            name=args.name,
            version=args.version,
            formats=args.formats,
            schemes=args.schemes,
            goal=args.goal,
            limits=limits_of(args),
            workers=args.workers,
            ray=args.ray,
            deadline_s=args.deadline,
            samples_shown=args.samples_shown,
            verify_all=args.verify_all,
            accept_accuracy=args.accept_accuracy,
            keep=args.keep,
            expect=args.expect,
            expect_difference=args.expect_difference,
            on_progress=on_progress,
        )


def _show(report: "Report", args: argparse.Namespace) -> None:
    from satchel_convert.reporting.terminal import show

    show(report, as_json=args.json)
    if args.report is not None:
        report.save(args.report, words=sys.argv[1:])
        print(f"report: {args.report}", file=sys.stderr)


def _say_what_was_written(conversion: "Conversion", args: argparse.Namespace) -> None:
    card = conversion.bundle.card
    if pinned := card.provenance.get("pinned"):
        # The float model accepts inputs of any size, the converted models only of this one.
        print(f"{args.model}: pinned {pinned}", file=sys.stderr)
    if args.keep is not None:
        print(
            f"{args.keep}: the model folder (next: satchel verify {args.out} --samples"
            f" {args.keep})",
            file=sys.stderr,
        )
    following = f"satchel run {args.out} {conversion.run_arguments}"
    if args.report is None:
        following += f"; its report: satchel report {args.out}"
    print(
        f"{args.out}: {len(card.models)} of {len(conversion.report.rows)} models,"
        f" {len(conversion.content):,} bytes (next: {following})",
        file=sys.stderr,
    )
