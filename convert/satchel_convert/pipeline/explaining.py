"""Explains why a quantized model differs from the float model, and what a finished one lacks."""

import os
from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation, Bundle, TrustSource
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.explanation import subject
from satchel_convert.explanation.explain import explain_subject
from satchel_convert.explanation.explanation import Explanation
from satchel_convert.explanation.findings import of_doubts, rank
from satchel_convert.explanation.finished import explain_finished
from satchel_convert.finished_models.predictions import evaluate
from satchel_convert.float_models.kinds import formats_of
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.model_folder import ModelFolder, check_same_model, open_model_folder
from satchel_convert.model_kinds import kind_of
from satchel_convert.pipeline.packing import finished_file
from satchel_convert.pipeline.sources import open_for, open_source, place_of, with_samples
from satchel_convert.plausibility.checking import examine_folder
from satchel_convert.plausibility.image_variants import Place
from satchel_convert.progress import OnProgress, Steps, silent
from satchel_convert.settings import (
    ImageSettings,
    Labels,
    ModelSettings,
    ModelSource,
    PathLike,
    TextSettings,
)

STEPS = 9
"""The number of steps of an explanation, with the largest number of conversions before it"""


def explain(
    model: ModelSource | Bundle,
    *,
    samples: PathLike | None = None,
    file: str = "full_int8.tflite",
    labels: Labels | None = None,
    evaluation: PathLike | None = None,
    calibration: PathLike | None = None,
    task: str | None = None,
    activation: Activation | None = None,
    multi_label: bool | None = None,
    thresholds: Sequence[float] | None = None,
    images: ImageSettings | None = None,
    texts: TextSettings | None = None,
    trust: "TrustSource | None" = None,
    deadline_s: float = DEADLINE_S,
    on_progress: OnProgress = silent,
) -> Explanation:
    """Return an explanation: the error of each layer, and what is wrong with the model.

    A model that is not a bundle is converted first, in child processes, which import the main
    module: a script needs the guard ``if __name__ == "__main__":``.

    Args:
        model: a bundle, open or its path; a model as ``convert`` takes it; or a finished .tflite or
            .onnx file, whose labels and preparation of images are tried on evaluation samples.
        samples: for a bundle, the model folder that it was converted from, or that was kept.
        file: the name of the model to explain, an int8 .tflite. Of an .onnx no .tflite is made, so
            the labels and images of its bundle are tried, and its layers are not explained.
        labels: as ``convert`` takes it; like ``task`` to ``texts``, not for a bundle.
        evaluation: as ``convert`` takes it; for a folder, in the place of its own samples.
        calibration: as ``convert`` takes it, likewise.
        task: as ``convert`` takes it.
        activation: as ``convert`` takes it.
        multi_label: as ``convert`` takes it.
        thresholds: as ``convert`` takes it.
        images: as ``convert`` takes it.
        texts: as ``convert`` takes it.
        trust: a file of public keys, or a Trust; one of these keys must have signed the bundle.
        deadline_s: seconds for one conversion.
        on_progress: a function that receives the progress.

    Raises BundleError and TrustError as ``open_bundle``; ModelFolderError for settings that do not
    fit; ConversionError for a file that is not an int8 .tflite, and if calibration samples are
    missing.

    """
    settings = ModelSettings(
        labels=labels,
        evaluation=evaluation,
        calibration=calibration,
        task=task,
        activation=activation,
        multi_label=multi_label or None,
        thresholds=None if thresholds is None else tuple(thresholds),
        images=images or ImageSettings(),
        texts=texts or TextSettings(),
    )
    if not file.endswith(".tflite"):
        raise ConversionError(
            f"Expected a file NAME.tflite, got {file!r}: explain the .tflite of the same scheme,"
            " which rounds in the same way."
        )
    steps = Steps("explaining", STEPS, on_progress)
    if isinstance(model, Bundle) or (
        isinstance(model, str | os.PathLike) and kind_of(model) == "bundle"
    ):
        bundle = open_for(model, trust=trust)
        folder = _folder_of_bundle(samples, settings)
        if "tflite" not in formats_of(folder.model_path):
            return _without_layers(bundle, folder, deadline_s, steps)
        found = _of_bundle(bundle, folder, file, deadline_s, steps)
    else:
        _check_no_bundle(model, samples=samples, trust=trust)
        # With calibration samples, a float file is quantized and explained layer by layer.
        if (
            calibration is None
            and isinstance(model, str | os.PathLike)
            and kind_of(model) == "finished"
        ):
            return _of_finished(model, settings, deadline_s, steps)
        found = _of_source(model, settings, file, deadline_s, steps)
    return explain_subject(found, on_done=steps.finish)


def _folder_of_bundle(samples: PathLike | None, settings: ModelSettings) -> ModelFolder:
    if stated := [name for name in settings.stated() if name not in ("evaluation", "calibration")]:
        raise ModelFolderError(
            f"Expected no {stated[0]} for a bundle: its model folder (samples) holds that."
        )
    if samples is None:
        raise ModelFolderError(
            "Expected samples with a bundle: the model folder that it was converted from, or the"
            " one that convert kept (--keep)."
        )
    return with_samples(open_model_folder(Path(samples)), settings)


def _of_bundle(
    bundle: Bundle, folder: ModelFolder, file: str, deadline_s: float, steps: Steps
) -> subject.Subject:
    found = subject.of_bundle(
        bundle, folder, file=file, deadline_s=deadline_s, on_done=steps.finish
    )
    return _with_doubts(found, folder, "card", deadline_s, steps)


def _without_layers(
    bundle: Bundle, folder: ModelFolder, deadline_s: float, steps: Steps
) -> Explanation:
    """Return what is wrong with the labels and images of an .onnx, of which no .tflite is made."""
    check_same_model(bundle.card, folder)
    first = bundle.card.models[0]
    alone = bundle._replace(card=bundle.card._replace(models=(first,)))
    evaluation = evaluate(alone, folder.evaluation, deadline_s=deadline_s)
    steps.finish("predictions")
    examined = examine_folder(folder, place="card", deadline_s=deadline_s)
    steps.finish("preprocessing")
    findings = rank(of_doubts(examined.doubts if examined is not None else ()))
    return Explanation(bundle.card.name, first.file, None, None, (), findings, evaluation)


def _with_doubts(
    found: subject.Subject,
    folder: ModelFolder,
    place: Place,
    deadline_s: float,
    steps: Steps,
) -> subject.Subject:
    examined = examine_folder(folder, place=place, deadline_s=deadline_s)
    steps.finish("preprocessing")
    return found if examined is None else found._replace(doubts=examined.doubts)


def _of_finished(
    model: PathLike, settings: ModelSettings, deadline_s: float, steps: Steps
) -> Explanation:
    foreign = ("calibration", "task")
    if stated := [name for name in settings.stated() if name in foreign]:
        raise ModelFolderError(
            f"Expected no {stated[0]} for {str(model)!r}: a finished model is explained as it is."
        )
    finished = finished_file(
        model,
        labels=settings.labels,
        evaluation=settings.evaluation,
        images=settings.images,
        texts=settings.texts,
        activation=settings.activation,
        multi_label=bool(settings.multi_label),
        thresholds=settings.thresholds or (),
    )
    return explain_finished(finished, deadline_s=deadline_s, on_done=steps.finish)


def _check_no_bundle(model: object, **of_bundles: object) -> None:
    for name, value in of_bundles.items():
        if value is not None:
            raise ModelFolderError(
                f"Expected no {name} for {model!s:.200}: only a bundle needs it."
            )


def _of_source(
    model: ModelSource, settings: ModelSettings, file: str, deadline_s: float, steps: Steps
) -> subject.Subject:
    schemes = {f"{scheme}.tflite": scheme for scheme in subject.SCHEMES}
    if file not in schemes:
        raise ConversionError(f"Expected one of the files {', '.join(schemes)}, got {file!r}.")
    with open_source(model, settings) as folder:
        if "tflite" not in formats_of(folder.model_path):
            way = "leave calibration out" if settings.calibration else "explain its bundle"
            raise ConversionError(
                f"Expected a .tflite or a Keras model to explain layer by layer, got"
                f" {folder.model!r}: {way} to try its labels and images."
            )
        found = subject.of_folder(
            folder, scheme=schemes[file], deadline_s=deadline_s, on_done=steps.finish
        )
        return _with_doubts(found, folder, place_of(model), deadline_s, steps)
