"""Measures what each finding costs: the same samples with and without what is wrong.

One fault is put into the float model, alone, and its predictions are compared with those of the
float model. What the samples cannot tell from nothing is not asserted.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.explanation.findings import Fault, Finding, rank
from satchel_convert.explanation.network import Layer, Network, Pairing
from satchel_convert.explanation.simulation import ALL, Part, simulate
from satchel_convert.explanation.tensors import run_tensors
from satchel_convert.sample_inputs import Inputs
from satchel_convert.statistics import Cost, accuracy_cost, count_pairs, holm, mean_cost
from satchel_convert.verification.answers import answers

MEASURED = 10
"""The largest number of findings whose cost is measured, the weightiest ones. Nobody puts more
right at once, and each one takes two runs over the samples."""
LEAST_ERROR = 0.25
"""The mean squared error of pixels below which two images look the same: half a level. The PSNR
of equal images would be infinite."""


class Told(NamedTuple):
    """The findings whose effect the samples tell from nothing, and the others."""

    findings: list[Finding]
    untold: list[Finding]


def tell(
    findings: Sequence[Finding],
    pairing: Pairing,
    inputs: Inputs,
    truth: NDArray[Any] | None,
    output: Any,
) -> Told:
    """Return the findings with their costs, those apart that may cost nothing.

    Args:
        findings: the findings, of which those with a ``fault`` are measured.
        pairing: the float and the quantized model.
        inputs: prepared evaluation samples.
        truth: the true answer of each sample; None for a model that makes images.
        output: the output as the card describes it.

    """
    measured = rank(findings)[:MEASURED]
    models = _Models(pairing, inputs)
    costed = [
        each
        if each.fault is None
        else each._replace(costs=_costs(each.fault, models, truth, output))
        for each in measured
    ]
    told = _corrected(costed)
    return Told(
        [each for each in told if each.is_told], [each for each in told if not each.is_told]
    )


class _Models:
    """The predictions of the samples by both models, and by those between them."""

    def __init__(self, pairing: Pairing, inputs: Inputs) -> None:
        self._pairing, self._inputs = pairing, inputs

    @cached_property
    def real(self) -> NDArray[np.float32]:
        return self._predictions(self._pairing.real.content, self._pairing.real)

    @cached_property
    def quantized(self) -> NDArray[np.float32]:
        return self._predictions(self._pairing.quantized.content, self._pairing.quantized)

    def simulated(self, layers: Iterable[Layer], parts: frozenset[Part]) -> NDArray[np.float32]:
        return self._predictions(simulate(self._pairing, layers, parts=parts), self._pairing.real)

    def _predictions(self, content: bytes, network: Network) -> NDArray[np.float32]:
        outputs = run_tensors(content, self._inputs, network.outputs)
        return np.concatenate([values for (values,) in outputs])

    def around(self, fault: Fault) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the predictions without the fault and with it."""
        if fault.kind == "operators":
            return self.simulated(self._pairing.layers, ALL), self.quantized
        if fault.kind == "everything":
            return self.real, self.quantized
        return self.real, self.simulated(fault.layers, fault.parts)


def _costs(
    fault: Fault, models: _Models, truth: NDArray[Any] | None, output: Any
) -> tuple[Cost, ...]:
    """Return what a fault costs, in the model's own measure first."""
    both = models.around(fault)
    if truth is None:
        without, having = (psnr(each, models.real) for each in both)
        return (mean_cost(without - having, unit="dB of PSNR"),)
    accuracy = accuracy_cost(count_pairs(*(answers(each, output) == truth for each in both)))
    # A model that differs from its float model is not wrong for that: it has to be worse.
    if fault.kind == "everything":
        return (accuracy,)
    without, having = (_moved(each, models.real, output) for each in both)
    return accuracy, mean_cost(100 * (having - without), unit="pp of probability")


def _corrected(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with probabilities corrected for the number of costs, by Holm."""
    costs = [cost for each in findings if each.fault for cost in each.costs]
    corrected = iter(holm(np.array([cost.probability for cost in costs])).tolist())
    return [
        each
        if each.fault is None
        else each._replace(
            costs=tuple(cost._replace(probability=next(corrected)) for cost in each.costs)
        )
        for each in findings
    ]


def _moved(
    found: NDArray[np.float32], real: NDArray[np.float32], output: Any
) -> NDArray[np.float64]:
    """Return the probability that moved from one label to others in each sample, (samples,).

    Of labels that do not exclude each other it is the mean of what each label's moved.
    """
    apart = np.abs(found.astype(np.float64) - real)
    moved: NDArray[np.float64] = apart.mean(axis=1) if output.multi_label else apart.sum(axis=1) / 2
    return moved


def psnr(found: NDArray[np.float32], real: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the PSNR of each image, in decibels, (samples,)."""
    errors = np.square(found.astype(np.float64) - real).reshape(len(real), -1).mean(axis=1)
    ratios: NDArray[np.float64] = 10 * np.log10(255.0**2 / np.maximum(errors, LEAST_ERROR))
    return ratios
