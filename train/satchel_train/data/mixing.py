"""Augments training examples by mixing two of them: their images, and their labels likewise.

Each function makes a batch from a batch of inputs, float32 (n, height, width, channels), the share
of each label in each of them, float32 (n, labels), and a random generator.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Mix: TypeAlias = Callable[[Floats, Floats, np.random.Generator], tuple[Floats, Floats]]

MIXUP_ALPHA = 0.2
"""The parameter of mixup's Beta distribution: the paper's for ImageNet. Most mixtures are light."""
CUTMIX_ALPHA = 1.0
"""The parameter of CutMix's Beta distribution: the paper's, by which all areas are as likely."""


def mixup(inputs: Floats, shares: Floats, randomness: np.random.Generator) -> tuple[Floats, Floats]:
    """Blend each input with another one of the batch, and their labels in the same proportion.

    Source: Zhang et al. 2018, mixup: Beyond Empirical Risk Minimization. As there, one proportion
    is drawn for the whole batch.
    """
    kept = np.float32(randomness.beta(MIXUP_ALPHA, MIXUP_ALPHA))
    others = randomness.permutation(len(inputs))
    return _blend(inputs, inputs[others], kept), _blend(shares, shares[others], kept)


def cutmix(
    inputs: Floats, shares: Floats, randomness: np.random.Generator
) -> tuple[Floats, Floats]:
    """Paste a rectangle of another input of the batch into each, and mix labels by its area.

    Source: Yun et al. 2019, CutMix: Regularization Strategy to Train Strong Classifiers with
    Localizable Features. As there, one rectangle is drawn for the whole batch.
    """
    height, width = inputs.shape[1:3]
    side = np.sqrt(1 - randomness.beta(CUTMIX_ALPHA, CUTMIX_ALPHA))
    rows = _stretch(randomness, height, side)
    columns = _stretch(randomness, width, side)
    others = randomness.permutation(len(inputs))
    mixed = inputs.copy()
    mixed[:, rows, columns] = inputs[others, rows, columns]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    # The rectangle's area after it was cut at the edges.
    kept = np.float32(1 - area / (height * width))
    return mixed, _blend(shares, shares[others], kept)


def shares_of(labels: NDArray[np.int32], *, count: int) -> Floats:
    """Return the share of each of ``count`` labels: 1 for each position in ``labels``, else 0."""
    return np.eye(count, dtype=np.float32)[labels]


def _blend(first: Floats, second: Floats, kept: np.float32) -> Floats:
    return kept * first + (np.float32(1) - kept) * second


def _stretch(randomness: np.random.Generator, length: int, share: float) -> slice:
    """Return a stretch of ``share`` of ``length`` around a random middle, cut at both ends."""
    middle, half = randomness.integers(length), round(length * share) / 2
    return slice(max(0, int(middle - half)), min(length, int(middle + half)))
