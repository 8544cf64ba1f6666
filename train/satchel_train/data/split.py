"""Splits samples into the four parts.

The user's own samples are split by their keys, such as a file's name. The place of a sample depends
only on its key. So the split is the same on every machine and for every seed, and a new sample
leaves most others in their parts. Published data sets are already split into two parts.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.samples import Parts, Samples
from satchel_train.errors import DataError

ONE_EVALUATES_OF = 5
ONE_VALIDATES_OF = 10
CALIBRATION_SAMPLES = 500
"""The most samples of the calibration part."""
HOLD_OUT_SEED = 0
FEWEST = 5
"""The fewest samples of a label: one to evaluate, one to validate and three to train on."""


def split(samples: Samples, *, keys: Sequence[str], labels: Sequence[str], source: str) -> Parts:
    """Return ``samples`` in four parts, each with the same share of every label.

    Args:
        samples: all samples.
        keys: the key of each sample, all different: a file's name, or the text itself.
        labels: the names of the labels.
        source: the place of the samples, for the message.

    Raises DataError for fewer than two labels, and for a label of too few samples.

    """
    counts = np.bincount(samples.labels, minlength=len(labels))
    rarest = int(counts.argmin())
    if len(labels) < 2 or counts[rarest] < FEWEST:
        raise DataError(
            f"Expected two labels or more, each of at least {FEWEST} samples, in {source!r},"
            f" got {counts[rarest]} of {labels[rarest]!r} among {len(labels)}."
        )
    order = key_order(keys)
    evaluation, validation, train = _split(samples.labels[order], len(labels))
    return Parts(
        train=samples.take(order[train]),
        validation=samples.take(order[validation]),
        calibration=samples.take(order[validation[:CALIBRATION_SAMPLES]]),
        evaluation=samples.take(order[evaluation]),
    )


def hold_out(samples: Samples, *, one_of: int) -> tuple[Samples, Samples]:
    """Return the part of ``samples`` to train on, and one of every ``one_of`` to validate with.

    The validation samples are drawn with a fixed seed, which the user's seed does not change.
    """
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(len(samples.labels))
    count = max(1, len(order) // one_of)
    return samples.take(order[count:]), samples.take(order[:count])


def key_order(keys: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions of ``keys`` in a fixed order that looks random: by their hashes."""
    digests = [hashlib.sha256(key.encode("utf-8", "replace")).digest() for key in keys]
    return np.array(sorted(range(len(keys)), key=digests.__getitem__), np.intp)


def _split(ordered: NDArray[np.int32], labels: int) -> list[NDArray[np.intp]]:
    """Return the positions in ``ordered`` to evaluate, validate and train with, each sorted."""
    parts: tuple[list[int], ...] = ([], [], [])
    for label in range(labels):
        members = np.flatnonzero(ordered == label)
        first = max(1, len(members) // ONE_EVALUATES_OF)
        second = first + max(1, len(members) // ONE_VALIDATES_OF)
        for part, some in zip(parts, np.split(members, [first, second]), strict=True):
            part.extend(some.tolist())
    return [np.array(sorted(part), np.intp) for part in parts]
