"""Reads the input of an image classifier, and its samples from folders or a table."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import ImageInput, digest
from satchel_convert.errors import ModelFolderError
from satchel_convert.keras_models.float_model import ModelShape
from satchel_convert.model_folder import Sample
from satchel_convert.own_models.own_model import OwnInput, OwnModel
from satchel_convert.own_models.preprocessing import AS_THEY_ARE, factors
from satchel_convert.own_models.sample_files import check_disjoint
from satchel_convert.samples.reading import read_calibration, read_evaluation
from satchel_convert.tasks.image_input import IMAGE_FILES


def open_images(own: OwnModel, shape: ModelShape, labels: Sequence[str]) -> OwnInput:
    """Return the image input of a model of ``shape``, with samples.

    Raises ModelFolderError for settings that do not fit the model, and for an image that is both a
    calibration and an evaluation sample.
    """
    input_spec = _image_input(own, shape)
    evaluation = read_evaluation(own.evaluation, IMAGE_FILES, labels)
    calibration = read_calibration(own.calibration, IMAGE_FILES)
    check_disjoint(calibration, evaluation, kind=IMAGE_FILES.kind, content=_digest)
    return OwnInput(input_spec, {}, calibration, evaluation)


def _image_input(own: OwnModel, shape: ModelShape) -> ImageInput:
    if len(shape.inputs[0]) != 4:
        raise ModelFolderError(
            f"Expected a model of one image, (None, height, width, channels), in"
            f" {own.path.name!r}, got {shape.inputs[0]}."
        )
    _, height, width, channels = shape.inputs[0]
    if height is None or width is None:
        if own.size is None:
            raise ModelFolderError(
                f"Expected --size HEIGHT,WIDTH: {own.path.name!r} accepts images of any size."
            )
        height, width = height or own.size[0], width or own.size[1]
    if own.size not in (None, (height, width)):
        raise ModelFolderError(
            f"Expected no --size, or {height},{width}: {own.path.name!r} accepts no other size."
        )
    if channels not in (1, 3):
        raise ModelFolderError(
            f"Expected 1 or 3 channels, in the last dimension, from the model {own.path.name!r},"
            f" got {channels}."
        )
    scale, offset = factors(own.preprocessing or AS_THEY_ARE, channels)
    return ImageInput(
        height=height,
        width=width,
        channels=channels,
        fit=own.fit or "stretch",
        scale=scale,
        offset=offset,
    )


def _digest(sample: Sample) -> str:
    assert isinstance(sample.value, Path)
    return digest(sample.value.read_bytes())
