"""Describes the input of a finished model: an image, or the ids of a text."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from satchel import limits
from satchel.bundle import ChannelOrder, ImageInput, Input, TensorSpec, TextInput
from satchel_convert.errors import ModelFolderError
from satchel_convert.finished_models.finished_model import FinishedModel
from satchel_convert.finished_models.preparation import Preparation, prepare_images
from satchel_convert.own_models.image_sides import image_sides
from satchel_convert.own_models.preprocessing import Preprocessing
from satchel_convert.own_models.texts import (
    DELIMITER,
    OF_TEXTS,
    VOCABULARY,
    regex_tokenizer,
    stated_tokenizer,
    text_length,
)
from satchel_convert.tflite.bert_metadata import bert_tokenizer
from satchel_convert.tflite.metadata_reading import TfliteMetadata, plain_delimiter
from satchel_convert.tokenizers.found import FoundTokenizer
from satchel_convert.tokenizers.settings import StatedTokenizer

if TYPE_CHECKING:
    from satchel_convert.finished_models.draft import FinishedFile

IMAGES, TEXTS = "image-classification", "text-classification"
_OF_IMAGES = ("preprocessing", "fit", "channels", "padding", "size")


class InputDraft(NamedTuple):
    """The input of a finished model, with the files that prepare one."""

    task: str
    input: Input
    files: Mapping[str, bytes]
    tensor: TensorSpec
    preparation: Preparation | None
    """The preprocessing as far as it is known; None for texts"""


def describe_input(finished: "FinishedFile", model: FinishedModel) -> InputDraft:
    """Return the input of a finished model.

    Whole numbers of 32 or 64 bits in one row are the ids of a text, everything else is an image.

    Raises ModelFolderError for another input and for settings that do not fit it, CardError for an
    invalid vocabulary or delimiter.
    """
    is_text = model.input.dtype in ("int32", "int64")
    for setting in _OF_IMAGES if is_text else OF_TEXTS:
        if getattr(finished, setting) is not None:
            kind = "ids of a text" if is_text else "images"
            raise ModelFolderError(
                f"Expected no {setting} for {finished.path.name!r}: it reads {kind}."
            )
    return _text(finished, model) if is_text else _image(finished, model)


def with_preprocessing(draft: InputDraft, found: Preprocessing) -> InputDraft:
    """Return the draft of an image input with another preprocessing."""
    image = draft.input
    assert isinstance(image, ImageInput)
    assert draft.preparation is not None
    return draft._replace(
        input=prepared_by(image, found),
        preparation=draft.preparation._replace(preprocessing=found),
    )


def prepared_by(image: ImageInput, found: Preprocessing) -> ImageInput:
    """Return the image input with the scale, offset and channel order of a preprocessing."""
    scale, offset = found.factors(image.channels)
    order: ChannelOrder = "bgr" if found.blue_first and image.channels == 3 else "rgb"
    return image._replace(scale=scale, offset=offset, channel_order=order)


def _image(finished: "FinishedFile", model: FinishedModel) -> InputDraft:
    name = finished.path.name
    height, width, channels = image_sides(model.shape[1:], size=finished.size, name=name)
    if not all(0 < side <= limits.MAX_SIDE for side in (height, width)):
        raise ModelFolderError(
            f"Expected images of at most {limits.MAX_SIDE:,} pixels a side by {name!r}, got"
            f" {height} x {width}."
        )
    if finished.channels == "bgr" and channels != 3:
        raise ModelFolderError(f"Expected no --channels bgr for {name!r}: it reads grey images.")
    if finished.padding is not None and finished.fit != "letterbox":
        raise ModelFolderError("Expected --padding only with --fit letterbox.")
    preparation = prepare_images(finished, model, channels=channels)
    image = ImageInput(
        height=height,
        width=width,
        channels=channels,
        fit=finished.fit or "stretch",
        padding=finished.padding or (0, 0, 0),
    )
    image = prepared_by(image, preparation.preprocessing)
    tensor = model.input
    if model.shape != (1, *image.shape):
        tensor = tensor._replace(shape=model.shape)
    return InputDraft(IMAGES, image, {}, tensor, preparation)


def _text(finished: "FinishedFile", model: FinishedModel) -> InputDraft:
    name, metadata = finished.path.name, model.metadata
    if len(model.shape) != 2 or not 1 <= model.shape[1] <= limits.MAX_LENGTH:
        raise ModelFolderError(
            f"Expected a model of one text, (1, length) with at most {limits.MAX_LENGTH:,} ids, in"
            f" {name!r}, got {model.shape}."
        )
    others = [each for each in ("vocabulary", "delimiter") if getattr(finished, each) is not None]
    stated = StatedTokenizer(finished.padding_side, finished.truncating, finished.standardize)
    found = stated_tokenizer(finished.tokenizer, stated, others=others, name=name)
    if found is None:
        found = _held(finished, metadata, others=others)
    length = text_length(model.shape[1], found, stated=finished.length, name=name)
    # Raises CardError for what no runtime would read.
    found.open(length)
    text = TextInput(length, found.spec, model.tensors)
    return InputDraft(TEXTS, text, found.files, model.input, None)


def _held(
    finished: "FinishedFile", metadata: TfliteMetadata, *, others: Sequence[str]
) -> FoundTokenizer:
    """Return the tokenizer that the metadata holds, or the regex one with what is stated of it."""
    name = finished.path.name
    if metadata.pieces is not None and not others:
        spec, lines = bert_tokenizer(metadata.pieces, VOCABULARY)
        return FoundTokenizer(spec, {VOCABULARY: lines}, f"the metadata of {name!r}")
    delimiter = finished.delimiter
    if delimiter is None:
        stated = metadata.delimiter
        delimiter = DELIMITER if stated is None else plain_delimiter(stated)
    vocabulary = metadata.vocabulary if finished.vocabulary is None else None
    return regex_tokenizer(finished.vocabulary, vocabulary, delimiter=delimiter, name=name)
