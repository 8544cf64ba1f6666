"""The 1797 digits of scikit-learn, grey images of 8 by 8 pixels.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI; CC BY 4.0.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.samples import Parts, Samples

EVALUATION_SAMPLES = 500
VALIDATION_SAMPLES = 200
"""The number of validation samples. All of them calibrate, too."""
SPLIT_SEED = 0
BRIGHTEST = 16
"""The highest level in the data."""


def read_parts() -> tuple[Parts, str]:
    """Return the split data, images uint8 (n, 8, 8), and its SHA-256.

    Each part has the ten digits in the same proportions.
    """
    from sklearn.datasets import load_digits

    levels, digits = load_digits(return_X_y=True)
    pixels = np.round(levels.reshape(-1, 8, 8) * 255 / BRIGHTEST).astype(np.uint8)
    samples = Samples(pixels, digits.astype(np.int32))
    rest, evaluation = _split(np.arange(len(digits)), samples.labels, EVALUATION_SAMPLES)
    train, validation = _split(rest, samples.labels, VALIDATION_SAMPLES)
    held_back = samples.take(validation)
    parts = Parts(samples.take(train), held_back, held_back, samples.take(evaluation))
    return parts, hashlib.sha256(pixels.tobytes() + samples.labels.tobytes()).hexdigest()


def _split(
    positions: NDArray[np.intp], labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return ``positions`` without ``count`` of them, and the ``count`` that were left out."""
    from sklearn.model_selection import train_test_split

    kept, held_out = train_test_split(
        positions, test_size=count, stratify=labels[positions], random_state=SPLIT_SEED
    )
    return kept, held_out
