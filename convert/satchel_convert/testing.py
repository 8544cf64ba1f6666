"""Assertions for the tests of one's own model: ``docs/guides/regression.md`` shows them in use."""

import os
from pathlib import Path
from typing import Any, TypeAlias

from satchel.bundle import Bundle, open_bundle
from satchel_convert.verification.limits import LIMITS

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
    from satchel_convert.model_folder import read_samples
    from satchel_convert.verification.compare import compare_bundles

    before, now = _opened(old), _opened(new)
    rows = compare_bundles(
        before,
        now,
        read_samples(Path(samples) / "samples" / "evaluation.jsonl", before.card),
        limits=LIMITS[before.card.output.kind](**limits),
    )
    _assert_none([f"{row.file}: {row.reason}" for row in rows if row.result == "failed"])


def assert_parity(bundle: BundlePath, folder: str | os.PathLike[str], **limits: Any) -> None:
    """Assert that every model of ``bundle`` says what the float model of its folder says.

    Args:
        bundle: an open one, or its path.
        folder: its model folder, whose float model answers first: seconds, with TensorFlow.
        limits: those of ``satchel verify``, such as ``margin_points``.

    Raises AssertionError with a line for each model that is off its limits; SatchelError as
    ``satchel verify`` does.

    """
    from satchel_convert.keras_models.reference import float_answers
    from satchel_convert.model_folder import check_same_model, open_model_folder
    from satchel_convert.verification.verify import verify

    opened, source = _opened(bundle), open_model_folder(Path(folder))
    check_same_model(opened.card, source)
    verification = verify(
        opened,
        source.inputs,
        reference=float_answers(source, source.inputs),
        truth=source.truth,
        limits=LIMITS[opened.card.output.kind](**limits),
    )
    _assert_none(
        [
            f"{finding.entry.file}: {failure}"
            for finding in verification.findings
            for failure in finding.failures
        ]
    )


def _opened(bundle: BundlePath) -> Bundle:
    return bundle if isinstance(bundle, Bundle) else open_bundle(bundle)


def _assert_none(failures: list[str]) -> None:
    if failures:
        raise AssertionError("\n".join(failures))
