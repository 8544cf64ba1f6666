"""Examines a model folder or a finished model, in a child process."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Card, LabelOutput, TensorSpec
from satchel_convert.errors import ConversionError
from satchel_convert.finished_models.predictions import isolated
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, Sample, truth_of
from satchel_convert.plausibility import trying
from satchel_convert.plausibility.agreement import FLOAT_MODEL, Agreement, agreement_of
from satchel_convert.plausibility.examination import Examination, examine
from satchel_convert.plausibility.expected_file import Expected
from satchel_convert.plausibility.image_variants import Place, Variant, image_variants
from satchel_convert.plausibility.several_labels import margins
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.task import converter_task
from satchel_convert.verification.answers import chosen_labels, sets_of_labels, thresholds

MOST = 2048
"""The largest number of samples that are examined. They show a difference of a point."""
QUANTIZED_AGREEMENT = 0.95
"""The share of samples on which a quantized finished model must possibly agree with its author: the
limit of ``satchel convert`` for int8"""
RIGHT = "right about"
"""The words before the share of samples of which a model predicts the true label"""
AGREES = "in agreement with"
"""The words before a share of samples whose expected label a model predicts"""
EXACTLY = "exactly the labels of"
"""The words that follow, for a model that may give several labels"""
Run: TypeAlias = Callable[[NDArray[np.int64], NDArray[np.float32]], trying.Attempt]
"""Returns the attempt with the samples at some positions, whose right probabilities are given"""


def examine_folder(
    folder: ModelFolder,
    *,
    place: Place,
    deadline_s: float = DEADLINE_S,
) -> Examination | None:
    """Return what the float model's predictions for labelled samples say.

    It is None for a model without labels. ``place`` is where the user states the preprocessing.
    Raises ConversionError if the model does not run.
    """
    if (answered := folder.truth) is None:
        return None
    order = _mixed(len(answered))[:MOST]
    run = partial(_try_folder, folder, place=place, deadline_s=deadline_s)
    return _examine(run, order, answered[order], folder.card)


def examine_finished(
    draft: Bundle, samples: Sequence[Sample], *, deadline_s: float = DEADLINE_S
) -> Examination:
    """Return what the predictions of a finished model for labelled samples say.

    ``draft`` is a bundle with that one model. Raises ConversionError if the model does not run.
    """
    answered = truth_of(samples, draft.card.output)
    order = _mixed(len(answered))[:MOST]
    run = partial(_try_finished, draft, samples, deadline_s=deadline_s)
    return _examine(run, order, answered[order], draft.card)


def expect_of_folder(
    folder: ModelFolder,
    expected: Expected,
    *,
    place: Place,
    allowed: float,
    deadline_s: float = DEADLINE_S,
) -> Agreement:
    """Return the agreement of the float model with its author's predictions.

    Raises ConversionError, with the remedy if one is found, for a model that predicts something
    else.
    """
    run = partial(_try_folder, folder, place=place, deadline_s=deadline_s)
    return _expect(run, expected, FLOAT_MODEL, folder.card, allowed, is_float=True)


def expect_of_finished(
    draft: Bundle,
    samples: Sequence[Sample],
    expected: Expected,
    *,
    allowed: float,
    deadline_s: float = DEADLINE_S,
) -> Agreement:
    """Return the agreement of a finished model with its author's predictions.

    Raises ConversionError as ``expect_of_folder`` does. A quantized model may differ in its scores,
    and on a few samples, because the author's predictions may be those of a float model.
    """
    [entry] = draft.card.models
    is_float = entry.scheme in ("float32", "float16")
    run = partial(_try_finished, draft, samples, deadline_s=deadline_s)
    return _expect(run, expected, entry.file, draft.card, allowed, is_float=is_float)


def _examine(
    run: Run, positions: NDArray[np.int64], answered: NDArray[Any], card: Card
) -> Examination:
    """Return what the predictions for the samples at ``positions`` say; they ``answered`` so."""
    truth = _truth(answered, card)
    wanted = truth.astype(np.float32)
    if truth.ndim == 1:
        wanted = trying.one_hot(truth, len(card.output.labels))
    return _examined(run(positions, wanted), answered, card)


def _examined(
    attempt: trying.Attempt, answered: NDArray[Any], card: Card, *, words: str = RIGHT
) -> Examination:
    truth = _truth(answered, card)
    if truth.ndim > 1:
        attempt, words = margins(attempt, thresholds(card.output)), f"{words} {EXACTLY}"
    return examine(attempt, truth, card.output.labels, words=words)


def _truth(answered: NDArray[Any], card: Card) -> NDArray[Any]:
    """Return the index of each true label, or whether each of several labels is true."""
    labels = len(card.output.labels)
    return chosen_labels(answered, labels) if _is_multi_label(card) else answered


def _expect(
    run: Run,
    expected: Expected,
    file: str,
    card: Card,
    allowed: float,
    *,
    is_float: bool,
) -> Agreement:
    order = _mixed(len(expected.positions))
    wanted = expected.wanted(len(card.output.labels))[order]
    attempt = run(np.array(expected.positions)[order], wanted)
    mixed = expected._replace(answers=tuple(expected.answers[at] for at in order))
    output = card.output
    assert isinstance(output, LabelOutput)
    found = agreement_of(file, attempt.present, mixed, output=output, allowed=allowed)
    failure = found.failure(allowed) if is_float else _quantized_failure(found)
    if failure is None:
        return found
    answered = mixed.truth
    if output.multi_label:
        answered = sets_of_labels(answer.labels for answer in mixed.answers)
    doubts = _examined(attempt, answered, card, words=AGREES).doubts
    exact = [
        f"With images {each.variant.words}, the predictions are the expected ones."
        f" {each.variant.remedy}"
        for each in attempt.tried
        if agreement_of(file, each.predictions, mixed, output=output, allowed=allowed).failure(
            allowed
        )
        is None
    ]
    remedies = [*exact, *(doubt.line for doubt in doubts if doubt.gain > 0)]
    remedy = remedies[0] if remedies else "nothing that was tried explains it"
    raise ConversionError(
        f"Expected the predictions of {expected.file!r} from {card.name!r}, got others: {failure}"
        f" ({found.agreeing:,} of {found.samples:,} agree): {remedy}"
    )


def _quantized_failure(found: Agreement) -> str | None:
    if found.interval.upper >= QUANTIZED_AGREEMENT:
        return None
    return f"the agreement surely lies below {QUANTIZED_AGREEMENT:.0%}"


def _try_folder(
    folder: ModelFolder,
    positions: NDArray[np.int64],
    wanted: NDArray[np.float32],
    place: Place,
    deadline_s: float,
) -> trying.Attempt:
    card = folder.card
    image = converter_task(card.task).input.image(card.input)
    variants: list[Variant] = []
    if image is not None:
        variants = image_variants(image, place=place)
    values = [folder.evaluation[at].value for at in positions]
    inputs = SampleInputs(values, card, folder.files)
    arguments = (folder.model_path, card, inputs, variants, wanted)
    try:
        return run_isolated(trying.try_float_model, arguments, deadline_s=deadline_s)
    except ConversionError as error:
        raise ConversionError(f"float model: {error}") from error


def _try_finished(
    draft: Bundle,
    samples: Sequence[Sample],
    positions: NDArray[np.int64],
    wanted: NDArray[np.float32],
    deadline_s: float,
) -> trying.Attempt:
    card = draft.card
    [entry] = card.models
    image = converter_task(card.task).input.image(card.input)
    variants: list[Variant] = []
    if image is not None:
        # Its bytes are the pixels, so no mean and scale can be stated.
        fixed = entry.input == TensorSpec("uint8")
        variants = image_variants(image, fixed_scale=fixed)
    inputs = SampleInputs([samples[at].value for at in positions], card, draft.files)
    attempt: trying.Attempt = isolated(
        trying.try_finished, (draft, inputs, variants, wanted), deadline_s=deadline_s
    )
    return attempt


def _is_multi_label(card: Card) -> bool:
    return bool(getattr(card.output, "multi_label", False))


def _mixed(count: int) -> NDArray[np.int64]:
    """Return the positions of the samples, mixed: the first ones may all have the first label."""
    return np.random.default_rng(0).permutation(count)
