"""Tests whether other predictions of the same samples are surely better.

What is better is found on one half of the samples and confirmed on the other, because the best of
many candidates looks good on the samples that chose it. Where the candidates are known before any
sample is seen, all samples may judge them, if each has to be as many times surer as there are.

The truth is the index of each sample's true label, int64 (samples,), and predictions are
probabilities, (samples, labels). For a model of several labels, the truth is whether each of them
is true, bool (samples, labels), and predictions are margins, as ``several_labels`` says.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.plausibility.several_labels import (
    chooses_exactly,
    count_wrong,
    groups,
    ranks_better,
)
from satchel_convert.statistics import (
    Cost,
    Pairs,
    accuracy_cost,
    count_pairs,
    drop_interval,
    mcnemar,
)

SURE = 1e-3
"""The largest probability of chance at which a repair is reported. It is small because a false
alarm would make somebody change what is right."""
LEAST_GAIN = 0.01
"""The accuracy that a repair must surely gain. A lucky scale may fit a good model too."""
LEAST_LOSS_SHARE = 0.05
"""The share of the log loss that a repair must take away, where accuracy alone does not decide"""
LEAST_LOSS = 0.01
"""The log loss that it must take away at least, in nats. A model that is sure and right has less
than that in all, and any contrast changes it."""
FEWEST = 30
"""The number of samples in a half below which the log loss decides nothing: its mean is not yet
normal"""
LEAST_PROBABILITY = 1e-5
"""A smaller probability counts as this one, because a single logarithm would outweigh the rest"""
TEMPERATURES = np.geomspace(0.2, 10, 41)
"""The divisors of the logits that are tried. Without one, a contrast that only makes a model more
confident would look like an improvement."""


class Halves(NamedTuple):
    """Two halves of the samples, as positions."""

    finding: NDArray[np.int64]
    confirming: NDArray[np.int64]


class Confirmed(NamedTuple):
    """A surely better way, with its figures on all samples and on the confirming half."""

    accuracy: float
    """The accuracy of the other predictions on all samples, 0 to 1"""
    now: float
    """The accuracy of the present predictions on the same samples"""
    pairs: Pairs
    """The confirming half: the other way alone is right on the ``lost`` samples"""
    probability: float
    """The probability of so large a gain by chance"""
    loss: float
    """The loss of the other predictions on the confirming half: the log loss, in nats; for several
    labels the number of wrong labels a sample, each at its best threshold"""
    loss_now: float
    """The loss of the present predictions there"""
    loss_name: str = "log loss"
    by_loss: bool = False
    """Whether the loss decided, and not the accuracy"""

    @property
    def gain(self) -> float:
        """The accuracy gained on all samples; or the relative loss, a hundredth as much."""
        by_loss = 1 - self.loss / max(self.loss_now, LEAST_PROBABILITY)
        return max(self.accuracy - self.now, by_loss / 100)

    @property
    def cost(self) -> Cost:
        """The accuracy that the present way costs, on the confirming half."""
        return accuracy_cost(self.pairs)


def halves_of(truth: NDArray[Any]) -> Halves:
    """Return two halves that hold about as many samples of each label; always the same ones."""
    shuffled = np.random.default_rng(0).permutation(len(truth))
    numbers = truth if truth.ndim == 1 else groups(truth)
    by_label = shuffled[np.argsort(numbers[shuffled], kind="stable")]
    return Halves(by_label[0::2], by_label[1::2])


def is_right(predictions: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.bool_]:
    """Return for each sample whether its top label is true, or exactly its labels are chosen."""
    if truth.ndim > 1:
        return chooses_exactly(predictions, truth)
    right: NDArray[np.bool_] = predictions.argmax(axis=1) == truth
    return right


def confirm(
    now: NDArray[np.float32],
    other: NDArray[np.float32],
    truth: NDArray[Any],
    halves: Halves,
    *,
    candidates: int | None = None,
) -> Confirmed | None:
    """Return the figures of ``other`` if it is surely better than ``now``; else None.

    Accuracy decides, by McNemar's exact test. Where it does not, the loss does: a wrong resize
    costs few points of accuracy, but every probability.

    ``candidates`` is the number of other predictions that were fixed before any sample was seen,
    ``other`` among them; None if the finding half chose ``other``. It corrects the probability by
    Bonferroni's inequality.
    """
    finding, confirming = halves
    right, right_now = (is_right(each, truth) for each in (other, now))
    losses, losses_now = (_losses(each, truth, halves) for each in (other, now))
    pairs = count_pairs(right[confirming], right_now[confirming])
    found = Confirmed(
        float(right.mean()),
        float(right_now.mean()),
        pairs,
        mcnemar(pairs),
        float(losses[confirming].mean()),
        float(losses_now[confirming].mean()),
        "log loss" if truth.ndim == 1 else "at the best thresholds, wrong labels a sample",
    )
    by_accuracy = (
        right[finding].sum() > right_now[finding].sum()
        and found.probability < SURE
        and drop_interval(pairs).lower > LEAST_GAIN
        and (truth.ndim == 1 or ranks_better(losses, losses_now))
    )
    if by_accuracy:
        return found
    probability = _loss_probability(losses_now - losses, losses_now, halves, candidates)
    if probability < SURE and all(right[half].sum() >= right_now[half].sum() for half in halves):
        return found._replace(probability=probability, by_loss=True)
    return None


def is_surely_worse(
    other: NDArray[np.float32], best: NDArray[np.float32], truth: NDArray[Any]
) -> bool:
    """Return whether ``other`` is right on fewer samples than ``best``, beyond chance."""
    right, right_best = (is_right(each, truth) for each in (other, best))
    return mcnemar(count_pairs(right_best, right)) < 0.05


def _losses(
    predictions: NDArray[np.float32], truth: NDArray[Any], halves: Halves
) -> NDArray[np.float64]:
    """Return the log loss of each sample, at the temperature that is best on the finding half.

    Of several labels it is the number of wrong ones, each at the threshold that is best there.
    """
    if truth.ndim > 1:
        return count_wrong(predictions, truth, halves.finding).astype(np.float64)
    logs = np.log(np.maximum(predictions, LEAST_PROBABILITY)).astype(np.float64)
    picked = halves.finding
    best = min(TEMPERATURES, key=lambda each: _at(logs[picked], truth[picked], each).mean())
    return _at(logs, truth, best)


def _at(
    logs: NDArray[np.float64], truth: NDArray[np.int64], temperature: float
) -> NDArray[np.float64]:
    scaled = logs / temperature
    highest = scaled.max(axis=1, keepdims=True)
    total = highest[:, 0] + np.log(np.exp(scaled - highest).sum(axis=1))
    losses: NDArray[np.float64] = total - scaled[np.arange(len(truth)), truth]
    return losses


def _loss_probability(
    gains: NDArray[np.float64],
    losses_now: NDArray[np.float64],
    halves: Halves,
    candidates: int | None,
) -> float:
    """Return the probability of so large a gain by chance; 1 if it is too small to matter."""
    from scipy import stats

    for half in halves:
        least = max(LEAST_LOSS, LEAST_LOSS_SHARE * losses_now[half].mean())
        if len(half) < FEWEST or gains[half].mean() < least:
            return 1.0
    judging = gains[halves.confirming] if candidates is None else gains
    if judging.std() == 0:
        return 1.0
    # Not a test of ranks: many small gains must not outweigh a few large losses.
    probability = float(stats.ttest_1samp(judging, 0.0, alternative="greater").pvalue)
    return min(1.0, probability * (candidates or 1))
