"""Reads the input of an image classifier, and its samples from folders or a table."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import ChannelOrder, ImageInput, digest
from satchel_convert.errors import ModelFolderError
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.image_sides import image_sides, is_image_shape
from satchel_convert.own_models.labels import label_ids
from satchel_convert.own_models.own_model import OwnInput, OwnModel
from satchel_convert.own_models.preprocessing import AS_THEY_ARE, factors
from satchel_convert.own_models.sample_files import check_disjoint
from satchel_convert.samples.reading import read_calibration, read_evaluation
from satchel_convert.tasks.image_input import IMAGE_FILES


def is_image(shape: ModelShape) -> bool:
    """Return whether a model of ``shape`` probably takes one image.

    Whole numbers in one row are rather the ids of a text.
    """
    if len(shape.inputs) != 1:
        return False
    sides = tuple(shape.inputs[0][1:])
    if len(sides) == 1:
        return "float" in shape.dtype and bool(sides[0])
    return is_image_shape(sides)


def open_images(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> OwnInput:
    """Return the image input of a model of ``shape``, with samples.

    Raises ModelFolderError for settings that do not fit the model, and for an image that is both a
    calibration and an evaluation sample.
    """
    input_spec = _image_input(own, shape)
    evaluation = read_evaluation(own.evaluation, IMAGE_FILES, labels, ids=label_ids(labels))
    calibration = read_calibration(own.calibration, IMAGE_FILES)
    check_disjoint(calibration, evaluation, kind=IMAGE_FILES.kind, content=_digest)
    return OwnInput(input_spec, {}, calibration, evaluation)


def _image_input(own: OwnModel, shape: ModelShape) -> ImageInput:
    height, width, channels = image_sides(
        tuple(shape.inputs[0][1:]), size=own.size, name=own.path.name
    )
    preprocessing = own.preprocessing or AS_THEY_ARE
    scale, offset = factors(preprocessing, channels)
    order: ChannelOrder = own.channels or ("bgr" if preprocessing.blue_first else "rgb")
    if own.channels == "rgb" and preprocessing.blue_first:
        raise ModelFolderError(
            f"Expected no --channels rgb for {own.path.name!r}: --preprocess says blue first."
        )
    if order == "bgr" and channels != 3:
        raise ModelFolderError(
            f"Expected no --channels bgr for {own.path.name!r}: it reads grey images."
        )
    if own.padding is not None and own.fit != "letterbox":
        raise ModelFolderError("Expected --padding only with --fit letterbox.")
    return ImageInput(
        height=height,
        width=width,
        channels=channels,
        fit=own.fit or "stretch",
        scale=scale,
        offset=offset,
        channel_order=order,
        padding=own.padding or (0, 0, 0),
    )


def _digest(sample: Sample) -> str:
    assert isinstance(sample.value, Path)
    return digest(sample.value.read_bytes())
