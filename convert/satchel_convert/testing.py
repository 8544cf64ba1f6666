"""Assertions for the tests of one's own model: ``docs/guides/regression.md`` shows them in use."""

import os
from typing import Any, TypeAlias

from satchel.bundle import Bundle
from satchel_convert import Limits, compare

BundlePath: TypeAlias = str | os.PathLike[str] | Bundle


def assert_not_worse(
    new: BundlePath,
    old: BundlePath,
    *,
    samples: str | os.PathLike[str],
    **limits: Any,
) -> None:
    """Assert that every model of ``old`` is in ``new``, and is not worse there.

    Args:
        new: a bundle, or its path.
        old: another, to be measured by.
        samples: a folder with ``samples/evaluation.jsonl``, such as a model folder.
        limits: ``margin_points`` and ``strict``, or ``psnr_db``, as of ``satchel compare``.

    Raises AssertionError with a line for each model that is worse; SatchelError as ``satchel
    compare`` does.

    """
    found = compare(old, new, samples=samples, limits=Limits(**limits))
    _assert_none([f"{row.file}: {row.reason}" for row in found.rows if row.result == "failed"])


def assert_parity(bundle: BundlePath, folder: str | os.PathLike[str], **limits: Any) -> None:
    """Assert that every model of ``bundle`` says what the float model of its folder says.

    Args:
        bundle: an open one, or its path.
        folder: its model folder, whose float model answers first: seconds, with TensorFlow.
        limits: those of ``satchel verify``, such as ``margin_points``.

    Raises AssertionError with a line for each model that is off its limits; SatchelError as
    ``satchel verify`` does.

    """
    from satchel_convert.pipeline.verifying import compare_with_float

    found = compare_with_float(bundle, samples=folder, limits=Limits(**limits))
    _assert_none(
        [
            f"{finding.entry.file}: {failure}"
            for finding in found.verification.findings
            for failure in finding.failures
        ]
    )


def _assert_none(failures: list[str]) -> None:
    if failures:
        raise AssertionError("\n".join(failures))
