"""The arguments that several commands share."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from satchel.cli import did_you_mean
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.settings import EXPECT_DIFFERENCE, MAX_WORKERS, Limits, is_ray_address
from satchel_convert.verification.limits import ImageLimits, LabelLimits


def add_deadline_argument(parser: argparse.ArgumentParser) -> None:
    """Add the deadline of one child process."""
    parser.add_argument(
        "--deadline",
        metavar="SECONDS",
        type=positive_number,
        default=DEADLINE_S,
        help=f"limit for one conversion, and for the float model's predictions ({DEADLINE_S:g})",
    )


def add_release_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name and the version of the bundle."""
    parser.add_argument("--name", help="name of the bundle (the model's)")
    parser.add_argument(
        "--version", metavar="X.Y.Z", help="version of the bundle (the model folder's, or 1.0.0)"
    )


def add_accept_accuracy_argument(parser: argparse.ArgumentParser) -> None:
    """Add the choice to pack a model whose accuracy is doubtful."""
    parser.add_argument(
        "--accept-accuracy",
        action="store_true",
        help="pack the model although its accuracy is no better than chance, far below its own"
        " confidence, or better with other labels or images; card and report say so",
    )


def add_expect_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the author's own predictions, with which the models are compared."""
    parser.add_argument(
        "--expect",
        metavar="FILE",
        type=Path,
        help="your own program's predictions of evaluation samples (.json, .jsonl or .csv: sample,"
        " label or scores), compared with the models from the raw samples on",
    )
    parser.add_argument(
        "--expect-difference",
        metavar="P",
        type=share,
        default=EXPECT_DIFFERENCE,
        help="largest difference of a float model's score from these predictions"
        f" ({EXPECT_DIFFERENCE:g})",
    )


def add_samples_shown_argument(parser: argparse.ArgumentParser) -> None:
    """Add the choice whether the page shows samples."""
    parser.add_argument(
        "--no-samples",
        dest="samples_shown",
        action="store_false",
        help="leave out of the page the images and texts on which the models disagree",
    )


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the limits on a model's distance from the float model; beyond them, the command fails."""
    labels, images = LabelLimits(), ImageLimits()
    group = parser.add_argument_group("limits")
    group.add_argument(
        "--float32-difference",
        type=share,
        metavar="P",
        help=f"largest difference of any one probability ({labels.float32_difference:g}),"
        f" or pixel ({images.float32_difference:.2g})",
    )
    group.add_argument(
        "--float16-difference",
        type=share,
        metavar="P",
        help="largest root mean square of each sample's largest difference of a probability"
        f" ({labels.float16_difference:g}), or difference of any one pixel"
        f" ({images.float16_difference:.2g})",
    )
    group.add_argument(
        "--int8-agreement",
        type=share,
        metavar="SHARE",
        help=f"lowest share of samples with the same top label ({labels.int8_agreement:g})",
    )
    add_margin_arguments(group)


def add_margin_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the limits on lost accuracy and on the noise of an image."""
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
        help="fail if the samples are too few to tell whether the margin is kept",
    )
    group.add_argument(
        "--psnr",
        dest="psnr_db",
        type=points,
        metavar="DB",
        help=f"lowest PSNR of any one image, in decibels ({images.psnr_db:g})",
    )


def add_executor_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice of processes that run the samples."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--workers",
        metavar="N",
        type=workers,
        default=1,
        help="number of processes that run the samples on this machine (1: this process)",
    )
    group.add_argument(
        "--ray",
        metavar="HOST:PORT",
        type=ray_address,
        help="a Ray cluster whose machines run the samples; this machine must be one of them",
    )


def workers(text: str) -> int:
    """Parse a number of processes, for argparse."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_WORKERS}, got {text!r}")
    return int(text)


def ray_address(text: str) -> str:
    """Parse the address of a Ray cluster, for argparse."""
    if not is_ray_address(text):
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return text


def share(text: str) -> float:
    """Parse a number from 0 to 1, for argparse."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return value


def points(text: str) -> float:
    """Parse a number from 0 to 100, in percentage points or decibels, for argparse."""
    value = _number(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 100, got {text!r}")
    return value


def positive_number(text: str) -> float:
    """Parse a finite number above 0, for argparse."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        # NaN is outside of every range, so each caller refuses it.
        return math.nan


def bundle_path(text: str) -> Path:
    """Parse the path of a bundle to write, for argparse."""
    path = Path(text)
    if path.suffix != ".satchel" or path.is_dir():
        raise argparse.ArgumentTypeError(f"expected a file NAME.satchel, got {text!r}")
    return path


def choices(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Return a parser, for argparse, of words of ``known`` with commas between them, or ``all``."""

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


def not_written(out: Path) -> str:
    """Return the line about a bundle that was not written because its accuracy is doubtful."""
    return f"{out}: not written, the accuracy is doubtful (--accept-accuracy packs it nevertheless)"


def limits_of(args: argparse.Namespace) -> Limits:
    """Return the limits of the command line; a limit that it does not state is None."""
    # getattr, because not every command has every limit.
    return Limits(
        float32_difference=getattr(args, "float32_difference", None),
        float16_difference=getattr(args, "float16_difference", None),
        int8_agreement=getattr(args, "int8_agreement", None),
        margin_points=args.margin_points,
        strict=args.strict,
        psnr_db=args.psnr_db,
    )
