"""A finished model file, what it does not say of itself, and golden vectors, as a bundle."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.archive import CARD_NAME, pack
from satchel.bundle import Bundle, digest
from satchel.card import Card, ImageInput, LabelOutput, ModelEntry, TensorSpec, card_to_json
from satchel.inputs import MAX_SIDE, Fit
from satchel.model import open_model
from satchel.outputs import Activation
from satchel.plain_json import Json
from satchel.selftest import selftest
from satchel_convert.answers import answer_inputs
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.finished_models.finished_model import FINISHED_FORMATS, FinishedModel
from satchel_convert.finished_models.golden_pictures import made_up_pictures
from satchel_convert.finished_models.onnx_graph import open_onnx
from satchel_convert.finished_models.tflite import open_tflite
from satchel_convert.gate import Interval, share_interval
from satchel_convert.golden import VECTORS, choose_golden, golden_files, keep_clear, tolerance
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, Sample, prepare
from satchel_convert.own_models.labels import check_outputs, read_labels
from satchel_convert.own_models.opening import card_name
from satchel_convert.own_models.pictures import labelled_pictures
from satchel_convert.own_models.preprocessing import AS_THEY_ARE, Preprocessing, factors
from satchel_convert.own_models.texts import read_bytes
from satchel_convert.sample_inputs import Inputs

ROUNDING = 1e-3
"""A probability may be that far outside of 0 to 1: float kernels do not end in exactly 1"""
_OPEN = {"tflite": open_tflite, "onnx": open_onnx}
_isolated = functools.partial(run_isolated, preload=(__name__,))
"""In a child that has not imported TensorFlow: nothing here needs it, and it takes seconds"""


@dataclass(frozen=True)
class FinishedFile:
    """A finished classifier of pictures, and what it does not say of itself."""

    path: Path
    """A .tflite or .onnx file"""
    labels: Path
    """A line a label, in the order of the outputs"""
    evaluation: Path | None = None
    """A folder a label, called as it, with pictures"""
    preprocessing: Preprocessing | None = None
    """None for pixels as they are: bytes where the model takes bytes"""
    fit: Fit = "stretch"
    activation: Activation | None = None
    """What the model ends in, where its last operator does not tell"""


class Evaluation(NamedTuple):
    """What a model says of labelled pictures."""

    samples: Sequence[Sample]
    inputs: Inputs
    answers: NDArray[np.float32]
    """Probabilities, (samples, labels)"""
    accuracy: float
    """0 to 1"""
    interval: Interval
    """Where the accuracy lies"""


class Wrapped(NamedTuple):
    """A bundle of one model."""

    content: bytes
    card: Card
    evaluation: Evaluation | None
    """None where there were no pictures"""


def wrap_model(finished: FinishedFile, *, deadline_s: float = DEADLINE_S) -> Wrapped:
    """Return a bundle of a finished model, whose golden vectors are its own answers.

    Whatever loads or runs the file does so in a child process.

    Raises ModelFolderError for files that do not fit together, ConversionError for a model that
    does not run or is not what a bundle may hold.
    """
    labels = read_labels(finished.labels)
    suffix = finished.path.suffix.lower()
    if suffix not in FINISHED_FORMATS:
        raise ModelFolderError(
            f"Expected a .tflite or .onnx file, got {finished.path.name!r}:"
            " satchel convert makes one of a Keras model."
        )
    source = read_bytes(finished.path)
    opened = _OPEN[FINISHED_FORMATS[suffix]]
    model = _isolated(opened, (source,), deadline_s=deadline_s)
    draft = _draft(finished, model, labels)
    samples = labelled_pictures(finished.evaluation, labels) if finished.evaluation else []
    evaluation = _evaluate(draft, samples, deadline_s) if samples else None
    files = {**draft.files, **_golden(draft, evaluation, deadline_s)}
    provenance: dict[str, Json] = {"model": digest(source)}
    if model.stated != model.shape:
        provenance["pinned"] = f"{model.stated} to {model.shape}"
    provenance["packer"] = f"satchel-convert {version('satchel-convert')}"
    if evaluation is not None:
        provenance["evaluation"] = {
            "samples": len(samples),
            "accuracy": round(evaluation.accuracy, 6),
            "accuracy_ci95": [round(end, 6) for end in evaluation.interval],
        }
    card = replace(
        draft.card,
        golden=VECTORS,
        files={name: digest(files[name]) for name in sorted(files)},
        provenance=provenance,
    )
    _check_again(Bundle(card, files), deadline_s)
    return Wrapped(pack({CARD_NAME: card_to_json(card), **files}), card, evaluation)


def _draft(finished: FinishedFile, model: FinishedModel, labels: tuple[str, ...]) -> Bundle:
    """Return a bundle in memory of the model alone."""
    activation = finished.activation or model.activation
    if activation is None:
        raise ModelFolderError(
            "Expected --activation softmax, sigmoid or none: the last operator of"
            f" {finished.path.name!r} does not say."
        )
    check_outputs([model.outputs], labels, activation=activation, name=finished.path.name)
    output = LabelOutput(labels, activation)
    allowed, why = tolerance(model.scheme, 0.0, output)
    entry = ModelEntry(
        file=f"{model.scheme}.{model.format}",
        format=model.format,
        scheme=model.scheme,
        size_bytes=len(model.content),
        input=model.input,
        output=model.output,
        needs=model.needs,
        golden_tolerance=allowed,
        golden_tolerance_why=why,
    )
    card = Card(
        name=card_name(finished.path),
        version="1.0.0",
        task="image-classification",
        input=_image_input(finished, model),
        output=output,
        models=(entry,),
    )
    return Bundle(card, {entry.file: model.content})


def _image_input(finished: FinishedFile, model: FinishedModel) -> ImageInput:
    name = finished.path.name
    if len(model.shape) != 4 or model.shape[3] != 3 or not 0 < max(model.shape) <= MAX_SIDE:
        raise ModelFolderError(
            f"Expected a model of one picture, (1, height, width, 3), in {name!r}, got"
            f" {model.shape}: a bundle's pictures have three channels."
        )
    if finished.preprocessing is None:
        scale, offset = _as_bytes(model.input)
    elif finished.preprocessing.blue_first:
        raise ModelFolderError(
            f"Expected a model that takes red first in {name!r}, --preprocess says blue: swap the"
            " channels in the model, a finished one is packed as it is."
        )
    else:
        scale, offset = factors(finished.preprocessing, 3)
    _, height, width, _ = model.shape
    return ImageInput(height=height, width=width, fit=finished.fit, scale=scale, offset=offset)


def _as_bytes(tensor: TensorSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return scale and offset by which an 8-bit input gets the pixels' own levels, 0 the lowest."""
    if tensor.dtype not in ("uint8", "int8"):
        return factors(AS_THEY_ARE, 3)
    lowest = -128 if tensor.dtype == "int8" else 0
    return (tensor.scale,), ((lowest - tensor.zero_point) * tensor.scale,)


def _evaluate(draft: Bundle, samples: Sequence[Sample], deadline_s: float) -> Evaluation:
    folder = _folder(draft, samples)
    inputs = prepare(folder, [sample.value for sample in samples])
    answers = _isolated(_answer, (draft, inputs), deadline_s=deadline_s)
    truth = folder.truth
    assert truth is not None
    right = int((answers.argmax(axis=1) == truth).sum())
    interval = share_interval(right, len(samples))
    return Evaluation(samples, inputs, answers, right / len(samples), interval)


def _golden(draft: Bundle, evaluation: Evaluation | None, deadline_s: float) -> dict[str, bytes]:
    """Return the files of golden vectors: the model's own answers."""
    taken = draft.card.input
    assert isinstance(taken, ImageInput)
    samples = [] if evaluation is None else evaluation.samples
    folder = _folder(draft, samples)
    if evaluation is None:
        candidates = made_up_pictures(taken.height, taken.width)
    else:
        candidates = choose_golden(folder, evaluation.inputs, evaluation.answers)
    prepared = prepare(folder, [each.raw for each in candidates])
    answers = _isolated(_answer, (draft, prepared), deadline_s=deadline_s)
    return golden_files(*keep_clear(candidates, answers))


def _folder(draft: Bundle, samples: Sequence[Sample]) -> ModelFolder:
    """Return what raw samples are prepared, and golden ones chosen, by."""
    return ModelFolder(Path(), draft.card, None, [], samples)


def _answer(draft: Bundle, inputs: Inputs) -> NDArray[np.float32]:
    """Return the probabilities of prepared inputs, (inputs, labels): in a child process."""
    answers: NDArray[np.float32] = answer_inputs(open_model(draft), inputs).answers
    low, high = float(answers.min()), float(answers.max())
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ConversionError(
            f"Expected probabilities from {draft.card.name!r}, got {low:.3g} to {high:.3g}: if it"
            " puts out scores of another kind, say --activation none."
        )
    return answers.clip(0, 1)


def _check_again(bundle: Bundle, deadline_s: float) -> None:
    """Raise ConversionError where the model does not say the same another time."""
    worst = _isolated(_worst, (bundle,), deadline_s=deadline_s)
    tolerated = bundle.card.models[0].golden_tolerance
    if worst > tolerated:
        raise ConversionError(
            f"Expected the same answers another time from {bundle.card.name!r}, within"
            f" {tolerated:g}, got {worst:.3g}: it is random, or keeps what it was told before."
        )


def _worst(bundle: Bundle) -> float:
    return max(result.difference for result in selftest(bundle))
