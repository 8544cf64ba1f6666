"""Measures predictions of several labels a sample: exact matches, and how each label is ranked.

A training that weighs rare labels moves all scores of a label up, and any way to use the model that
moves them down then looks better by its exact matches. So a better way must also rank the samples
of each label better: with the threshold that is best for each, fewer labels are wrong. Chance is a
ranking in which samples with and without a label are mixed.

The truth is bool (samples, labels). Predictions are margins of the same shape: the probability of a
label minus its threshold, so that a label is chosen from 0 on.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.plausibility.trying import Attempt
from satchel_convert.statistics import Pairs, holm, mcnemar

LITTLE = 0.55
"""The area under the curve that is a tenth of the way from chance to certainty. A model whose
labels may be beyond it on average is not called one of chance."""
SURE = 0.05
"""The probability below which a ranking is better than chance"""
SURELY_WORSE = 1e-3
"""The probability below which one is worse: a false alarm stops a healthy model"""
BETTER_RANKED = 0.01
"""The probability of chance below which another way ranks the samples better"""
SHOWN = 4
"""The largest number of labels that a sentence names"""
REMEDY = "Check the labels' order and how the samples are prepared: nothing that was tried helps."


def margins(attempt: Attempt, thresholds: NDArray[np.float64]) -> Attempt:
    """Return an attempt whose predictions are margins above the ``thresholds``, (labels,)."""

    def margin(predictions: NDArray[np.float32]) -> NDArray[np.float32]:
        # The difference of doubles has the right sign, which its rounding to float32 keeps.
        return (predictions - thresholds).astype(np.float32)

    tried = [each._replace(predictions=margin(each.predictions)) for each in attempt.tried]
    return attempt._replace(present=margin(attempt.present), tried=tried)


def chooses_exactly(
    predictions: NDArray[np.float32], truth: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return for each sample whether exactly its labels are chosen, bool (samples,)."""
    right: NDArray[np.bool_] = ((predictions >= 0) == truth).all(axis=1)
    return right


def ranks_better(losses: NDArray[np.float64], losses_now: NDArray[np.float64]) -> bool:
    """Return whether the numbers of wrong labels, (samples,), fell by more than chance explains."""
    fewer, more = int((losses < losses_now).sum()), int((losses > losses_now).sum())
    return mcnemar(Pairs(len(losses), fewer, more)) < BETTER_RANKED


def best_thresholds(
    predictions: NDArray[np.float32], truth: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return for each label the threshold with which most samples are right, float64 (labels,).

    It is infinite for a label that is best never chosen.
    """
    count, labels = predictions.shape
    found = np.empty(labels)
    for at in range(labels):
        order = np.argsort(-predictions[:, at], kind="stable")
        scores = predictions[order, at].astype(np.float64)
        # The gain of choosing the first 0, 1, 2, ... samples instead of none.
        gains = np.concatenate([[0], np.cumsum(np.where(truth[order, at], 1, -1))])
        # Equal scores cannot be told apart by a threshold.
        between = np.concatenate([[True], scores[:-1] > scores[1:], [True]])
        best = int(np.where(between, gains, -count - 1).argmax())
        if best == 0:
            found[at] = np.inf
        elif best == count:
            found[at] = -np.inf
        else:
            found[at] = (scores[best - 1] + scores[best]) / 2
    return found


def count_wrong(
    predictions: NDArray[np.float32], truth: NDArray[np.bool_], finding: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the number of wrong labels of each sample, int64 (samples,).

    Each label has the threshold that is best on the samples at ``finding``.
    """
    thresholds = best_thresholds(predictions[finding], truth[finding])
    wrong: NDArray[np.int64] = ((predictions >= thresholds) != truth).sum(axis=1)
    return wrong


def evidence(predictions: NDArray[np.float32], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how much each output rises where each label is true, float64 (outputs, labels).

    It is the covariance of the ranks, 0 to 1, with the truth, times the number of samples.
    """
    ranks = stats.rankdata(predictions, axis=0) / len(predictions)
    found: NDArray[np.float64] = (ranks - ranks.mean(axis=0)).T @ (truth - truth.mean(axis=0))
    return found


def groups(truth: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a number for each sample, int64 (samples,); samples of equal labels have the same."""
    _, numbers = np.unique(truth, axis=0, return_inverse=True)
    return np.asarray(numbers, np.int64).reshape(len(truth))


class Ranking(NamedTuple):
    """How an output ranks the samples with a label among the others."""

    label: str
    area: float
    """The area under the receiver operating characteristic, 0 to 1; 0.5 is chance"""
    error: float
    """The standard error of the area if the ranking were chance"""
    better: float
    """The probability of so good a ranking by chance"""
    worse: float
    """The probability of so bad a ranking by chance"""


def rankings(
    predictions: NDArray[np.float32], truth: NDArray[np.bool_], labels: Sequence[str]
) -> list[Ranking]:
    """Return the ranking of each label that some samples have and others do not.

    Source: Mann and Whitney 1947, On a Test of Whether One of Two Random Variables Is
    Stochastically Larger Than the Other.
    """
    found = []
    for at, label in enumerate(labels):
        having, others = predictions[truth[:, at], at], predictions[~truth[:, at], at]
        pairs = len(having) * len(others)
        if not pairs:
            continue
        # For few samples, every order of them is counted.
        method = "auto" if len(np.unique(predictions[:, at])) == len(truth) else "asymptotic"
        better, worse = (
            stats.mannwhitneyu(having, others, alternative=side, method=method)
            for side in ("greater", "less")
        )
        error = float(np.sqrt((len(truth) + 1) / (12 * pairs)))
        area = float(better.statistic) / pairs
        found.append(Ranking(label, area, error, float(better.pvalue), float(worse.pvalue)))
    return found


def ranking_doubts(
    predictions: NDArray[np.float32], truth: NDArray[np.bool_], labels: Sequence[str]
) -> list[Doubt]:
    """Return doubts about labels that are ranked worse than chance, and a model that only guesses.

    Too few samples give no doubt.
    """
    found = rankings(predictions, truth, labels)
    if not found:
        return []
    samples = len(truth)
    corrected = holm(np.array([each.worse for each in found]))
    upside_down = [each for each, sure in zip(found, corrected, strict=True) if sure < SURELY_WORSE]
    if upside_down:
        return [Doubt("chance", _upside_down(upside_down, samples), REMEDY, 0.0)]
    is_more = holm(np.array([each.better for each in found])).min() < SURE
    area = float(np.mean([each.area for each in found]))
    # As if all labels erred together: their errors are those of the same samples.
    reach = stats.norm.ppf(0.995) * float(np.mean([each.error for each in found]))
    if is_more or area + reach >= LITTLE:
        return []
    sentence = (
        f"The model ranks a sample with a label above one without it {area:.1%} of the time"
        f" (99 %: {max(area - reach, 0):.1%} to {area + reach:.1%}), on {samples:,} samples, and"
        " chance does 50.0%."
    )
    return [Doubt("chance", sentence, REMEDY, 0.0)]


def _upside_down(found: Sequence[Ranking], samples: int) -> str:
    worst = sorted(found, key=lambda each: each.area)
    shown = ", ".join(f"{each.label!r} {each.area:.1%}" for each in worst[:SHOWN])
    more = f" and {len(worst) - SHOWN} more labels" if len(worst) > SHOWN else ""
    return (
        f"The model ranks samples with a label below those without it: one with the label is above"
        f" one without it {shown}{more} of the time, on {samples:,} samples, and chance does 50.0%"
        f" (p < {SURELY_WORSE:g}, corrected for the number of labels)."
    )
