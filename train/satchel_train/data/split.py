"""Samples to the four parts.

One's own are split by what each is called. A sample's place depends on its key alone, so that the
split is the same on every machine and for every seed, and a sample that is added later leaves most
others where they were. Published ones are split already, into two parts.
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
"""At most, of the validation part"""
HOLD_OUT_SEED = 0
FEWEST = 5
"""Samples of a label: one evaluates, one validates, three are learned"""


def split(samples: Samples, *, keys: Sequence[str], labels: Sequence[str], source: str) -> Parts:
    """Return ``samples`` in parts that each have the same share of every label.

    Args:
        samples: all of them.
        keys: what each is called, all different: a file's name, or the text itself.
        labels: the names of the labels.
        source: where they come from, for the message.

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
    """Return what a published training half leaves to train on, and one of ``one_of`` to validate.

    Drawn once and for all: no seed of the user's changes it.
    """
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(len(samples.labels))
    count = max(1, len(order) // one_of)
    return samples.take(order[count:]), samples.take(order[:count])


def key_order(keys: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions of ``keys`` in an order that says nothing of them, always the same."""
    digests = [hashlib.sha256(key.encode("utf-8", "replace")).digest() for key in keys]
    return np.array(sorted(range(len(keys)), key=digests.__getitem__), np.intp)


def _split(ordered: NDArray[np.int32], labels: int) -> list[NDArray[np.intp]]:
    """Return the positions in ``ordered`` that evaluate, validate and train, each part in order."""
    parts: tuple[list[int], ...] = ([], [], [])
    for label in range(labels):
        members = np.flatnonzero(ordered == label)
        first = max(1, len(members) // ONE_EVALUATES_OF)
        second = first + max(1, len(members) // ONE_VALIDATES_OF)
        for part, some in zip(parts, np.split(members, [first, second]), strict=True):
            part.extend(some.tolist())
    return [np.array(sorted(part), np.intp) for part in parts]
