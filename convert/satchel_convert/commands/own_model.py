"""The arguments that say of a Keras file what a model folder would."""

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from satchel.inputs import MAX_SIDE, Fit
from satchel.outputs import Activation

if TYPE_CHECKING:
    from satchel_convert.model_folder import ModelFolder
    from satchel_convert.own_model import Preprocessing

FLAGS = {
    "labels": "--labels",
    "evaluation": "--evaluation",
    "calibration": "--calibration",
    "preprocess": "--preprocess",
    "mean": "--mean",
    "std": "--std",
    "size": "--size",
    "fit": "--fit",
    "activation": "--activation",
}


def add_own_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be said of a model that classifies pictures, and is no model folder."""
    group = parser.add_argument_group("a .keras or .h5 file that classifies pictures")
    group.add_argument(
        "--labels", type=Path, metavar="FILE", help="a line a label, in the order of the outputs"
    )
    group.add_argument(
        "--evaluation", type=Path, metavar="DIR", help="pictures, in a folder for each label"
    )
    group.add_argument(
        "--calibration", type=Path, metavar="DIR", help="other pictures, for full_int8"
    )
    group.add_argument(
        "--preprocess", metavar="keras:NAME", help="as keras.applications.NAME.preprocess_input"
    )
    group.add_argument("--mean", type=_numbers, metavar="R,G,B", help="of pixels from 0 to 255 (0)")
    group.add_argument(
        "--std", type=_deviations, metavar="R,G,B", help="the model takes (pixel - mean) / std (1)"
    )
    group.add_argument(
        "--size", type=_size, metavar="H,W", help="pixels, where the model takes any"
    )
    group.add_argument(
        "--fit", choices=get_args(Fit), help="how a picture is brought to the size (stretch)"
    )
    group.add_argument(
        "--activation",
        choices=get_args(Activation),
        help="what the outputs are, where the last layer does not say",
    )


def open_model(given: argparse.Namespace, *, scratch: Path) -> "ModelFolder":
    """Return the model folder of the command line, or what a file of one's own amounts to.

    Raises ModelFolderError for what does not go together.
    """
    from satchel_convert.errors import ModelFolderError
    from satchel_convert.model_folder import open_model_folder
    from satchel_convert.own_model import MODEL_SUFFIXES, OwnModel, open_own_model

    stated = {name: value for name in FLAGS if (value := getattr(given, name)) is not None}
    if given.model.suffix.lower() not in MODEL_SUFFIXES:
        if stated:
            raise ModelFolderError(
                f"Expected no {FLAGS[next(iter(stated))]} for {str(given.model)!r}: it is for a"
                f" {' or '.join(MODEL_SUFFIXES)} file, a model folder has its own."
            )
        return open_model_folder(given.model)
    for name in ("labels", "evaluation"):
        if name not in stated:
            raise ModelFolderError(f"Expected {FLAGS[name]} for {str(given.model)!r}.")
    preprocessing = _preprocessing(stated)
    alike = {field.name for field in fields(OwnModel)} & stated.keys()
    own = OwnModel(
        path=given.model, preprocessing=preprocessing, **{name: stated[name] for name in alike}
    )
    return open_own_model(own, scratch=scratch)


def _preprocessing(stated: dict[str, Any]) -> "Preprocessing":
    from satchel_convert.errors import ModelFolderError
    from satchel_convert.own_model import PREPROCESSING, Preprocessing

    name = stated.get("preprocess")
    if name is None:
        return Preprocessing(stated.get("mean", (0.0,)), stated.get("std", (1.0,)))
    if "mean" in stated or "std" in stated:
        raise ModelFolderError("Expected --preprocess, or --mean and --std in its place; got both.")
    found = PREPROCESSING.get(name.removeprefix("keras:"))
    if found is None or not name.startswith("keras:"):
        raise ModelFolderError(
            f"Expected --preprocess keras:NAME, of {', '.join(PREPROCESSING)}; got {name!r}."
        )
    return found


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(map(float, text.split(",")))
    except ValueError:
        values = ()
    if len(values) not in (1, 3) or not all(map(math.isfinite, values)):
        raise argparse.ArgumentTypeError(f"expected one number, or three with commas, got {text!r}")
    return values


def _deviations(text: str) -> tuple[float, ...]:
    values = _numbers(text)
    if 0 in values:
        raise argparse.ArgumentTypeError(f"expected numbers other than 0, got {text!r}")
    return values


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition(",")
    sides = [int(side) if side.isascii() and side.isdigit() else 0 for side in (height, width)]
    if not all(0 < side <= MAX_SIDE for side in sides):
        raise argparse.ArgumentTypeError(f"expected HEIGHT,WIDTH in pixels, got {text!r}")
    return sides[0], sides[1]
