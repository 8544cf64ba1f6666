"""A model of one's own, and what goes with it, as the model folder that they amount to."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from satchel.bundle import Activation, Card, ImageInput, Input, LabelOutput, Task, TextInput, digest
from satchel_convert.conversion import jobs
from satchel_convert.errors import ModelFolderError
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.model_folder import ModelFolder
from satchel_convert.own_models.labels import ACTIVATIONS, check_outputs, read_labels
from satchel_convert.own_models.own_model import OwnModel
from satchel_convert.own_models.pictures import open_pictures
from satchel_convert.own_models.texts import open_texts
from satchel_convert.releases import FIRST_VERSION, card_name

_OPEN = {"image-classification": open_pictures, "text-classification": open_texts}
_FOREIGN = {
    "image-classification": ("vocabulary", "delimiter", "length"),
    "text-classification": ("size", "fit", "preprocessing"),
}
"""What is to be said of models for the other task alone"""


def open_own_model(own: OwnModel, *, scratch: Path) -> ModelFolder:
    """Return the model folder that ``own`` amounts to.

    ``scratch`` is a folder that stays as long as it is in use: a model that is not taken as it is
    goes there.

    Raises ModelFolderError for files that do not fit together, ConversionError for a model that
    cannot be read.
    """
    labels = read_labels(own.labels)
    shape = run_isolated(jobs.describe_model, (own.path,))
    task = _task(own, shape)
    activation = _activation(own, shape)
    check_outputs(shape.outputs, labels, activation=activation, name=own.path.name)
    taken = _OPEN[task](own, shape, labels)
    card = Card(
        name=own.name or card_name(own.path),
        version=own.version or FIRST_VERSION,
        task=task,
        input=taken.input,
        output=LabelOutput(labels, activation),
        provenance={
            "model": _digest(own.path),
            "pinned": f"{shape.inputs[0]} to {_pinned(taken.input)}",
        },
    )
    path = own.path
    if own.preprocessing is not None and own.preprocessing.blue_first:
        path = scratch / ("saved_model" if own.path.is_dir() else "model.keras")
        run_isolated(jobs.swap_channels, (own.path, path))
    return ModelFolder(
        path.parent, card, taken.vocabulary, taken.calibration, taken.evaluation, path.name
    )


def _task(own: OwnModel, shape: ModelShape) -> Task:
    found = own.task or _likely_task(own, shape)
    for field in fields(own):
        if field.name in _FOREIGN[found] and getattr(own, field.name) is not None:
            raise ModelFolderError(
                f"Expected no {field.name} for {found}, which is what {own.path.name!r} is for."
            )
    return found


def _likely_task(own: OwnModel, shape: ModelShape) -> Task:
    """Return what a model is for by what it takes: four dimensions, or two of whole numbers."""
    if len(shape.inputs) == 1 and len(shape.inputs[0]) == 4:
        return "image-classification"
    if len(shape.inputs) == 1 and len(shape.inputs[0]) == 2 and "int" in shape.dtype:
        return "text-classification"
    raise ModelFolderError(
        "Expected a model of one picture, (None, height, width, channels), or of one text's ids,"
        f" (None, length), in {own.path.name!r}, got {', '.join(map(str, shape.inputs))} of"
        f" {shape.dtype}: if these are ids, say --task text-classification."
    )


def _activation(own: OwnModel, shape: ModelShape) -> Activation:
    found = own.activation or ACTIVATIONS.get(shape.activation or "")
    if found is None:
        raise ModelFolderError(
            f"Expected --activation softmax, sigmoid or none: the last layer of {own.path.name!r}"
            f" ends in {shape.activation or 'nothing with a name'}."
        )
    return found


def _pinned(taken: Input) -> Sequence[int]:
    if isinstance(taken, TextInput):
        return (1, taken.length)
    assert isinstance(taken, ImageInput)
    return (1, taken.height, taken.width, taken.channels)


def _digest(path: Path) -> str:
    """Return the hash of a file, or of the names and hashes of a folder's files."""
    if path.is_file():
        return digest(path.read_bytes())
    files = sorted(each for each in path.rglob("*") if each.is_file())
    lines = [f"{each.relative_to(path).as_posix()} {digest(each.read_bytes())}" for each in files]
    return digest("\n".join(lines).encode())
