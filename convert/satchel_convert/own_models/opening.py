"""Makes a model folder of a Keras model and the settings that describe it."""

from collections.abc import Mapping
from pathlib import Path

from satchel.bundle import TASKS, Activation, Card, LabelOutput, digest
from satchel_convert.conversion import jobs
from satchel_convert.errors import ModelFolderError
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.model_folder import ModelFolder
from satchel_convert.own_models.labels import ACTIVATIONS, check_outputs, read_labels
from satchel_convert.own_models.own_model import OwnModel
from satchel_convert.releases import FIRST_VERSION, card_name
from satchel_convert.task import OwnModels, converter_task


def open_own_model(own: OwnModel, *, scratch: Path) -> ModelFolder:
    """Return the model folder for the model and settings ``own``.

    A changed copy of the model is written to the folder ``scratch``, which must exist as long as
    the model folder is in use.

    Raises ModelFolderError for files that do not fit together, ConversionError for a model that
    cannot be read.
    """
    labels = read_labels(own.labels)
    shape = run_isolated(jobs.describe_model, (own.path,))
    task = _task(own, shape)
    activation = _activation(own, shape)
    check_outputs(shape.outputs, labels, activation=activation, name=own.path.name)
    described = _own_models()[task].open(own, shape, labels)
    card = Card(
        name=own.name or card_name(own.path),
        version=own.version or FIRST_VERSION,
        task=task,
        input=described.input,
        output=LabelOutput(labels, activation),
        provenance={
            "model": _digest(own.path),
            "pinned": f"{shape.inputs[0]} to {(1, *described.input.shape)}",
        },
    )
    path = own.path
    if own.preprocessing is not None and own.preprocessing.blue_first:
        path = scratch / ("saved_model" if own.path.is_dir() else "model.keras")
        run_isolated(jobs.swap_channels, (own.path, path))
    return ModelFolder(
        path.parent, card, described.files, described.calibration, described.evaluation, path.name
    )


def _own_models() -> dict[str, OwnModels]:
    """Return the tasks of models that need no model folder."""
    described = {name: converter_task(name).own_models for name in TASKS}
    return {name: found for name, found in described.items() if found is not None}


def _task(own: OwnModel, shape: ModelShape) -> str:
    tasks = _own_models()
    found = own.task or _likely_task(own, shape, tasks)
    for name, each in tasks.items():
        for setting in each.settings:
            if name != found and getattr(own, setting) is not None:
                raise ModelFolderError(
                    f"Expected no {setting} for {found}, which is the task of {own.path.name!r}."
                )
    return found


def _likely_task(own: OwnModel, shape: ModelShape, tasks: Mapping[str, OwnModels]) -> str:
    """Return the first task that fits the model's input: four dimensions, or two of integers."""
    for name, each in tasks.items():
        if each.fits(shape):
            return name
    raise ModelFolderError(
        "Expected a model of one image, (None, height, width, channels), or of one text's ids,"
        f" (None, length), in {own.path.name!r}, got {', '.join(map(str, shape.inputs))} of"
        f" {shape.dtype}: if these are ids, add --task text-classification."
    )


def _activation(own: OwnModel, shape: ModelShape) -> Activation:
    found = own.activation or ACTIVATIONS.get(shape.activation or "")
    if found is None:
        raise ModelFolderError(
            f"Expected --activation softmax, sigmoid or none: the last layer of {own.path.name!r}"
            f" has {shape.activation or 'no known activation'}."
        )
    return found


def _digest(path: Path) -> str:
    """Return the hash of a file, or of the names and hashes of a folder's files."""
    if path.is_file():
        return digest(path.read_bytes())
    files = sorted(each for each in path.rglob("*") if each.is_file())
    lines = [f"{each.relative_to(path).as_posix()} {digest(each.read_bytes())}" for each in files]
    return digest("\n".join(lines).encode())
