"""Rows of numbers to one number: a whole task for the converter, in one module."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from satchel.tasks.tabular_regression import VerifiedNumbers
from satchel_convert.golden.candidates import GoldenInput, choose_any
from satchel_convert.golden.tolerances import Allowance
from satchel_convert.task import (
    Compared,
    ConverterTask,
    Cost,
    CostScale,
    Judged,
    Shown,
    TensorDescription,
)


@dataclass(frozen=True)
class NumberLimits:
    mean_error: float = 0.25


class Errors(NamedTuple):
    error: np.ndarray


class Schemes(dict):
    def __missing__(self, scheme):
        return Allowance(0.01, 0.1, "kernels that round differently")


def open_keras(input_spec):
    import keras

    numbers = keras.Input(batch_shape=(1, input_spec.length), dtype="float32", name="numbers")
    return [(numbers, numbers)]


def non_inferiority(found, reference, truth, *, output_spec, scheme, limits):
    error = float(found.error.mean())
    verified = VerifiedNumbers(len(found.error), round(error, 6))
    failures = (f"it is {error:.2f} off",) if error > limits.mean_error else ()
    return Judged(verified, failures)


TASK = ConverterTask(
    input=SimpleNamespace(
        SAMPLE_KEY="numbers",
        DTYPE="float32",
        is_raw=lambda value: isinstance(value, list),
        read_sample=lambda value, folder, number: tuple(value),
        prepared_bytes=lambda input_spec: 4 * input_spec.length,
        deployed=lambda input_spec: input_spec,
        open_keras=open_keras,
        tensors=lambda input_spec: (),
        describe_tensors=lambda input_spec: [TensorDescription("numbers", "a row of numbers")],
        image=lambda input_spec: None,
        show_sample=lambda value, input_spec: Shown(None, str(value)),
        golden_sample=lambda value, number, prepared: (
            GoldenInput(value, {"numbers": list(value)}),
            {},
        ),
    ),
    output=SimpleNamespace(
        LIMITS=NumberLimits,
        ALLOWANCES=Schemes(),
        HEADINGS=("mean\nerror",),
        LEGEND="Mean error: how far the number is from the float model's, on average.",
        COST=CostScale("error", "error", "mean error (low is better)", None, None),
        RUN_ARGUMENTS="NUMBERS",
        IN_MEMORY=True,
        HAS_EXAMPLES=False,
        deployed=lambda output_spec: output_spec,
        finish=lambda values, output_spec: values,
        describe_tensor=lambda output_spec: TensorDescription("number", output_spec.unit),
        describe=lambda output_spec: f"in {output_spec.unit}",
        wrong_shape=lambda shape, output_spec: f"Expected one number, got {tuple(shape)}.",
        batch_size=lambda input_bytes: 64,
        statistics=lambda found, expected, output_spec: Errors(np.abs(found - expected)[:, 0]),
        reference_statistics=lambda expected, output_spec: None,
        reference_accuracy=lambda reference, truth: None,
        non_inferiority=non_inferiority,
        compare=lambda file, found, before, truth, *, output_spec, limits: Compared(
            file, "passed" if found.error.mean() <= limits.mean_error else "failed", ""
        ),
        figures=lambda found: [f"{found.mean_error:.4f}"],
        cost_in_words=lambda found: f"is {found.mean_error:.4f} off on average",
        cost=lambda found: Cost(found.mean_error),
        golden_prediction=lambda prediction: prediction,
        golden_fields=lambda prediction, number: {"value": float(prediction[0])},
        golden_files=lambda prediction, number: {},
    ),
    choose_golden=choose_any,
)
