"""Two bundles for one task, model by model, on the same samples."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle
from satchel.card import LabelOutput, TextInput
from satchel.model import open_model
from satchel.parity import accuracy
from satchel.reader import open_reader
from satchel_convert.errors import ConversionError
from satchel_convert.evidence import Evidence, gather
from satchel_convert.limits import (
    LabelLimits,
    Limits,
    PictureLimits,
    drop_in_words,
    psnr_failures,
    within_margin,
)
from satchel_convert.model_folder import Sample
from satchel_convert.verify import compare_pictures

Result = Literal["passed", "undecided", "failed"]


class Compared(NamedTuple):
    """One model of the old bundle, beside its namesake in the new one."""

    file: str
    result: Result
    reason: str
    """In words; empty for a model that passed by its answers"""
    old_accuracy: float | None = None
    new_accuracy: float | None = None
    evidence: Evidence | None = None
    """As accuracy, of models that say labels"""
    worst_psnr_db: float | None = None
    """Of models that make pictures; None where nothing differs, too"""


def compare_bundles(
    old: Bundle,
    new: Bundle,
    samples: Sequence[Sample],
    *,
    limits: Limits,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[Compared]:
    """Return how each model of ``old`` fares against that of the same name in ``new``.

    Each bundle prepares the raw ``samples`` as its own card says, so that preprocessing is compared
    as well. What only ``new`` has is not compared.

    Raises ConversionError for bundles that do not answer the same question, and without samples.
    """
    _check_same_question(old, new)
    if not samples:
        raise ConversionError("Expected samples to compare on, got none.")
    kept = {entry.file for entry in new.card.models}
    rows = []
    for entry in old.card.models:
        if _same(old, new, entry.file):
            # However few the samples are.
            rows.append(Compared(entry.file, "passed", "the same file"))
        elif entry.file in kept:
            before = _answers(old, entry.file, samples)
            now = _answers(new, entry.file, samples)
            rows.append(_compare(entry.file, before, now, samples, old, limits))
        else:
            rows.append(Compared(entry.file, "failed", "the new bundle has no such model"))
        on_done(entry.file)
    return rows


def _check_same_question(old: Bundle, new: Bundle) -> None:
    for name in ("task", "output"):
        before, now = getattr(old.card, name), getattr(new.card, name)
        if before != now:
            raise ConversionError(
                f"Expected two bundles with the same {name}, got {before!s:.60} and {now!s:.60}."
            )


def _same(old: Bundle, new: Bundle, file: str) -> bool:
    """Return whether the model, and what it is fed, are the same to the bit."""
    names = [file, *([old.card.input.vocabulary] if isinstance(old.card.input, TextInput) else [])]
    return old.card.input == new.card.input and all(
        old.files[name] == new.files.get(name) for name in names
    )


def _answers(bundle: Bundle, file: str, samples: Sequence[Sample]) -> NDArray[Any]:
    model = open_model(bundle, file=file)
    read = open_reader(bundle.card.input, bundle.files)
    return np.stack([model.answer(read(sample.value)) for sample in samples])


def _compare(
    file: str,
    before: NDArray[Any],
    now: NDArray[Any],
    samples: Sequence[Sample],
    old: Bundle,
    limits: Limits,
) -> Compared:
    if isinstance(limits, PictureLimits):
        pictures = compare_pictures(now, before)
        reasons = psnr_failures(pictures, limits)
        return Compared(
            file,
            "failed" if reasons else "passed",
            "; ".join(reasons),
            worst_psnr_db=pictures.worst_psnr_db,
        )
    assert isinstance(limits, LabelLimits)
    assert isinstance(old.card.output, LabelOutput)
    truth = np.array([sample.label for sample in samples], np.int64)
    evidence = gather(
        now, before, truth, labels=old.card.output.labels, margin=limits.margin_points / 100
    )
    verdict = evidence.verdict
    result: Result = "passed" if verdict.decision == "pass" else "undecided"
    if not within_margin(verdict, limits):
        result = "failed"
    reason = "" if result == "passed" else drop_in_words(verdict)
    return Compared(file, result, reason, accuracy(before, truth), accuracy(now, truth), evidence)
