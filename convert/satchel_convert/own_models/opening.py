"""Makes a model folder of a Keras model and the settings that describe it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import TASKS, Card, Input, Json, LabelOutput, digest
from satchel_convert.conversion import jobs
from satchel_convert.errors import ModelFolderError
from satchel_convert.float_models.describing import described_model
from satchel_convert.float_models.kinds import float_format
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.model_folder import ModelFolder
from satchel_convert.own_models.inspection import inspect_file
from satchel_convert.own_models.labels import check_count, read_labels
from satchel_convert.own_models.output_meaning import CLEAR, StatedOutput, output_meaning
from satchel_convert.own_models.own_model import OwnModel
from satchel_convert.releases import FIRST_VERSION, card_name
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.samples.reading import check_label_counts
from satchel_convert.task import OwnModels, converter_task
from satchel_convert.text_rows import naming_hint, tensors_named

SHOWN = 32
"""The number of samples whose outputs decide what outputs mean, if nothing else does"""


def open_own_model(own: OwnModel) -> ModelFolder:
    """Return the model folder for the model and settings ``own``.

    Raises ModelFolderError for files that do not fit together, ConversionError for a model that
    cannot be read.
    """
    labels = read_labels(own.labels)
    if float_format(own.path) is None:
        inspect_file(own.path, labels)
    shape = described_model(own.path)
    _check_inputs(own, shape)
    task = _task(own, shape)
    count = _output_count(own, shape)
    check_count(count, labels, name=own.path.name)
    described = _own_models()[task].open(own, shape, labels)
    card = Card(
        name=own.name or card_name(own.path),
        version=own.version or FIRST_VERSION,
        task=task,
        input=described.input,
        # Replaced below: the inputs must be known before the model can be asked for its outputs.
        output=LabelOutput(labels),
        provenance={
            "model": _digest(own.path),
            "pinned": f"{shape.inputs[0]} to {_pinned(shape, described.input)}",
            **described.provenance,
        },
    )
    folder = ModelFolder(
        own.path.parent,
        card,
        described.files,
        described.calibration,
        described.evaluation,
        own.path.name,
    )
    meaning = output_meaning(
        labels,
        count=count,
        last=shape.activation,
        values=None if _is_clear(own, shape) else _some_outputs(folder, count),
        stated=StatedOutput(own.activation, own.multi_label, own.thresholds),
        name=own.path.name,
    )
    check_label_counts(described.evaluation, meaning.output)
    provenance = {**card.provenance, "outputs": meaning.reason, **_kind(own.path)}
    return replace(folder, card=card._replace(output=meaning.output, provenance=provenance))


def _check_inputs(own: OwnModel, shape: ModelShape) -> None:
    """Raise ModelFolderError for several inputs that are not those of one text."""
    if len(shape.inputs) == 1 or tensors_named(shape.names):
        return
    named = zip(shape.names, shape.inputs, strict=True)
    inputs = ", ".join(f"{name} {sides}" for name, sides in named)
    raise ModelFolderError(
        f"Expected a model of one image or one text in {own.path.name!r}, got"
        f" {len(shape.inputs)} inputs, {inputs}. For ids with a mask and segments,"
        f" {naming_hint()}."
    )


def _pinned(shape: ModelShape, found: Input) -> tuple[int, ...]:
    """Return the shape of the first input after the choice of its sides."""
    return (1, *(found.shape if len(shape.inputs) == 1 else found.shape[-1:]))


def _kind(path: Path) -> dict[str, Json]:
    """Return the provenance of a model that is a file of an engine and no Keras model."""
    format_ = float_format(path)
    return {} if format_ is None else {"source": f"float32 .{format_} file, unchanged"}


def _is_clear(own: OwnModel, shape: ModelShape) -> bool:
    """Return whether the meaning of the outputs is known without running the model."""
    return own.activation is not None or shape.activation in CLEAR


def _some_outputs(folder: ModelFolder, count: int) -> NDArray[np.float32]:
    """Return the float model's outputs for a few evaluation samples, float32 (samples, count)."""
    few = SampleInputs(
        [each.value for each in folder.evaluation[:SHOWN]], folder.card, folder.files
    )
    outputs: NDArray[np.float32] = run_isolated(
        jobs.raw_outputs, (folder.model_path, folder.card, few, count)
    )
    return outputs


def _output_count(own: OwnModel, shape: ModelShape) -> int:
    """Return how many numbers the model puts out; raises ModelFolderError for no classifier."""
    sides = [side for side in shape.outputs[0][1:] if side != 1]
    if len(shape.outputs) != 1 or len(sides) > 1 or None in sides:
        raise ModelFolderError(
            f"Expected one output with a number for each label from {own.path.name!r},"
            f" got {', '.join(map(str, shape.outputs))}."
        )
    return sides[0] or 1 if sides else 1


def _own_models() -> dict[str, OwnModels]:
    """Return the tasks of models that need no model folder."""
    described = {name: converter_task(name).own_models for name in TASKS}
    return {name: found for name, found in described.items() if found is not None}


def _task(own: OwnModel, shape: ModelShape) -> str:
    tasks = _own_models()
    found = own.task or _stated_task(own, tasks) or _likely_task(own, shape, tasks)
    for name, each in tasks.items():
        for setting in each.settings:
            if name != found and getattr(own, setting) is not None:
                raise ModelFolderError(
                    f"Expected no {setting} for {found}, which is the task of {own.path.name!r}."
                )
    return found


def _stated_task(own: OwnModel, tasks: Mapping[str, OwnModels]) -> str | None:
    """Return the one task whose settings are stated, such as a vocabulary; None for none or two."""
    stated = [
        name
        for name, each in tasks.items()
        if any(getattr(own, setting) is not None for setting in each.settings)
    ]
    return stated[0] if len(stated) == 1 else None


def _likely_task(own: OwnModel, shape: ModelShape, tasks: Mapping[str, OwnModels]) -> str:
    """Return the first task that fits the model's input: four dimensions, or two of integers."""
    for name, each in tasks.items():
        if each.fits(shape):
            return name
    raise ModelFolderError(
        "Expected a model of one image, (None, height, width, 1 or 3), or of one text's ids,"
        f" (None, length), in {own.path.name!r}, got {', '.join(map(str, shape.inputs))} of"
        f" {shape.dtype}: if these are ids, add --task text-classification."
    )


def _digest(path: Path) -> str:
    """Return the hash of a file, or of the names and hashes of a folder's files."""
    if path.is_file():
        return digest(path.read_bytes())
    files = sorted(each for each in path.rglob("*") if each.is_file())
    lines = [f"{each.relative_to(path).as_posix()} {digest(each.read_bytes())}" for each in files]
    return digest("\n".join(lines).encode())
