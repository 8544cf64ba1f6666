"""Assertions for tests of your own model; ``docs/guides/regression.md`` shows how to use them."""

import os
from pathlib import Path
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
    """Assert that ``new`` has every model of ``old`` and that none is worse.

    Args:
        new: the bundle to test, or its path.
        old: the bundle to compare with, or its path.
        samples: a folder with ``samples/evaluation.jsonl``, such as a model folder.
        limits: ``margin_points`` and ``strict``, or ``psnr_db``, as for ``satchel compare``.

    Raises AssertionError with a line for each model that is worse; SatchelError as ``satchel
    compare`` does.

    """
    found = compare(old, new, samples=samples, limits=Limits(**limits))
    _assert_none([f"{row.file}: {row.reason}" for row in found.rows if row.result == "failed"])


def assert_parity(bundle: BundlePath, folder: str | os.PathLike[str], **limits: Any) -> None:
    """Assert that every model of ``bundle`` predicts what the float model of ``folder`` predicts.

    Args:
        bundle: an open bundle, or its path.
        folder: its model folder. Its float model runs first, which takes seconds with TensorFlow.
        limits: the limits of ``satchel verify``, such as ``margin_points``.

    Raises AssertionError with a line for each model that exceeds its limits; SatchelError as
    ``satchel verify`` does.

    """
    from satchel_convert.model_folder import open_model_folder
    from satchel_convert.pipeline.sources import open_for
    from satchel_convert.pipeline.verifying import compare_with_float

    opened = open_for(bundle, trust=None)
    found = compare_with_float(opened, open_model_folder(Path(folder)), limits=Limits(**limits))
    _assert_none(
        [
            f"{finding.entry.file}: {failure}"
            for finding in found.findings
            for failure in finding.failures
        ]
    )


def _assert_none(failures: list[str]) -> None:
    if failures:
        raise AssertionError("\n".join(failures))
