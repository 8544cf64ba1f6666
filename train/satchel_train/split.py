"""One set of labelled samples to the four parts, the same ones every time."""

from collections.abc import Sequence

import numpy as np

from satchel_train.errors import DataError
from satchel_train.samples import Parts, Samples

EVALUATION_SHARE = 0.2
VALIDATION_SHARE = 0.1
CALIBRATION_SAMPLES = 500
"""At most; of the validation part"""
LEAST_SAMPLES = 10
"""A label, so that each part has some"""
SPLIT_SEED = 0


def split(samples: Samples, labels: Sequence[str], *, source: str) -> Parts:
    """Return ``samples`` in parts that each have the labels in the same proportions.

    The same samples in the same order are always split in the same way. ``source`` is where they
    come from, for the message.

    Raises DataError where a label has too few samples to be in every part.
    """
    from sklearn.model_selection import train_test_split

    counts = np.bincount(samples.labels, minlength=len(labels))
    if len(labels) < 2 or counts.min() < LEAST_SAMPLES:
        rarest = int(counts.argmin())
        raise DataError(
            f"Expected 2 labels or more with {LEAST_SAMPLES} samples each in {source!r},"
            f" got {len(labels)}, {labels[rarest]!r} with {counts[rarest]}."
        )
    rest, evaluation = train_test_split(
        np.arange(len(samples.labels)),
        test_size=EVALUATION_SHARE,
        stratify=samples.labels,
        random_state=SPLIT_SEED,
    )
    train, validation = train_test_split(
        rest,
        test_size=VALIDATION_SHARE / (1 - EVALUATION_SHARE),
        stratify=samples.labels[rest],
        random_state=SPLIT_SEED,
    )
    return Parts(
        train=samples.take(train),
        validation=samples.take(validation),
        calibration=samples.take(validation[:CALIBRATION_SAMPLES]),
        evaluation=samples.take(evaluation),
    )
