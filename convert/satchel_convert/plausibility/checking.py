"""Examines a model folder or a finished model, in a child process."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, TensorSpec
from satchel_convert.finished_models.predictions import isolated
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, Sample
from satchel_convert.own_models.preprocessing import preprocessing_of
from satchel_convert.plausibility import trying
from satchel_convert.plausibility.examination import Examination, examine
from satchel_convert.plausibility.image_variants import Place, Variant, image_variants
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.settings import ImageSettings
from satchel_convert.task import converter_task

MOST = 2048
"""The largest number of samples that are examined. They show a difference of a point."""


def examine_folder(
    folder: ModelFolder,
    *,
    images: ImageSettings,
    place: Place,
    deadline_s: float = DEADLINE_S,
) -> Examination | None:
    """Return what the float model's predictions for labelled samples say; None without labels.

    ``images`` are the settings that the model was opened with, and ``place`` is where they stand.
    Raises ConversionError if the model does not run.
    """
    if not _is_labelled(folder.truth):
        return None
    picked = _picked(folder.evaluation)
    card = folder.card
    image = converter_task(card.task).input.image(card.input)
    stated = preprocessing_of(images)
    variants: list[Variant] = []
    if image is not None:
        blue_first = stated is not None and stated.blue_first
        variants = image_variants(image, blue_first=blue_first, place=place)
    truth = _truth(picked)
    inputs = SampleInputs([sample.value for sample in picked], card, folder.files)
    attempt = run_isolated(
        trying.try_keras,
        (folder.model_path, card, inputs, variants, truth, MOST),
        deadline_s=deadline_s,
    )
    return examine(attempt, truth, card.output.labels)


def _is_labelled(truth: NDArray[np.int64] | None) -> bool:
    return truth is not None and truth.ndim == 1


def _picked(samples: Sequence[Sample]) -> list[Sample]:
    """Return at most MOST samples, mixed: the first ones may all have the first label."""
    order = np.random.default_rng(0).permutation(len(samples))[:MOST]
    return [samples[at] for at in order]


def _truth(samples: Sequence[Sample]) -> NDArray[np.int64]:
    return np.array([sample.label for sample in samples], np.int64)


def examine_finished(
    draft: Bundle, samples: Sequence[Sample], *, deadline_s: float = DEADLINE_S
) -> Examination:
    """Return what the predictions of a finished model for labelled images say.

    ``draft`` is a bundle with that one model. Raises ConversionError if it does not run.
    """
    picked = _picked(samples)
    card = draft.card
    [entry] = card.models
    image = converter_task(card.task).input.image(card.input)
    variants: list[Variant] = []
    if image is not None:
        # Its bytes are the pixels, so no mean and scale can be stated.
        fixed = entry.input == TensorSpec("uint8")
        variants = image_variants(image, blue_first=False, fixed_scale=fixed)
    truth = _truth(picked)
    inputs = SampleInputs([sample.value for sample in picked], card, draft.files)
    attempt = isolated(
        trying.try_finished, (draft, inputs, variants, truth, MOST), deadline_s=deadline_s
    )
    return examine(attempt, truth, card.output.labels)
