"""Reads a model folder: the float model, its card, and raw samples, with labels if it has any."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Json, Output, TensorSpec, digest, parse_card
from satchel.errors import InputError
from satchel.preprocessing import decode_text, model_tensor
from satchel_convert.errors import ModelFolderError
from satchel_convert.sample_inputs import Inputs, RawInput, SampleInputs
from satchel_convert.task import converter_task
from satchel_convert.text_rows import in_file_order
from satchel_convert.verification.answers import sets_of_labels

FLOAT32 = TensorSpec("float32")
MODELS = ("model.keras", "model.h5", "model.hdf5", "saved_model", "model.tflite", "model.onnx")
"""The names of the float model; a kept own model is in its own format"""
ORIGIN = "model_folder"
"""The provenance key with the model folder's own name and version, for a renamed bundle"""


@dataclass(frozen=True)
class Sample:
    """A raw input and the index of its true label."""

    value: Any
    """The path of an image, a text or a seed"""
    label: int | None = None
    """The index of the true label; None for a sample without a label"""
    labels: tuple[int, ...] = ()
    """The indexes of all true labels of a multi-label model's sample"""
    name: str = field(default="", compare=False)
    """The path of the sample's file, relative to the folder or table, with ``/``; empty for a text
    or a seed"""


@dataclass(frozen=True)
class ModelFolder:
    """The files that training writes and conversion reads."""

    path: Path
    card: Card
    files: Mapping[str, bytes]
    """The files that prepare an input, by name: the vocabulary of a text model"""
    calibration: Sequence[Sample]
    evaluation: Sequence[Sample]
    model: str = "model.keras"
    """The file name of the float model"""

    @property
    def truth(self) -> NDArray[Any] | None:
        """The true answer of each evaluation sample, (samples,), as ``verification.answers`` gives
        it; None without labels."""
        if not self.card.output.labels:
            return None
        return truth_of(self.evaluation, self.card.output)

    @property
    def inputs(self) -> SampleInputs:
        """The evaluation samples, to be prepared."""
        values = [sample.value for sample in self.evaluation]
        return SampleInputs(values, self.card, self.files)

    @property
    def model_path(self) -> Path:
        """The path of the float model."""
        return self.path / self.model


def truth_of(samples: Sequence[Sample], output: Any) -> NDArray[Any]:
    """Return the index of each sample's true label, (samples,), or the number of its true labels'
    set.
    """
    if not output.multi_label:
        return np.array([sample.label for sample in samples], np.int64)
    return sets_of_labels(
        sample.labels or (() if sample.label is None else (sample.label,)) for sample in samples
    )


def open_model_folder(path: str | Path) -> ModelFolder:
    """Return the model folder at ``path``.

    Raises ModelFolderError for a missing file, a wrong sample, or a sample that is both a
    calibration and an evaluation sample.
    """
    folder = Path(path)
    model = next((name for name in MODELS if (folder / name).exists()), MODELS[0])
    for name in (model, "card.json", "samples/evaluation.jsonl"):
        if not (folder / name).exists():
            raise ModelFolderError(f"Expected a model folder with {name}, got {str(folder)!r}.")
    card = parse_card((folder / "card.json").read_bytes())
    for name in card.input.files:
        if not (folder / name).is_file():
            raise ModelFolderError(f"Expected {name!r} in {str(folder)!r}.")
    files = {name: (folder / name).read_bytes() for name in card.input.files}
    calibration = read_samples(folder / "samples" / "calibration.jsonl", card, evaluated=False)
    evaluation = read_samples(folder / "samples" / "evaluation.jsonl", card)
    if not evaluation:
        raise ModelFolderError(f"Expected samples in {str(folder / 'samples')!r}, got none.")
    if shared := {sample.value for sample in calibration} & {sample.value for sample in evaluation}:
        raise ModelFolderError(
            "Expected calibration and evaluation samples to be different,"
            f" {len(shared)} are in both, such as {str(min(shared, key=str))[:60]!r}."
        )
    return ModelFolder(folder, card, files, calibration, evaluation, model)


def with_provenance(folder: ModelFolder, key: str, value: Json) -> ModelFolder:
    """Return the folder with one more field in the provenance of its card."""
    provenance = {**folder.card.provenance, key: value}
    return replace(folder, card=folder.card._replace(provenance=provenance))


def prepare(folder: ModelFolder, values: Sequence[RawInput]) -> Inputs:
    """Return the inputs as the runtime prepares them, before any scale or offset."""
    return SampleInputs(values, folder.card, folder.files)[:]


def prepare_for_files(folder: ModelFolder, values: Sequence[RawInput]) -> Inputs:
    """Return the inputs as ``prepare`` does, and the rows of a text in the order of files."""
    tensors = converter_task(folder.card.task).input.tensors(folder.card.input)
    return in_file_order(prepare(folder, values), tensors)


def reference_tensor(inputs: Inputs, card: Card) -> NDArray[Any]:
    """Return prepared inputs as the float model reads them, with scale and offset applied."""
    return model_tensor(inputs, card, TensorSpec(converter_task(card.task).input.DTYPE))


def deployed_card(card: Card) -> Card:
    """Return the card of the converted models: pixels in, pixels or probabilities out.

    Their graph does the scaling, the conversion from and to grey and a missing softmax (see
    ``deployable``), so that no phone or browser has to repeat them.
    """
    task = converter_task(card.task)
    return card._replace(
        input=task.input.deployed(card.input), output=task.output.deployed(card.output)
    )


def check_same_model(card: Card, folder: ModelFolder) -> None:
    """Raise ModelFolderError unless a bundle's card is that of ``folder``'s model."""
    expected = deployed_card(folder.card)
    card = _as_of_origin(card)
    for name in ("name", "version", "task", "input", "output"):
        if getattr(card, name) != getattr(expected, name):
            raise ModelFolderError(
                f"Expected the bundle of the model folder {folder.card.name}, its {name} differs:"
                f" got {str(getattr(card, name))[:80]}."
            )
    for name, content in folder.files.items():
        if card.files[name] != digest(content):
            raise ModelFolderError(
                f"Expected the bundle of the model folder {folder.card.name}, its {name} differs."
            )


def _as_of_origin(card: Card) -> Card:
    """Return the card with the name and the version of the model folder it was converted from."""
    origin = card.provenance.get(ORIGIN)
    if not isinstance(origin, dict):
        return card
    return card._replace(name=str(origin.get("name")), version=str(origin.get("version")))


def read_samples(path: Path, card: Card, *, evaluated: bool = True) -> list[Sample]:
    """Return the samples in the file ``path``, one from each line; none if there is no file.

    Samples that are not ``evaluated`` need no label. Raises ModelFolderError for a line that is not
    a sample for a model with ``card``.
    """
    if not path.is_file():
        return []
    names = label_names(card.output)
    positions = {name: position for position, name in enumerate(names)}
    raw_input = converter_task(card.task).input
    samples = []
    # Not splitlines: a text may hold a line separator that does not end a line of JSON.
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        if not line:
            continue
        fields = _parse_line(line)
        value: Any = fields.get(raw_input.SAMPLE_KEY)
        several = getattr(card.output, "multi_label", False) and "labels" in fields
        found: Any = fields.get("labels") if several else [fields.get("label")]
        needed = bool(names) and (evaluated or several or "label" in fields)
        known = isinstance(found, list) and all(label in names for label in found)
        if not raw_input.is_raw(value) or (needed and not known):
            also = ', "label": one of the card\'s' if names else ""
            raise ModelFolderError(
                f'Expected {{"{raw_input.SAMPLE_KEY}": ...{also}}} on line {number} of {path.name},'
                f" got {line[:60]!r}."
            )
        raw = raw_input.read_sample(value, path.parent, number)
        name = str(fields.get("name", value if isinstance(raw, Path) else ""))
        true = tuple(positions[label] for label in found) if needed else ()
        samples.append(Sample(raw, true[0] if len(true) == 1 else None, labels=true, name=name))
    return samples


def label_names(output: Output) -> tuple[str, ...]:
    """Return a distinct name for each label: an id if labels repeat; none without labels."""
    ids: tuple[str, ...] = getattr(output, "ids", ())
    return ids or output.labels


def _read_text(path: Path) -> str:
    try:
        return decode_text(path.read_bytes(), name=path.name)
    except InputError as error:
        raise ModelFolderError(str(error)) from error


def _parse_line(line: str) -> dict[str, Any]:
    """Return the fields of a line; none if it is not a JSON object."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
