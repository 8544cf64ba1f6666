"""Collects what an explanation needs, from a bundle or a folder: two .tflite files and samples."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel_convert.conversion.convert import MAX_CALIBRATION, convert_models
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import (
    ModelFolder,
    check_same_model,
    deployed_card,
    prepare_for_files,
)
from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import CALIBRATED, Scheme

EVALUATED = 500
"""The number of evaluation samples. They show a drop of two points, and no layer needs so many."""
SCHEMES: tuple[Scheme, ...] = ("full_int8", "dynamic_int8")
"""The schemes whose models can be explained"""
FLOAT_FILE = "float32.tflite"


class Subject(NamedTuple):
    """A quantized model, its float model, and samples."""

    name: str
    """The name of the model in its card"""
    file: str
    """The name of the quantized file in a bundle"""
    float32: bytes
    """The .tflite of the float model"""
    quantized: bytes
    """The .tflite of the same model with int8 weights, and perhaps int8 activations"""
    calibration: Inputs
    """The prepared inputs on which the ranges were calibrated; texts as ``in_file_order`` returns
    them"""
    evaluation: Inputs
    """Other prepared inputs, for the measurements"""
    truth: NDArray[Any] | None
    """The true answer of each of ``evaluation``; None without labels"""
    output: Any
    """The output as the card describes it"""
    doubts: Sequence[Doubt] = ()
    """The reasons to doubt that the float model is used as it was trained, the strongest first"""


def of_folder(
    folder: ModelFolder,
    *,
    scheme: Scheme,
    deadline_s: float,
    on_done: Callable[[str], None] = lambda _: None,
) -> Subject:
    """Return the model of ``folder`` converted to float32 and to ``scheme``, with its samples.

    Raises ConversionError if it does not convert, and if calibration samples are missing.
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

    If the bundle has no float32.tflite, it is converted again. Raises ConversionError for a file
    that is not an int8 .tflite of the bundle, and if calibration samples are missing;
    ModelFolderError for the folder of another model.
    """
    check_same_model(bundle.card, folder)
    schemes = {entry.file: entry.scheme for entry in bundle.card.models}
    explained = [each for each in schemes if each.endswith(".tflite") and schemes[each] in SCHEMES]
    if file not in explained:
        known = ", ".join(explained) or "this bundle has none: explain its model folder instead"
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
    """Return the .tflite of each scheme, from the backend that a bundle would have it from."""
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
        prepare_for_files(folder, [sample.value for sample in calibration]),
        prepare_for_files(folder, [sample.value for sample in evaluation]),
        None if folder.truth is None else folder.truth[order],
        deployed_card(folder.card).output,
    )
