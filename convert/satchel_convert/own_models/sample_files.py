"""Checks that no sample both calibrates a model and evaluates it."""

from collections.abc import Callable, Sequence

from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import Sample
from satchel_convert.samples.files import read_bytes as read_bytes


def check_disjoint(
    calibration: Sequence[Sample],
    evaluation: Sequence[Sample],
    *,
    kind: str,
    content: Callable[[Sample], str],
) -> None:
    """Raise ModelFolderError for a sample with the same content in both parts."""
    seen = {content(sample): sample.value for sample in calibration}
    for sample in evaluation if seen else ():
        if (same := seen.get(content(sample))) is not None:
            first, second = (repr(str(value)[:200]) for value in (same, sample.value))
            raise ModelFolderError(
                f"Expected calibration and evaluation {kind} to be different,"
                f" {first} and {second} are the same."
            )
