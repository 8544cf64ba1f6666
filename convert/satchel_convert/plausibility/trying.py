"""Runs a model on the same images in many ways, and gives up early on those that do not help."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Card, LabelOutput, TensorSpec
from satchel.inference import open_model, postprocess
from satchel.preprocessing import model_tensor
from satchel_convert.model_folder import FLOAT32
from satchel_convert.own_models.scores import check_scores, output_step
from satchel_convert.plausibility.image_variants import Variant, exchanges_sides, turned
from satchel_convert.sample_inputs import Inputs, SampleInputs
from satchel_convert.verification.answers import answers

STAGES = (32, 128, 512, 2048)
"""The numbers of samples after which the ways that do not help are given up. A healthy model costs
little more than the last one once: hardly a way is left after 128 samples."""
KEPT = (8, 4, 2)
"""The largest number of ways that each stage keeps"""
WORSE = -2.0
"""The number of standard errors below the present way at which a way is given up at first"""
PROMISING = 1.0
"""The number of standard errors above the present way that is asked from the third stage on"""
BATCH = 32
"""The number of samples whose prepared images are in memory at once"""

Predict: TypeAlias = Callable[[Sequence[Variant | None], slice], list[NDArray[np.float32]]]
"""Returns the probabilities, (samples, labels), of the samples of a slice, prepared in each of the
ways; None is the present way"""
Run: TypeAlias = Callable[[NDArray[Any]], NDArray[np.float32]]
"""Returns the outputs of the model for input tensors"""


class Tried(NamedTuple):
    """A way that was tried on all samples of the attempt."""

    variant: Variant
    predictions: NDArray[np.float32]
    """Probabilities, (samples, labels)"""


class Attempt(NamedTuple):
    """The predictions for the first samples, in the present way and in others."""

    present: NDArray[np.float32]
    """Probabilities, (samples, labels), in the present way"""
    tried: Sequence[Tried]
    """The ways that were not given up, on the same samples"""
    candidates: int
    """The number of all ways, with those that were given up"""


def try_variants(
    predict: Predict,
    variants: Sequence[Variant],
    wanted: NDArray[np.float32],
    output: LabelOutput,
) -> Attempt:
    """Return the predictions of the samples, and of the ways that may be better.

    ``wanted`` are the right probabilities, (samples, labels): 1 for a true label of ``output``.
    """
    total = len(wanted)
    stages = [each for each in STAGES if each < total] + [total]
    kept: list[Variant] = list(variants)
    found: list[list[NDArray[np.float32]]] = [[] for _ in kept]
    now: list[NDArray[np.float32]] = []
    start = 0
    for number, stop in enumerate(stages):
        parts = predict([None, *kept], slice(start, stop))
        now.append(parts[0])
        for each, part in zip(found, parts[1:], strict=True):
            each.append(part)
        start = stop
        if stop < total:
            picked = _worth_more(now, found, wanted[:stop], number, output)
            kept, found = [kept[at] for at in picked], [found[at] for at in picked]
    tried = [
        Tried(variant, np.concatenate(parts)) for variant, parts in zip(kept, found, strict=True)
    ]
    return Attempt(np.concatenate(now), tried, len(variants))


def try_float_model(
    path: Path,
    card: Card,
    inputs: SampleInputs,
    variants: Sequence[Variant],
    wanted: NDArray[np.float32],
) -> Attempt:
    """Return the attempts with the float model at ``path``; this runs in a child process.

    ``inputs`` are the raw samples, with the card's preprocessing.
    """
    # Imported here, because a finished model needs no Keras.
    from satchel_convert.float_models.predictions import open_runner

    run = open_runner(path, card)
    output = _labels_of(card)
    return try_variants(_predict(run, card, inputs, FLOAT32), variants, wanted, output)


def try_finished(
    bundle: Bundle,
    inputs: SampleInputs,
    variants: Sequence[Variant],
    wanted: NDArray[np.float32],
) -> Attempt:
    """Return the attempts with the first model of a bundle; this runs in a child process."""
    model = open_model(bundle)
    step = output_step(model.entry.output)
    predict = _predict(model.run, bundle.card, inputs, model.entry.input, step)
    return try_variants(predict, variants, wanted, _labels_of(bundle.card))


def _predict(
    run: Run, card: Card, inputs: SampleInputs, tensor: TensorSpec, step: float = 0.0
) -> Predict:
    output = _labels_of(card)

    def predict(variants: Sequence[Variant | None], positions: slice) -> list[NDArray[np.float32]]:
        parts: list[list[NDArray[np.float32]]] = [[] for _ in variants]
        for start in range(positions.start, positions.stop, BATCH):
            batch = inputs.part(slice(start, min(start + BATCH, positions.stop)))
            prepared: dict[Any, Inputs] = {}
            for found, variant in zip(parts, variants, strict=True):
                values = run(_tensors(batch, card, variant, tensor, prepared))
                predictions = postprocess(values.astype(np.float32, copy=False), card)
                if variant is None:
                    check_scores(predictions, output=output, name=card.name, step=step)
                found.append(predictions.clip(0, 1))
        return [np.concatenate(found) for found in parts]

    return predict


def _labels_of(card: Card) -> LabelOutput:
    output = card.output
    assert isinstance(output, LabelOutput)
    return output


def _tensors(
    batch: SampleInputs,
    card: Card,
    variant: Variant | None,
    tensor: TensorSpec,
    prepared: dict[Any, Inputs],
) -> NDArray[Any]:
    """Return a batch as ``variant`` prepares it; ``prepared`` keeps what several ways share."""
    if variant is None:
        return model_tensor(_kept(batch, prepared, "present"), card, tensor)
    image = variant.image
    if exchanges_sides(variant.turn):
        # Prepared lying, so that the images are upright again when they are turned.
        image = image._replace(height=image.width, width=image.height)
    key = (image.fit, image.height, image.width)
    pixels = turned(_kept(batch.as_input(image), prepared, key), variant.turn)
    tensors = model_tensor(np.ascontiguousarray(pixels), card._replace(input=variant.image), tensor)
    return np.ascontiguousarray(tensors[..., ::-1]) if variant.swapped else tensors


def _kept(batch: SampleInputs, prepared: dict[Any, Inputs], key: object) -> Inputs:
    if key not in prepared:
        prepared[key] = batch[:]
    return prepared[key]


def one_hot(truth: NDArray[np.int64], labels: int) -> NDArray[np.float32]:
    """Return the right probabilities, float32 (samples, labels), for the true labels."""
    return np.eye(labels, dtype=np.float32)[truth]


def _distances(
    predictions: NDArray[np.float32], wanted: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how far each prediction is from the right one, (samples,): 0 to 1."""
    distances: NDArray[np.float64] = np.abs(predictions - wanted).sum(axis=1, dtype=np.float64) / 2
    return distances


def _worth_more(
    now: Sequence[NDArray[np.float32]],
    found: Sequence[Sequence[NDArray[np.float32]]],
    wanted: NDArray[np.float32],
    stage: int,
    output: LabelOutput,
) -> list[int]:
    """Return the positions of the ways to try on more samples, in their order."""
    before = np.concatenate(now)
    truth = answers(wanted, output)
    worth = {}
    for at, parts in enumerate(found):
        after = np.concatenate(parts)
        if np.abs(after - before).max() < 1e-6:
            continue
        # The probability of the true label tells sooner than the top label does.
        gains = _distances(before, wanted) - _distances(after, wanted)
        errors = gains.std() / np.sqrt(len(gains)) + 1e-9
        right, right_before = ((answers(each, output) == truth).sum() for each in (after, before))
        asked = WORSE if stage < 2 else PROMISING
        if gains.mean() / errors >= asked or right > right_before:
            worth[at] = gains.mean() + (right - right_before) / len(truth)
    best = sorted(worth, key=lambda at: -worth[at])[: KEPT[min(stage, len(KEPT) - 1)]]
    return sorted(best)
