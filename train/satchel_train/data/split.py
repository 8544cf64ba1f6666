"""Splits samples into the four parts.

The user's own samples are split by their keys, such as a file's name. The place of a sample depends
only on its key, and that of equal samples on the key of the first one. So the split is the same on
every machine and for every seed, and a new sample leaves most others in their parts. Published data
sets are already split into two parts.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

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
"""The fewest different samples of a label: one to evaluate, one to validate, three to train on."""


class Positions(NamedTuple):
    """The positions of the samples of each part, sorted by the order of their keys."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    evaluation: NDArray[np.intp]


def split(
    labels: NDArray[np.int32],
    *,
    keys: Sequence[str],
    groups: NDArray[np.intp],
    names: Sequence[str],
    source: str,
    validates: bool = True,
    evaluates: bool = True,
) -> Positions:
    """Return the samples of each part. Each part has the same share of every label.

    The share is one of groups: all samples of a group are in one part.

    Args:
        labels: the label of each sample, (n,).
        keys: the key of each sample, all different: a file's name, or the text itself.
        groups: a number for each sample, (n,), the same for samples of equal content. A group has
            one label.
        names: the names of the labels.
        source: the place of the samples, for the message.
        validates: whether some samples validate.
        evaluates: whether some samples evaluate.

    Raises DataError for fewer than two labels, and for a label of too few groups.

    """
    fewest = FEWEST - (not validates) - (not evaluates)
    counts = [len(np.unique(groups[labels == label])) for label in range(len(names))]
    rarest = int(np.argmin(counts)) if counts else 0
    if len(names) < 2 or counts[rarest] < fewest:
        raise DataError(
            f"Expected two labels or more, each of at least {fewest} different samples, in"
            f" {source!r}, got {counts[rarest]} of {names[rarest]!r} among {len(names)}."
        )
    order = key_order(keys)
    parts: tuple[list[int], ...] = ([], [], [])
    for label in range(len(names)):
        members = order[labels[order] == label]
        ranks = _ranks(groups[members])
        different = counts[label]
        first = max(1, different // ONE_EVALUATES_OF) if evaluates else 0
        second = first + (max(1, different // ONE_VALIDATES_OF) if validates else 0)
        numbers = np.digitize(ranks, [first, second])
        for number, part in enumerate(parts):
            part.extend(members[numbers == number].tolist())
    places = np.argsort(order)
    evaluation, validation, train = (
        np.array(sorted(part, key=places.__getitem__), np.intp) for part in parts
    )
    return Positions(train, validation, evaluation)


def parts_of(samples: Samples, positions: Positions) -> Parts:
    """Return the four parts of ``samples``: some of the validation part calibrate."""
    return Parts(
        train=samples.take(positions.train),
        validation=samples.take(positions.validation),
        calibration=samples.take(positions.validation[:CALIBRATION_SAMPLES]),
        evaluation=samples.take(positions.evaluation),
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


def _ranks(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rank of each sample's group: 0 for the group that comes first.

    >>> _ranks(np.array([7, 3, 7, 5]))
    array([0, 1, 0, 2])
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    ranks: NDArray[np.intp] = np.argsort(np.argsort(first))[group]
    return ranks
