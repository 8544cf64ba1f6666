"""Computes the tolerance of each golden vector: a measured difference and an allowance.

An int8 kernel may round a number near a half up or down, and processors differ in that. If the
model is in doubt, one level of a logit moves a probability by hundredths. So each golden vector has
its own tolerance for each model. It is the sum of two numbers: the difference from the float model
on this machine, the larger one of the engine's usual and plain kernels; and an allowance for the
kernels of other machines.

A fault that moves every prediction a little may stay within all of them. But a healthy engine is
near one of the two kernels in the mean over all vectors, so the mean has a tolerance of its own
(docs/decisions/0036-a-mean-over-golden-vectors.md).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, Card, Format, ModelEntry
from satchel.inference import difference
from satchel_convert.errors import ConversionError
from satchel_convert.golden.plain_kernels import plain_predictions


class Allowance(NamedTuple):
    """The difference that another processor may add, and the reason for it.

    It is the difference between usual and plain kernels on this machine, but at least ``least`` and
    at most ``most``, or MOST_MEANS if that is more.
    """

    least: float
    most: float
    reason: str
    least_mean: float | None = None
    """The smallest tolerance of the mean over all vectors; None if the mean is not looked at"""


class Steadiness(NamedTuple):
    """How alike the kernels of an engine are on all processors."""

    engine: str
    share: float
    """The tolerance of the mean, as a share of the mean difference between usual and plain
    kernels"""


STEADINESS: Mapping[Format, Steadiness] = {
    "tflite": Steadiness("litert", 0.25),
    "onnx": Steadiness("onnx", 1.25),
}
"""LiteRT computes the same integers on every processor it was tried on, by one or the other of its
kernels. ONNX Runtime has kernels of a third kind on some, which are about as far from both as they
are from each other; so has tflite-runtime, whose mean has no tolerance."""
MOST_MEANS = 5.0
"""``most`` is at least so many mean differences between usual and plain kernels. Kernels of a third
kind were up to 4.1 of them further off than both, in 29 vectors of EfficientNet-Lite0."""


def _always(allowed: float, reason: str, *, least_mean: float | None = None) -> Allowance:
    return Allowance(allowed, allowed, reason, least_mean)


LABEL_ALLOWANCES: Mapping[str, Allowance] = {
    "float32": _always(1e-4, "float kernels that add in another order", least_mean=1e-4),
    "float16": _always(
        0.04, "sums in float16, which some processors are faster at", least_mean=0.01
    ),
    "dynamic_int8": Allowance(
        0.008, 0.02, "int8 ranges that are found anew from activations a rounding apart", 0.004
    ),
    "full_int8": Allowance(0.008, 0.02, "int8 kernels that round differently", 0.002),
    "int16x8": Allowance(2e-3, 0.02, "int16 kernels that round differently", 0.001),
    "weight_int8": _always(1e-3, "float kernels that add in another order", least_mean=1e-3),
    "weight_int4": _always(1e-3, "float kernels that add in another order", least_mean=1e-3),
    "mixed_int8": Allowance(0.008, 0.02, "int8 kernels that round differently", 0.002),
}
"""The allowance of each scheme for any one probability. For a uint8 probability, 0.008 is two
levels and 0.02 is five; 0.002, for the mean, is half a level."""
IMAGE_ALLOWANCES: Mapping[str, Allowance] = {
    "float32": _always(2e-3, "half a level, as numbers near a half round either way"),
    "float16": _always(4e-3, "one level, as float16 roundings add up"),
    "dynamic_int8": _always(0.02, "five levels, as int8 ranges are found anew in every layer"),
    "full_int8": _always(0.02, "five levels, as int8 kernels round differently in every layer"),
    "int16x8": _always(4e-3, "one level, as int16 kernels round differently"),
    "weight_int8": _always(2e-3, "half a level, as numbers near a half round either way"),
    "weight_int4": _always(2e-3, "half a level, as numbers near a half round either way"),
    "mixed_int8": _always(0.02, "five levels, as int8 kernels round differently in every layer"),
}
"""The allowance of each scheme for the root mean square of the pixels"""

DIGITS = 5
"""The number of decimals of a measured difference"""
UNVERIFIED = "not yet measured"
"""The reason for the tolerance 0 of a model that is not yet verified"""
Isolated: TypeAlias = Callable[..., Any]
"""``run_isolated``, or a function like it that preloads other modules"""


class Tolerances(NamedTuple):
    """The tolerances of one model."""

    each: Sequence[float]
    """The tolerance of each golden vector"""
    why: str
    differences: Sequence[Sequence[float]] = ()
    """The measured differences: for each kind of kernel, one number for each golden vector"""
    means: Mapping[str, float] = {}
    """The largest mean distance from one row of ``differences``, by the engine"""

    @property
    def largest(self) -> float:
        """The tolerance for readers that use one number for all golden vectors."""
        return max(self.each)


class Differences(NamedTuple):
    """The differences of one model, one for each golden vector."""

    usual: NDArray[np.float64]
    """The differences from the float model with the engine's usual kernels, (vectors,)"""
    plain: NDArray[np.float64] | None
    """The differences with the engine's plain kernels; None if these do not run the model"""
    apart: float
    """The largest difference between the predictions of usual and plain kernels"""


def measure(
    draft: Bundle,
    entry: ModelEntry,
    prepared: NDArray[Any],
    *,
    expected: NDArray[Any],
    found: NDArray[Any],
    isolated: Isolated,
) -> Differences:
    """Return the differences between a model's predictions for golden inputs and ``expected``.

    ``found`` are its predictions with the usual kernels. The plain kernels run in a child process.
    """
    usual = _differences(expected, found, draft.card)
    try:
        plain = isolated(plain_predictions, (entry, draft.card, draft.files[entry.file], prepared))
    except ConversionError:
        return Differences(usual, None, 1.0)
    return Differences(
        usual,
        _differences(expected, plain, draft.card),
        float(_differences(found, plain, draft.card).max()),
    )


def tolerances(
    entry: ModelEntry, measured: Differences, allowances: Mapping[str, Allowance]
) -> Tolerances:
    """Return the largest difference that each golden vector allows on a device, and the reason.

    ``allowances`` are the task's allowances for each scheme.
    """
    least, most, reason, least_mean = allowances[entry.scheme]
    worst = measured.usual
    means = {}
    said = "its engine's plain kernels do not run it"
    if measured.plain is not None:
        worst = np.maximum(worst, measured.plain)
        apart = float(np.abs(measured.usual - measured.plain).mean())
        if least < most:
            most = max(most, MOST_MEANS * apart)
        said = f"its engine's usual and plain ones are {measured.apart:.2g} apart here"
        if least_mean is not None:
            engine, share = STEADINESS[entry.format]
            means[engine] = float(f"{min(1.0, max(least_mean, share * apart)):.3g}")
    allowance = min(max(measured.apart, least), most)
    return Tolerances(
        [float(f"{min(1.0, each + allowance):.3g}") for each in worst],
        f"{worst.max():.2g} at most where it was packed, and {allowance:.2g} for {reason}: {said}",
        [
            [min(1.0, round(float(each), DIGITS)) or 0 for each in row]
            for row in (measured.usual, measured.plain)
            if row is not None
        ],
        means,
    )


def _differences(expected: NDArray[Any], found: NDArray[Any], card: Card) -> NDArray[np.float64]:
    pairs = zip(expected, found, strict=True)
    return np.array([difference(before, after, card) for before, after in pairs], np.float64)
