"""Makes a bundle without golden vectors of a finished model file and the facts it does not hold."""

from dataclasses import dataclass
from pathlib import Path

from satchel.bundle import (
    Activation,
    Bundle,
    Card,
    ChannelOrder,
    Color,
    Fit,
    LabelOutput,
    ModelEntry,
)
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.finished_model import FinishedModel, Pinned
from satchel_convert.finished_models.model_input import InputDraft
from satchel_convert.golden.tolerances import UNVERIFIED
from satchel_convert.own_models.labels import check_count, label_lines, read_labels
from satchel_convert.own_models.preprocessing import Preprocessing
from satchel_convert.releases import FIRST_VERSION, card_name
from satchel_convert.settings import Labels
from satchel_convert.tokenizers.settings import Side, Standardize


@dataclass(frozen=True)
class FinishedFile:
    """A finished classifier, and the facts that its file does not hold."""

    path: Path
    """The path of a .tflite or .onnx file"""
    labels: Labels | None = None
    """The labels in the order of the outputs; None for those in the file's metadata"""
    evaluation: Path | None = None
    """A folder with a folder of samples for each label, named after the label, or a table"""
    preprocessing: Preprocessing | None = None
    """The preprocessing of images; None for that in the file, or the one that fits best"""
    fit: Fit | None = None
    """How an image is resized; None for stretch"""
    channels: ChannelOrder | None = None
    """The order of the model's channels; None for RGB, unless ``preprocessing`` says blue first"""
    padding: Color | None = None
    """The colour around a letterboxed image; None for black"""
    size: tuple[int, int] | None = None
    """Height and width of the images, for a model of any size"""
    vocabulary: Path | None = None
    """The lines of ``token id`` of a text model; None for those in the file's metadata"""
    delimiter: str | None = None
    tokenizer: Path | None = None
    """A file that holds a tokenizer, see ``satchel_convert.tokenizers.reading``"""
    padding_side: Side | None = None
    """The side of the padding, for Keras's legacy Tokenizer"""
    truncating: Side | None = None
    """The end that is cut off, for Keras's legacy Tokenizer"""
    standardize: Standardize | None = None
    """The standardization, for the vocabulary of a TextVectorization"""
    length: int | None = None
    """The number of ids, for a model of any length"""
    activation: Activation | None = None
    """The activation of the outputs, if the last operator does not show it"""
    multi_label: bool = False
    """Whether any number of labels may be right at once"""
    thresholds: tuple[float, ...] = ()
    """The lowest probability with which each label of a multi-label model is chosen"""
    name: str | None = None
    """The name of the bundle; None for a name made from the file's"""
    version: str | None = None
    """The version of the bundle; None for FIRST_VERSION"""

    @property
    def pinned(self) -> Pinned:
        """The stated sizes of sides that may have any size."""
        return Pinned(self.size, self.length)


def labels_of(finished: FinishedFile, model: FinishedModel) -> tuple[str, ...]:
    """Return the stated labels, or those in the file's metadata, in the order of the outputs.

    Raises ModelFolderError if there are none, or not as many as the model has outputs.
    """
    name, metadata = finished.path.name, model.metadata
    count = output_count(model, name)
    if finished.labels is not None:
        labels = read_labels(finished.labels)
    elif metadata.labels is not None:
        labels = read_labels(label_lines(metadata.labels))
    else:
        reason = "its metadata holds none"
        if metadata.labels_file is not None:
            reason = f"its metadata names {metadata.labels_file!r}, which is not in it"
        raise ModelFolderError(
            f"Expected --labels FILE with {max(count, 2)} labels for {name!r}: {reason}."
        )
    check_count(count, labels, name=name)
    return labels


def draft_finished(
    finished: FinishedFile, model: FinishedModel, taken: InputDraft, output: LabelOutput
) -> Bundle:
    """Return a bundle in memory that holds the model alone."""
    tensor = model.output
    if model.outputs != (1, *output.shape):
        tensor = tensor._replace(shape=model.outputs)
    entry = ModelEntry(
        file=f"{model.scheme}.{model.format}",
        format=model.format,
        scheme=model.scheme,
        size_bytes=len(model.content),
        input=taken.tensor,
        output=tensor,
        needs=model.needs,
        golden_tolerance=0.0,
        golden_tolerance_why=UNVERIFIED,
    )
    card = Card(
        name=finished.name or card_name(finished.path),
        version=finished.version or FIRST_VERSION,
        task=taken.task,
        input=taken.input,
        output=output,
        models=(entry,),
    )
    return Bundle(card, {entry.file: model.content, **taken.files})


def output_count(model: FinishedModel, name: str) -> int:
    """Return how many numbers the model puts out; raises ModelFolderError for no classifier."""
    sides = [side for side in model.outputs if side != 1]
    inputs = [side for side in model.shape if side != 1]
    if sides and sides == inputs:
        raise ModelFolderError(
            f"Expected a classifier, with a number for each label, got {name!r}, whose output"
            f" {model.outputs} has the shape of its input: it makes its input again, as an"
            " autoencoder does."
        )
    if len(sides) > 1 or model.outputs[:1] != (1,):
        raise ModelFolderError(
            f"Expected an output with a number for each label from {name!r}, got {model.outputs}."
        )
    return sides[0] if sides else 1
