"""A Keras file and folders of pictures, whoever made them, as the model folder they amount to."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from satchel.bundle import digest
from satchel.card import Card, ImageInput, LabelOutput
from satchel.images import SUFFIXES
from satchel.inputs import Fit
from satchel.outputs import Activation
from satchel_convert import jobs
from satchel_convert.deployable import ModelShape
from satchel_convert.errors import ModelFolderError
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, Sample


class Preprocessing(NamedTuple):
    """What a model was trained on: (pixel - mean) / deviation, of red, green and blue."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    blue_first: bool = False


MODEL_SUFFIXES = (".keras", ".h5")
_MINUS_1_TO_1 = Preprocessing((127.5,), (127.5,))
_BLUE_FIRST = Preprocessing((123.68, 116.779, 103.939), (1.0,), blue_first=True)
_AS_THEY_ARE = Preprocessing((0.0,), (1.0,))
PREPROCESSING = {
    "convnext": _AS_THEY_ARE,
    "densenet": Preprocessing((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "efficientnet": _AS_THEY_ARE,
    "efficientnet_v2": _AS_THEY_ARE,
    "inception_resnet_v2": _MINUS_1_TO_1,
    "inception_v3": _MINUS_1_TO_1,
    "mobilenet": _MINUS_1_TO_1,
    "mobilenet_v2": _MINUS_1_TO_1,
    "mobilenet_v3": _AS_THEY_ARE,
    "nasnet": _MINUS_1_TO_1,
    "resnet50": _BLUE_FIRST,
    "resnet_v2": _MINUS_1_TO_1,
    "vgg16": _BLUE_FIRST,
    "vgg19": _BLUE_FIRST,
    "xception": _MINUS_1_TO_1,
}
"""What ``keras.applications.NAME.preprocess_input`` does"""
ACTIVATIONS: dict[str, Activation] = {"softmax": "softmax", "sigmoid": "sigmoid", "linear": "none"}
"""Keras's names to the card's"""


@dataclass(frozen=True)
class OwnModel:
    """What is not in the file of a model that classifies pictures."""

    path: Path
    """A .keras or .h5 file"""
    labels: Path
    """A line a label, in the order of the outputs"""
    evaluation: Path
    """A folder a label, called as it, with pictures"""
    calibration: Path | None = None
    """Pictures, in folders or not"""
    size: tuple[int, int] | None = None
    """Height and width, where the model takes any"""
    fit: Fit = "stretch"
    preprocessing: Preprocessing = _AS_THEY_ARE
    activation: Activation | None = None
    """What the model ends in, where its last layer does not tell"""


def open_own_model(own: OwnModel, *, scratch: Path) -> ModelFolder:
    """Return the model folder that ``own`` amounts to.

    ``scratch`` is a folder that stays as long as it is in use: a model that is not taken as it is
    goes there.

    Raises ModelFolderError for files that do not fit together, ConversionError for a model that
    cannot be read.
    """
    labels = _read_labels(own.labels)
    shape = run_isolated(jobs.describe_model, (own.path,))
    evaluation = _labelled(own.evaluation, labels)
    calibration = [] if own.calibration is None else _unlabelled(own.calibration)
    _check_disjoint(calibration, evaluation)
    card = Card(
        name=_name(own.path),
        version="1.0.0",
        task="image-classification",
        input=_input(own, shape),
        output=LabelOutput(labels, _activation(own, shape, labels)),
        provenance={"model": f"sha256:{_digest(own.path)}"},
    )
    path = own.path
    if own.preprocessing.blue_first:
        path = scratch / "model.keras"
        run_isolated(jobs.swap_channels, (own.path, path))
    return ModelFolder(path.parent, card, None, calibration, evaluation, path.name)


def _name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_.-]+", "_", path.stem.lower()).strip("_.-")
    return name[:64] or "model"


def _read_labels(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.reason
        raise ModelFolderError(
            f"Expected a line a label, in UTF-8, in {str(path)!r}: {reason}."
        ) from error
    labels = tuple(line.strip() for line in lines if line.strip())
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise ModelFolderError(
            f"Expected two labels or more, all different, in {str(path)!r}, got {len(labels)}."
        )
    return labels


def _input(own: OwnModel, shape: ModelShape) -> ImageInput:
    if len(shape.inputs) != 1 or len(shape.inputs[0]) != 4:
        raise ModelFolderError(
            f"Expected a model of one picture, (None, height, width, channels), in"
            f" {own.path.name!r}, got {', '.join(map(str, shape.inputs))}."
        )
    _, height, width, channels = shape.inputs[0]
    if height is None or width is None:
        if own.size is None:
            raise ModelFolderError(
                f"Expected --size HEIGHT,WIDTH: {own.path.name!r} takes pictures of any."
            )
        height, width = own.size
    elif own.size not in (None, (height, width)):
        raise ModelFolderError(
            f"Expected no --size, or {height},{width}: {own.path.name!r} takes no other."
        )
    if channels not in (1, 3):
        raise ModelFolderError(
            f"Expected a model of 1 or 3 channels, the last dimension, in {own.path.name!r},"
            f" got {channels}."
        )
    mean, deviation, blue_first = own.preprocessing
    lengths = {len(mean), len(deviation), 3 if blue_first else 1}
    if not lengths <= {1, channels}:
        raise ModelFolderError(
            f"Expected --mean and --std of 1 or {channels} numbers, got {max(lengths)}."
        )
    count = max(lengths)
    pairs = list(zip(*(each * (count // len(each)) for each in (mean, deviation)), strict=True))
    return ImageInput(
        height=height,
        width=width,
        channels=channels,
        fit=own.fit,
        scale=tuple(1 / deviation for _, deviation in pairs),
        offset=tuple(0.0 - mean / deviation for mean, deviation in pairs),
    )


def _activation(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> Activation:
    found = own.activation or ACTIVATIONS.get(shape.activation or "")
    if found is None:
        raise ModelFolderError(
            f"Expected --activation softmax, sigmoid or none: the last layer of {own.path.name!r}"
            f" ends in {shape.activation or 'nothing with a name'}."
        )
    expected = 1 if found == "sigmoid" else len(labels)
    outputs = shape.outputs[0][-1] if len(shape.outputs) == 1 else None
    if outputs != expected:
        raise ModelFolderError(
            f"Expected {expected} outputs, {found}, for {len(labels)} labels, got"
            f" {', '.join(map(str, shape.outputs))} from {own.path.name!r}."
        )
    return found


def _labelled(folder: Path, labels: Sequence[str]) -> list[Sample]:
    places = sorted(path for path in _entries(folder) if path.is_dir())
    if unknown := [place.name for place in places if place.name not in labels]:
        raise ModelFolderError(
            f"Expected folders called as labels in {str(folder)!r}, got {unknown[0]!r}."
        )
    samples = [
        Sample(path, labels.index(place.name)) for place in places for path in _pictures(place)
    ]
    if not samples:
        raise ModelFolderError(
            f"Expected pictures in folders called as their labels in {str(folder)!r}, got none."
        )
    return samples


def _unlabelled(folder: Path) -> list[Sample]:
    places = [folder, *sorted(path for path in _entries(folder) if path.is_dir())]
    samples = [Sample(path) for place in places for path in _pictures(place)]
    if not samples:
        raise ModelFolderError(f"Expected pictures in {str(folder)!r}, got none.")
    # Of every label, where the folders are labels: only the first few hundred are looked at.
    return sorted(samples, key=lambda sample: _digest_of_name(sample.value))


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if path.suffix.lower() in SUFFIXES)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise ModelFolderError(
            f"Expected a folder of pictures, got {str(folder)!r}: {error.strerror}."
        ) from error


def _check_disjoint(calibration: Sequence[Sample], evaluation: Sequence[Sample]) -> None:
    """Raise ModelFolderError for a picture in both, under whatever name."""
    seen = {_digest(sample.value): sample.value for sample in calibration}
    for sample in evaluation if seen else ():
        if twin := seen.get(_digest(sample.value)):
            raise ModelFolderError(
                "Expected calibration and evaluation pictures to be different,"
                f" {str(twin)!r} and {str(sample.value)!r} are the same."
            )


def _digest(path: Path | str | int) -> str:
    assert isinstance(path, Path)
    return digest(path.read_bytes())


def _digest_of_name(path: Path | str | int) -> bytes:
    assert isinstance(path, Path)
    return hashlib.sha256(f"{path.parent.name}/{path.name}".encode()).digest()
