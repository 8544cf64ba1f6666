"""Arguments that several commands have."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from satchel.cli import did_you_mean
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.settings import MAX_WORKERS, Limits, is_ray_address
from satchel_convert.verification.limits import ImageLimits, LabelLimits


def add_deadline_argument(parser: argparse.ArgumentParser) -> None:
    """Add how long one child process may take."""
    parser.add_argument(
        "--deadline",
        metavar="SECONDS",
        type=positive_number,
        default=DEADLINE_S,
        help=f"for one conversion, and for the float model's answers ({DEADLINE_S:g})",
    )


def add_release_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the bundle is called, and which version it is."""
    parser.add_argument("--name", help="of the bundle (the model's)")
    parser.add_argument(
        "--version", metavar="X.Y.Z", help="of the bundle (the model folder's, or 1.0.0)"
    )


def add_samples_shown_argument(parser: argparse.ArgumentParser) -> None:
    """Add whether the page shows samples."""
    parser.add_argument(
        "--no-samples",
        dest="samples_shown",
        action="store_false",
        help="leave images and texts out of the page, which shows those it answers differently",
    )


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a model may differ from the float model before the command fails."""
    labels, images = LabelLimits(), ImageLimits()
    group = parser.add_argument_group("limits")
    group.add_argument(
        "--float32-difference",
        type=share,
        metavar="P",
        help=f"of any one probability ({labels.float32_difference:g}),"
        f" or pixel ({images.float32_difference:.2g})",
    )
    group.add_argument(
        "--float16-difference",
        type=share,
        metavar="P",
        help=f"of any one probability ({labels.float16_difference:g}),"
        f" or pixel ({images.float16_difference:.2g})",
    )
    group.add_argument(
        "--int8-agreement",
        type=share,
        metavar="SHARE",
        help=f"lowest share of samples with the same top label ({labels.int8_agreement:g})",
    )
    add_margin_arguments(group)


def add_margin_arguments(group: argparse._ArgumentGroup) -> None:
    """Add what accuracy, or an image, may lose."""
    labels, images = LabelLimits(), ImageLimits()
    group.add_argument(
        "--margin",
        "--max-drop",
        dest="margin_points",
        type=points,
        metavar="POINTS",
        help=f"percentage points of accuracy that may be lost ({labels.margin_points:g})",
    )
    group.add_argument(
        "--strict",
        action="store_const",
        const=True,
        help="fail where the samples are too few to tell whether the margin is kept",
    )
    group.add_argument(
        "--psnr",
        dest="psnr_db",
        type=points,
        metavar="DB",
        help=f"lowest PSNR of any one image, in decibel ({images.psnr_db:g})",
    )


def add_executor_arguments(parser: argparse.ArgumentParser) -> None:
    """Add who answers the samples."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--workers",
        metavar="N",
        type=workers,
        default=1,
        help="processes that answer the samples, here (1: this one)",
    )
    group.add_argument(
        "--ray",
        metavar="HOST:PORT",
        type=ray_address,
        help="a Ray cluster whose machines answer the samples, this one being one of them",
    )


def workers(text: str) -> int:
    """Return a number of processes, for argparse."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_WORKERS}, got {text!r}")
    return int(text)


def ray_address(text: str) -> str:
    """Return the address of a Ray cluster, for argparse."""
    if not is_ray_address(text):
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return text


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
    """Return a parser of words of ``known`` with commas between, or ``all``, for argparse."""

    def parse(text: str) -> tuple[str, ...]:
        if text == "all":
            return known
        words = tuple(dict.fromkeys(text.split(",")))
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(
                    f"expected some of {','.join(known)}, got {word!r}{did_you_mean(word, known)}"
                )
        return words

    return parse


def limits_of(args: argparse.Namespace) -> Limits:
    """Return the limits of the command line, None for those that it does not state."""
    # Not every command has all of them.
    return Limits(
        float32_difference=getattr(args, "float32_difference", None),
        float16_difference=getattr(args, "float16_difference", None),
        int8_agreement=getattr(args, "int8_agreement", None),
        margin_points=args.margin_points,
        strict=args.strict,
        psnr_db=args.psnr_db,
    )
