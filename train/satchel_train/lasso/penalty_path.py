"""L1-penalized logistic regression, and the penalty that cross-validation chooses.

The penalty sets most weights to exactly zero (Tibshirani 1996, Regression Shrinkage and Selection
via the Lasso). A feature that tells little by itself is penalized more, as in the adaptive lasso
(Zou 2006): counts are scaled by the log-count ratios of Wang and Manning 2012, Baselines and
Bigrams.
"""

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.metrics import label_accuracy

MOST_ITERATIONS = 1000
"""The most iterations: ten times as many as the smallest penalty here needs."""


class Step(NamedTuple):
    """The results of cross-validation at one penalty."""

    penalty: float
    """The factor of the sum of absolute weights; the loss is the sum of cross-entropies in nats."""
    accuracy: float
    """The mean accuracy over the folds, 0 to 1."""
    standard_error: float
    """The standard error of the mean accuracy."""
    non_zero: float
    """The mean number of non-zero weights over the folds."""


class Weights(NamedTuple):
    """A linear classifier of two labels: a text's logit is ``counts @ weights + intercept``."""

    weights: NDArray[np.float64]
    intercept: float


def trace_path(
    counts: Any, labels: NDArray[np.int32], *, penalties: Sequence[float], folds: int, seed: int
) -> list[Step]:
    """Return the results of cross-validation for each of ``penalties``, in their order.

    ``counts`` is a scipy.sparse matrix (n, features); folds have the labels in equal proportions.
    """
    from sklearn.model_selection import StratifiedKFold

    splits = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
    parts = [(counts[a], labels[a], counts[b], labels[b]) for a, b in splits]
    return [_measure(parts, penalty, seed) for penalty in penalties]


def choose(path: Sequence[Step]) -> Step:
    """Return the step of the largest penalty within one standard error of the best accuracy.

    Source: Breiman et al. 1984, Classification and Regression Trees: the one-standard-error rule.
    """
    best = max(path, key=lambda step: step.accuracy)
    enough = best.accuracy - best.standard_error
    return max((step for step in path if step.accuracy >= enough), key=lambda step: step.penalty)


def fit_weights(counts: Any, labels: NDArray[np.int32], *, penalty: float, seed: int) -> Weights:
    """Return the weights of a classifier of ``labels``, 0 or 1. Most of the weights are zero."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    ratios = log_count_ratios(counts, labels)
    classifier = LogisticRegression(
        C=1 / penalty,
        l1_ratio=1,
        solver="liblinear",
        random_state=seed,
        max_iter=MOST_ITERATIONS,
    )
    classifier.fit(counts @ diags(ratios), labels)
    return Weights(classifier.coef_[0] * ratios, float(classifier.intercept_[0]))


def log_count_ratios(counts: Any, labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the logarithm of each feature's share in texts of label 1 over that in label 0.

    A feature counts once for each text that has it, and once more for each label.
    """
    present = counts.astype(bool).astype(np.float64)
    shares = []
    for label in (0, 1):
        texts = 1 + np.asarray(present[labels == label].sum(axis=0)).ravel()
        shares.append(texts / texts.sum())
    ratios: NDArray[np.float64] = np.log(shares[1] / shares[0])
    return ratios


def _measure(parts: Sequence[tuple[Any, ...]], penalty: float, seed: int) -> Step:
    accuracies, non_zero = [], []
    for counts, labels, held_out, truth in parts:
        fitted = fit_weights(counts, labels, penalty=penalty, seed=seed)
        said = held_out @ fitted.weights + fitted.intercept > 0
        accuracies.append(label_accuracy(said, truth))
        non_zero.append(int(np.count_nonzero(fitted.weights)))
    error = statistics.stdev(accuracies) / len(accuracies) ** 0.5
    return Step(penalty, statistics.mean(accuracies), error, statistics.mean(non_zero))
