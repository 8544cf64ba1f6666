"""Describes in words the limits that a verified model exceeds."""

import math
from collections.abc import Sequence

from satchel.bundle import VerifiedImages, VerifiedLabels
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.statistics import NonInferiority
from satchel_convert.verification.limits import ImageLimits, LabelLimits
from satchel_convert.verification.paired_test import PairedTest


def label_failures(
    scheme: str,
    found: VerifiedLabels,
    limits: LabelLimits,
    verdict: NonInferiority,
    *,
    typical_difference: float,
) -> tuple[str, ...]:
    """Return the limits that a model of labels exceeds, in words.

    If the samples do not decide, the model passes if the observed drop is within the margin, unless
    ``strict`` is set. ``typical_difference`` is the root mean square, over the samples, of the
    largest difference of any one probability.
    """
    if scheme == "float32":
        return _float_failures("probability", scheme, found.largest_difference, limits)
    failures = []
    if scheme == "float16" and typical_difference > limits.float16_difference:
        failures.append(
            f"probabilities differ by {typical_difference:.3g} (root mean square), more than"
            f" {limits.float16_difference:.3g}"
        )
    if found.agreement < limits.int8_agreement:
        failures.append(f"agreement {found.agreement:.2%} is below {limits.int8_agreement:.2%}")
    if not within_margin(verdict, limits):
        failures.append(drop_in_words(verdict))
    return tuple(failures)


def within_margin(verdict: NonInferiority, limits: LabelLimits) -> bool:
    """Return whether the drop is within the margin.

    An undecided model passes if its observed drop is within the margin and ``strict`` is not set.
    """
    if verdict.decision != "undecided" or limits.strict:
        return verdict.decision == "pass"
    return verdict.pairs.drop <= verdict.margin


def is_undecided(scheme: str, failures: Sequence[str], paired_test: PairedTest | None) -> bool:
    """Return whether a model exceeds no limit, but the samples are too few to be sure.

    A float32 model is judged by its largest difference alone, which needs no more samples.
    """
    return (
        not failures
        and scheme != "float32"
        and paired_test is not None
        and paired_test.verdict.decision == "undecided"
    )


def drop_in_words(verdict: NonInferiority) -> str:
    """Return the accuracy drop and its interval in words; if undecided, also the samples needed."""
    lower, upper, margin = (100 * share for share in (*verdict.drop, verdict.margin))
    words = (
        f"accuracy drops {100 * verdict.pairs.drop:.2f} pp"
        f" (95 %: {lower:.2f} to {upper:.2f}; margin {margin:g})"
    )
    return words if verdict.decision != "undecided" else f"{words}, {need_in_words(verdict)}"


def need_in_words(verdict: NonInferiority) -> str:
    """Return the number of further samples that an undecided test needs, in words."""
    if verdict.samples_needed is None:
        return "too close to the margin for any number of samples"
    return f"{verdict.samples_needed:,} more samples like these would decide it 8 times of 10"


def image_failures(scheme: str, found: VerifiedImages, limits: ImageLimits) -> tuple[str, ...]:
    """Return the limits that a model of images exceeds, in words."""
    if scheme in FLOAT_SCHEMES:
        return _float_failures("pixel", scheme, found.largest_difference, limits)
    return psnr_failures(found, limits)


def psnr_failures(found: VerifiedImages, limits: ImageLimits) -> tuple[str, ...]:
    """Return the limit that the worst image exceeds, in words; nothing if there is none."""
    worst = math.inf if found.worst_psnr_db is None else found.worst_psnr_db
    if worst < limits.psnr_db:
        return (f"PSNR {worst:.2f} dB of the worst image is below {limits.psnr_db:g}",)
    return ()


def _float_failures(
    what: str, scheme: str, difference: float, limits: LabelLimits | ImageLimits
) -> tuple[str, ...]:
    allowed = {"float32": limits.float32_difference, "float16": limits.float16_difference}[scheme]
    if difference > allowed:
        return (f"a {what} differs by {difference:.3g}, more than {allowed:.3g}",)
    return ()
