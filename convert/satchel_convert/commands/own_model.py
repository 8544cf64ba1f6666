"""The arguments that say of a Keras file or a SavedModel what a model folder would."""

import argparse
import math
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from satchel import limits
from satchel.bundle import Activation, Fit
from satchel.cli import positive

if TYPE_CHECKING:
    from satchel_convert.model_folder import ModelFolder
    from satchel_convert.own_models.preprocessing import Preprocessing

FLAGS = {
    "task": "--task",
    "labels": "--labels",
    "evaluation": "--evaluation",
    "calibration": "--calibration",
    "activation": "--activation",
    "preprocess": "--preprocess",
    "mean": "--mean",
    "std": "--std",
    "size": "--size",
    "fit": "--fit",
    "vocabulary": "--vocabulary",
    "delimiter": "--delimiter",
    "length": "--length",
}


def add_own_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be said of a model that is no model folder."""
    from satchel_convert.own_models.own_model import TASKS

    group = parser.add_argument_group("a .keras, .h5 or SavedModel classifier of your own")
    group.add_argument("--task", choices=TASKS, help="where the model's input does not tell")
    group.add_argument(
        "--labels", type=Path, metavar="FILE", help="a line a label, in the order of the outputs"
    )
    group.add_argument(
        "--evaluation",
        type=Path,
        metavar="PLACE",
        help="pictures or .txt files, in a folder for each label; or a .csv, .tsv or .jsonl table",
    )
    group.add_argument(
        "--calibration", type=Path, metavar="PLACE", help="other pictures or texts, for full_int8"
    )
    add_activation_argument(group)
    group = parser.add_argument_group("of pictures")
    add_preprocessing_arguments(group)
    group.add_argument(
        "--size", type=_size, metavar="H,W", help="pixels, where the model takes any"
    )
    group.add_argument(
        "--fit", choices=get_args(Fit), help="how a picture is brought to the size (stretch)"
    )
    group = parser.add_argument_group("of texts")
    group.add_argument(
        "--vocabulary", type=Path, metavar="FILE", help="a line a token: the token, its id"
    )
    group.add_argument("--delimiter", metavar="CLASS", help="texts are split at ([^\\w']+)")
    group.add_argument(
        "--length", type=positive, metavar="N", help="ids, where the model takes any number"
    )


def add_activation_argument(group: argparse._ActionsContainer) -> None:
    """Add what a model's outputs are."""
    group.add_argument(
        "--activation",
        choices=get_args(Activation),
        help="what the outputs are, where the end of the model does not say",
    )


def add_preprocessing_arguments(group: argparse._ActionsContainer) -> None:
    """Add what a model was trained on."""
    group.add_argument(
        "--preprocess", metavar="keras:NAME", help="as keras.applications.NAME.preprocess_input"
    )
    group.add_argument("--mean", type=_numbers, metavar="R,G,B", help="of pixels from 0 to 255 (0)")
    group.add_argument(
        "--std", type=_deviations, metavar="R,G,B", help="the model takes (pixel - mean) / std (1)"
    )


def open_model(given: argparse.Namespace, *, scratch: Path) -> "ModelFolder":
    """Return the model folder of the command line, or what a model of one's own amounts to.

    Raises ModelFolderError for what does not go together.
    """
    from satchel_convert.errors import ModelFolderError
    from satchel_convert.finished_models.finished_model import FINISHED_FORMATS
    from satchel_convert.model_folder import open_model_folder
    from satchel_convert.own_models.opening import open_own_model
    from satchel_convert.own_models.own_model import OwnModel, is_own_model

    if given.model.suffix.lower() in FINISHED_FORMATS:
        raise ModelFolderError(
            f"Expected a model to convert, {given.model.name!r} is finished: satchel pack wraps it."
        )
    stated = {name: value for name in FLAGS if (value := getattr(given, name)) is not None}
    if not is_own_model(given.model):
        if stated:
            raise ModelFolderError(
                f"Expected no {FLAGS[next(iter(stated))]} for {str(given.model)!r}: it is for a"
                " .keras or .h5 file or a SavedModel, a model folder has its own."
            )
        return open_model_folder(given.model)
    for name in ("labels", "evaluation"):
        if name not in stated:
            raise ModelFolderError(f"Expected {FLAGS[name]} for {str(given.model)!r}.")
    alike = {field.name for field in fields(OwnModel)} & stated.keys()
    own = OwnModel(
        path=given.model,
        preprocessing=preprocessing_of(given),
        **{name: stated[name] for name in alike},
    )
    return open_own_model(own, scratch=scratch)


def preprocessing_of(given: argparse.Namespace) -> "Preprocessing | None":
    """Return what the command line says of it, None for nothing; raises ModelFolderError."""
    from satchel_convert.errors import ModelFolderError
    from satchel_convert.own_models.preprocessing import PREPROCESSING, Preprocessing

    if given.preprocess is None:
        if given.mean is None and given.std is None:
            return None
        return Preprocessing(given.mean or (0.0,), given.std or (1.0,))
    if given.mean is not None or given.std is not None:
        raise ModelFolderError("Expected --preprocess, or --mean and --std in its place; got both.")
    found = PREPROCESSING.get(given.preprocess.removeprefix("keras:"))
    if found is None or not given.preprocess.startswith("keras:"):
        raise ModelFolderError(
            f"Expected --preprocess keras:NAME, of {', '.join(PREPROCESSING)};"
            f" got {given.preprocess!r}."
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
    if not all(0 < side <= limits.MAX_SIDE for side in sides):
        raise argparse.ArgumentTypeError(f"expected HEIGHT,WIDTH in pixels, got {text!r}")
    return sides[0], sides[1]
