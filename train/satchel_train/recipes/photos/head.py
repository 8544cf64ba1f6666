"""The last layer of a classifier, taught to convergence: multinomial logistic regression.

With frozen features, the best last layer is the solution of a convex problem. It needs no epochs
and no learning rate, only the strength of its L2 penalty, which cross-validation chooses.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

STRENGTHS = tuple(10.0**power for power in range(-4, 3))
"""The inverse penalties that are tried: scikit-learn's ``C``, for standardized features."""
FOLDS = 5
MAX_STEPS = 10_000
ROUGH, EXACT = 1e-4, 1e-6
"""The largest gradient at the end of the regressions that choose the penalty, and of the last."""


class Head(NamedTuple):
    """The weights of a softmax layer."""

    kernel: NDArray[np.float32]
    """(features, labels)."""
    bias: NDArray[np.float32]
    strength: float
    """The chosen inverse penalty, one of STRENGTHS."""


def fit_head(
    features: NDArray[np.float32],
    labels: NDArray[np.int32],
    weights: NDArray[np.float32] | None = None,
) -> Head:
    """Return the last layer whose cross-entropy on ``features``, with its penalty, is the least.

    The penalty is the one with the least cross-entropy on samples that were left out. The same
    features give the same head.

    Args:
        features: (n, features).
        labels: positions of the right labels, (n,), each of 0 to the largest at least once.
        weights: the weight of each label in the cross-entropy, (labels,); None for equal ones.

    """
    of_samples = np.ones(len(labels)) if weights is None else weights[labels].astype(np.float64)
    mean, spread = features.mean(0, np.float64), features.std(0, np.float64)
    spread[spread == 0] = 1
    standard = (features - mean) / spread
    # The solution is a sum of samples. In their own coordinates it has at most n numbers a label.
    coordinates, axes = _rotated(standard)
    strength = _best_strength(coordinates, labels, of_samples)
    *_, last = _path(coordinates, labels, of_samples, upto=strength, tolerance=EXACT)
    kernel = axes @ last.coef_.T
    bias = last.intercept_
    if kernel.shape[1] == 1:
        # For two labels, scikit-learn has one logit. Softmax of two, half each, gives the same.
        kernel, bias = kernel * (-0.5, 0.5), bias * (-0.5, 0.5)
    kernel /= spread[:, np.newaxis]
    bias = bias - mean @ kernel
    return Head(kernel.astype(np.float32), bias.astype(np.float32), strength)


def scores_of(head: Head, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the softmax scores of ``features``, (n, labels)."""
    from scipy.special import softmax

    return np.asarray(softmax(features @ head.kernel.astype(np.float64) + head.bias, axis=1))


def _rotated(standard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return samples in coordinates of their own span, (n, r), and its axes, (features, r)."""
    samples, features = standard.shape
    if samples >= features:
        return standard, np.eye(features)
    left, lengths, axes = np.linalg.svd(standard, full_matrices=False)
    return left * lengths, axes.T


def _best_strength(
    coordinates: NDArray[np.float64], labels: NDArray[np.int32], weights: NDArray[np.float64]
) -> float:
    """Return the inverse penalty with the least cross-entropy on samples that are left out.

    Without two samples of every label nothing can be left out: the middle one is returned.
    """
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, int(np.bincount(labels).min()))
    if folds < 2:
        return STRENGTHS[len(STRENGTHS) // 2]
    losses = np.zeros(len(STRENGTHS))
    for kept, left_out in StratifiedKFold(folds).split(coordinates, labels):
        some = coordinates[kept], labels[kept], weights[kept]
        path = _path(*some, upto=STRENGTHS[-1], tolerance=ROUGH)
        for at, fitted in enumerate(path):
            scores = fitted.predict_log_proba(coordinates[left_out])
            right = scores[np.arange(len(left_out)), labels[left_out]]
            losses[at] -= right @ weights[left_out]
    return STRENGTHS[int(losses.argmin())]


def _path(
    coordinates: NDArray[np.float64],
    labels: NDArray[np.int32],
    weights: NDArray[np.float64],
    *,
    upto: float,
    tolerance: float,
) -> Iterator[Any]:
    """Yield the regression after each of STRENGTHS up to ``upto``, which begins at the one before.

    It is one object, whose weights the next step changes.
    """
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(max_iter=MAX_STEPS, tol=tolerance, warm_start=True)
    for strength in STRENGTHS:
        if strength <= upto:
            yield regression.set_params(C=strength).fit(coordinates, labels, weights)
