"""Takes samples out of the parts of a published data set that are also in a later part."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_train.data.equal_samples import content_keys, contradict, group_equals
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Parts, Samples
from satchel_train.data.split import hold_out


class PublishedData(NamedTuple):
    """A published data set in four parts, none of which shares a sample with a later one."""

    parts: Parts
    sha256: str
    """The SHA-256 of the data set's file, 64 hexadecimal digits."""
    findings: Sequence[Finding]


def published_parts(
    train: Samples, test: Samples, *, one_validates_of: int, calibrates: int, sha256: str
) -> PublishedData:
    """Return the published halves as four parts, and how many samples were left out of them.

    The test samples stay as they are published. What is among them, too, is not validated with, and
    what is among the validation or test samples is not trained on.

    Args:
        train: the training samples, of which one in ``one_validates_of`` validates.
        test: the test samples.
        one_validates_of: the share of validation samples, as in ``hold_out``.
        calibrates: the most samples of the calibration part.
        sha256: the SHA-256 of the data set's file.

    """
    kept, validation = hold_out(train, one_of=one_validates_of)
    sizes = np.cumsum([len(kept.labels), len(validation.labels)])
    keys = [key for part in (kept, validation, test) for key in content_keys(part.contents)]
    groups = group_equals(keys)
    labels = np.concatenate([kept.labels, validation.labels, test.labels])
    in_train, in_validation, in_test = np.split(groups, sizes)
    leaking = np.isin(in_train, np.concatenate([in_validation, in_test]))
    tested = np.isin(in_validation, in_test)
    kept = kept.take(np.flatnonzero(~leaking))
    validation = validation.take(np.flatnonzero(~tested))
    parts = Parts(
        train=kept,
        validation=validation,
        calibration=validation.take(np.arange(len(validation.labels))[:calibrates]),
        evaluation=test,
    )
    findings = [*_left_out(leaking, tested), *_same_content(groups, labels)]
    return PublishedData(parts, sha256, findings)


def _left_out(leaking: NDArray[np.bool_], tested: NDArray[np.bool_]) -> list[Finding]:
    of_train, of_validation = int(leaking.sum()), int(tested.sum())
    if not of_train + of_validation:
        return []
    line = (
        f"{of_train:,} training samples of the published data set are left out because they"
        f" validate or evaluate as well, and {of_validation:,} validation samples because they"
        " evaluate as well."
    )
    return [Finding("left_out", of_train + of_validation, line)]


def _same_content(groups: NDArray[np.intp], labels: NDArray[np.int32]) -> list[Finding]:
    count = int(contradict(groups, labels).sum())
    if not count:
        return []
    line = f"{count:,} samples of the published data set are equal to one of another label."
    return [Finding("same_content", count, line)]
