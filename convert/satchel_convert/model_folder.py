"""Reads a model folder: the float model, its card, and raw samples with labels."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import digest, open_tokenizer
from satchel.card import Card, ImageInput, TensorSpec, TextInput, parse_card
from satchel.images import read_pixels, to_tensor
from satchel_convert.errors import ModelFolderError

FLOAT32 = TensorSpec("float32")

Inputs: TypeAlias = NDArray[Any]
"""Prepared inputs: pixels, uint8 (n, height, width, 3), or token ids, int32 (n, length)"""


@dataclass(frozen=True)
class Sample:
    """A raw input and the index of its right label."""

    value: Path | str
    """A picture's file, or a text"""
    label: int


@dataclass(frozen=True)
class ModelFolder:
    """What training leaves for conversion."""

    path: Path
    card: Card
    vocabulary: bytes | None
    """The content of the vocabulary file of a text model"""
    calibration: Sequence[Sample]
    evaluation: Sequence[Sample]

    @property
    def truth(self) -> NDArray[np.int64]:
        """The index of the right label of each evaluation sample, (samples,)."""
        return np.array([sample.label for sample in self.evaluation], np.int64)

    @property
    def model_path(self) -> Path:
        """The float reference."""
        return self.path / "model.keras"


def open_model_folder(path: str | Path) -> ModelFolder:
    """Return the model folder at ``path``.

    Raises ModelFolderError for a missing file, a sample that is wrong, or one in both parts.
    """
    folder = Path(path)
    for name in ("model.keras", "card.json", "samples/evaluation.jsonl"):
        if not (folder / name).is_file():
            raise ModelFolderError(f"Expected a model folder with {name}, got {str(folder)!r}.")
    card = parse_card((folder / "card.json").read_bytes())
    vocabulary = None
    if isinstance(card.input, TextInput):
        if not (folder / card.input.vocabulary).is_file():
            raise ModelFolderError(f"Expected {card.input.vocabulary!r} in {str(folder)!r}.")
        vocabulary = (folder / card.input.vocabulary).read_bytes()
    calibration = _read_samples(folder / "samples" / "calibration.jsonl", card)
    evaluation = _read_samples(folder / "samples" / "evaluation.jsonl", card)
    if not evaluation:
        raise ModelFolderError(f"Expected samples in {str(folder / 'samples')!r}, got none.")
    if shared := {sample.value for sample in calibration} & {sample.value for sample in evaluation}:
        raise ModelFolderError(
            "Expected calibration and evaluation samples to be different,"
            f" {len(shared)} are in both, such as {str(min(shared, key=str))[:60]!r}."
        )
    return ModelFolder(folder, card, vocabulary, calibration, evaluation)


def prepare(folder: ModelFolder, values: Iterable[Path | bytes | str]) -> Inputs:
    """Return raw inputs as the runtime prepares them, before any scale or offset."""
    if isinstance(folder.card.input, ImageInput):
        image = folder.card.input
        return np.concatenate([read_pixels(value, image) for value in values])
    assert folder.vocabulary is not None
    tokenizer = open_tokenizer(folder.card.input, folder.vocabulary)
    return np.concatenate([tokenizer(str(value)) for value in values])


def reference_tensor(inputs: Inputs, card: Card) -> NDArray[Any]:
    """Return what ``prepare`` returned as ``model.keras`` takes it."""
    if isinstance(card.input, ImageInput):
        return to_tensor(inputs, card.input, FLOAT32)
    return inputs


def deployed_card(card: Card) -> Card:
    """Return the card of the converted models, which take pixels and give probabilities.

    Scale, offset, the conversion to grey and a missing softmax are then in the graph, see
    ``deployable``, so that no phone or browser has to repeat them.
    """
    deployed = card.input
    if isinstance(deployed, ImageInput):
        deployed = replace(deployed, channels=3, scale=(1.0,), offset=(0.0,))
    return replace(card, input=deployed, output=replace(card.output, activation="softmax"))


def check_same_model(card: Card, folder: ModelFolder) -> None:
    """Raise ModelFolderError unless a bundle's card is that of ``folder``'s model."""
    expected = deployed_card(folder.card)
    for field in ("name", "version", "task", "input", "output"):
        if getattr(card, field) != getattr(expected, field):
            raise ModelFolderError(
                f"Expected the bundle of the model folder {folder.card.name}, its {field} differs:"
                f" got {str(getattr(card, field))[:80]}."
            )
    if isinstance(card.input, TextInput):
        assert folder.vocabulary is not None
        if card.files[card.input.vocabulary] != digest(folder.vocabulary):
            raise ModelFolderError(
                f"Expected the bundle of the model folder {folder.card.name},"
                f" its {card.input.vocabulary} differs."
            )


def _read_samples(path: Path, card: Card) -> list[Sample]:
    if not path.is_file():
        return []
    positions = {label: position for position, label in enumerate(card.output.labels)}
    key = "picture" if isinstance(card.input, ImageInput) else "text"
    samples = []
    # Not splitlines: a text may hold a line separator that is no end of line to JSON.
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        if not line:
            continue
        value, label = _parse_line(line, key)
        if value is None or label not in positions:
            raise ModelFolderError(
                f'Expected {{"{key}": ..., "label": one of the card\'s}} on line {number}'
                f" of {path.name}, got {line[:60]!r}."
            )
        place = _picture_path(path.parent, value, number) if key == "picture" else value
        samples.append(Sample(place, positions[label]))
    return samples


def _picture_path(folder: Path, name: str, number: int) -> Path:
    # What is not in the folder was not meant to be given away: golden vectors publish samples.
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ModelFolderError(f"Expected a path in {folder.name}/ on line {number}, got {name!r}.")
    return folder / name


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ModelFolderError(f"Expected UTF-8 in {path.name}, got {error.reason}.") from error


def _parse_line(line: str, key: str) -> tuple[str | None, str]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(fields, dict):
        return None, ""
    value, label = fields.get(key), fields.get("label")
    return (value, label) if isinstance(value, str) and isinstance(label, str) else (None, "")
