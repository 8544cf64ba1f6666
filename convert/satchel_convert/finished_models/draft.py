"""Makes a bundle without golden vectors of a finished model file and the facts it does not hold."""

from dataclasses import dataclass
from pathlib import Path

from satchel import limits
from satchel.bundle import (
    Activation,
    Bundle,
    Card,
    Fit,
    ImageInput,
    ModelEntry,
    TensorSpec,
)
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.golden.tolerances import UNVERIFIED
from satchel_convert.own_models.labels import check_count, read_labels
from satchel_convert.own_models.output_meaning import StatedOutput, output_meaning
from satchel_convert.own_models.preprocessing import AS_THEY_ARE, Preprocessing, factors
from satchel_convert.releases import FIRST_VERSION, card_name
from satchel_convert.settings import Labels


@dataclass(frozen=True)
class FinishedFile:
    """A finished image classifier, and the facts that its file does not hold."""

    path: Path
    """The path of a .tflite or .onnx file"""
    labels: Labels
    """The labels in the order of the outputs"""
    evaluation: Path | None = None
    """A folder with a folder of images for each label, named after the label"""
    preprocessing: Preprocessing | None = None
    """The preprocessing of images; None for raw pixels, which are bytes if the model reads bytes"""
    fit: Fit = "stretch"
    activation: Activation | None = None
    """The activation of the outputs, if the last operator does not show it"""
    name: str | None = None
    """The name of the bundle; None for a name made from the file's"""
    version: str | None = None
    """The version of the bundle; None for FIRST_VERSION"""


def draft_finished(finished: FinishedFile, model: FinishedModel) -> Bundle:
    """Return a bundle in memory that holds the model alone.

    Raises ModelFolderError for labels, preprocessing or an activation that do not fit the model.
    """
    labels = read_labels(finished.labels)
    name = finished.path.name
    check_count(_count(model, name), labels, name=name)
    meaning = output_meaning(
        labels,
        count=_count(model, name),
        last=model.activation,
        values=None,
        stated=StatedOutput(finished.activation),
        name=name,
    )
    output = meaning.output
    entry = ModelEntry(
        file=f"{model.scheme}.{model.format}",
        format=model.format,
        scheme=model.scheme,
        size_bytes=len(model.content),
        input=model.input,
        output=model.output,
        needs=model.needs,
        golden_tolerance=0.0,
        golden_tolerance_why=UNVERIFIED,
    )
    card = Card(
        name=finished.name or card_name(finished.path),
        version=finished.version or FIRST_VERSION,
        task="image-classification",
        input=_image_input(finished, model),
        output=output,
        models=(entry,),
    )
    return Bundle(card, {entry.file: model.content})


def _count(model: FinishedModel, name: str) -> int:
    """Return how many numbers the model puts out; raises ModelFolderError for no classifier."""
    if len(model.outputs) != 2:
        raise ModelFolderError(
            f"Expected an output with a number for each label from {name!r}, got {model.outputs}."
        )
    return model.outputs[1]


def _image_input(finished: FinishedFile, model: FinishedModel) -> ImageInput:
    name = finished.path.name
    sized = all(0 < side <= limits.MAX_SIDE for side in model.shape)
    if len(model.shape) != 4 or model.shape[3] != 3 or not sized:
        raise ModelFolderError(
            f"Expected a model of one image, (1, height, width, 3), in {name!r}, got"
            f" {model.shape}: a bundle's images have three channels."
        )
    if finished.preprocessing is not None and model.input == TensorSpec("uint8"):
        raise ModelFolderError(
            f"Expected no --mean, --std or --preprocess for {name!r}: its bytes are the pixels."
        )
    if finished.preprocessing is None:
        scale, offset = _as_bytes(model.input)
    elif finished.preprocessing.blue_first:
        raise ModelFolderError(
            f"Expected a model that reads red first in {name!r}, --preprocess says blue: swap the"
            " channels in the model, because a finished model is packed unchanged."
        )
    else:
        scale, offset = factors(finished.preprocessing, 3)
    _, height, width, _ = model.shape
    return ImageInput(height=height, width=width, fit=finished.fit, scale=scale, offset=offset)


def _as_bytes(tensor: TensorSpec) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the scale and offset with which the levels of an 8-bit input are the pixels' bytes.

    Level 0 of a pixel becomes the lowest level of the input.
    """
    if tensor.dtype not in ("uint8", "int8"):
        return factors(AS_THEY_ARE, 3)
    lowest = -128 if tensor.dtype == "int8" else 0
    return (tensor.scale,), ((lowest - tensor.zero_point) * tensor.scale,)
