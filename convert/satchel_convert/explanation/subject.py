"""What is explained: a float .tflite, a quantized one, and samples, from a bundle or a folder."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, ImageInput
from satchel_convert.conversion.convert import MAX_CALIBRATION, convert_models
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import ModelFolder, check_same_model, prepare
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import CALIBRATED, Scheme
from satchel_convert.task import converter_task

EVALUATED = 500
"""Samples: a drop of two points shows on them, and no layer needs as many"""
SCHEMES: tuple[Scheme, ...] = ("full_int8", "dynamic_int8")
"""Whose models have something to explain"""
FLOAT_FILE = "float32.tflite"


class Subject(NamedTuple):
    """What ``explain`` takes."""

    name: str
    """Of the model, as its card has it"""
    file: str
    """The quantized file's name in a bundle"""
    float32: bytes
    """A .tflite"""
    quantized: bytes
    """The same model's, with int8 weights at least"""
    calibration: Inputs
    """Prepared inputs that its ranges were found on"""
    evaluation: Inputs
    """Others, to measure on"""
    truth: NDArray[np.int64] | None
    """The index of the right label of each of ``evaluation``, None where there are none"""
    image: ImageInput | None
    """Of a model of images, the input of the model folder's card: with its scale"""


def of_folder(
    folder: ModelFolder,
    *,
    scheme: Scheme,
    deadline_s: float,
    on_done: Callable[[str], None] = lambda _: None,
) -> Subject:
    """Return the model of ``folder`` converted to float32 and ``scheme``, with its samples.

    Raises ConversionError where it does not convert, and without calibration samples.
    """
    samples = _samples(folder, f"{scheme}.tflite", calibrated=scheme in CALIBRATED)
    float32, quantized = _convert(folder, ("float32", scheme), deadline_s, on_done)
    return samples._replace(float32=float32, quantized=quantized)


def of_bundle(
    bundle: Bundle,
    folder: ModelFolder,
    *,
    file: str,
    deadline_s: float,
    on_done: Callable[[str], None] = lambda _: None,
) -> Subject:
    """Return a model of ``bundle`` and its float32.tflite, with the samples of its model folder.

    A bundle without float32.tflite has it converted anew. Raises ConversionError for a file that
    is none of an int8 .tflite, and without calibration samples; ModelFolderError for a folder that
    is another model's.
    """
    check_same_model(bundle.card, folder)
    schemes = {entry.file: entry.scheme for entry in bundle.card.models}
    explained = [each for each in schemes if each.endswith(".tflite") and schemes[each] in SCHEMES]
    if file not in explained:
        known = ", ".join(explained) or "of which this bundle has none: give its model folder"
        raise ConversionError(f"Expected an int8 .tflite of the bundle ({known}), got {file!r}.")
    samples = _samples(folder, file, calibrated=schemes[file] in CALIBRATED)
    if (float32 := bundle.files.get(FLOAT_FILE)) is None:
        (float32,) = _convert(folder, ("float32",), deadline_s, on_done)
    return samples._replace(name=bundle.card.name, float32=float32, quantized=bundle.files[file])


def _convert(
    folder: ModelFolder,
    schemes: Sequence[Scheme],
    deadline_s: float,
    on_done: Callable[[str], None],
) -> list[bytes]:
    """Return the .tflite of each scheme, by the route that a bundle would have it by."""
    made = convert_models(
        folder, formats=["tflite"], schemes=schemes, deadline_s=deadline_s, on_done=on_done
    )
    for each in made:
        if each.model is None:
            raise ConversionError(f"{each.file}: {each.failure}")
    return [each.model.content for each in made if each.model is not None]


def _samples(folder: ModelFolder, file: str, *, calibrated: bool) -> Subject:
    if calibrated and not folder.calibration:
        raise ConversionError(
            "Expected calibration samples, got none: add samples/calibration.jsonl."
        )
    calibration = folder.calibration[:MAX_CALIBRATION] or folder.evaluation[:1]
    # Not the first ones, which may all have the first label.
    order = np.random.default_rng(0).permutation(len(folder.evaluation))[:EVALUATED]
    evaluation = [folder.evaluation[at] for at in order]
    return Subject(
        folder.card.name,
        file,
        b"",
        b"",
        prepare(folder, [sample.value for sample in calibration]),
        prepare(folder, [sample.value for sample in evaluation]),
        None if folder.truth is None else folder.truth[order],
        converter_task(folder.card.task).input.image(folder.card.input),
    )
