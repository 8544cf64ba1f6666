"""Rows of numbers to one number: a whole task for the runtime, in one module."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from satchel.bundle import RawInput, Task
from satchel.bundle.task import GoldenInput
from satchel.errors import InputError, SatchelError


class NumbersInput(NamedTuple):
    length: int
    kind: str = "numbers"

    @property
    def shape(self):
        return (self.length,)

    @property
    def features(self):
        return ()

    @property
    def files(self):
        return ()


class NumberOutput(NamedTuple):
    unit: str
    kind: str = "number"

    @property
    def shape(self):
        return (1,)

    @property
    def features(self):
        return ()

    @property
    def labels(self):
        return ()


class VerifiedNumbers(NamedTuple):
    samples: int
    mean_error: float


def parse_input(fields):
    fields.constant("kind", "numbers")
    return NumbersInput(length=fields.integer("length", 1, 100))


def parse_output(fields):
    fields.constant("kind", "number")
    return NumberOutput(unit=fields.take("unit", str))


def parse_verified(fields):
    return VerifiedNumbers(
        samples=fields.integer("samples", 1, 1 << 40), mean_error=fields.number("mean_error", 0, 1)
    )


def open_reader(input_spec, files, *, decoding):
    def read(row):
        try:
            numbers = np.array([float(each) for each in row], np.float32)
        except ValueError as error:
            raise InputError(f"Expected numbers, got {row!r}.") from error
        if numbers.shape != (input_spec.length,):
            raise InputError(f"Expected {input_spec.length} numbers, got {len(numbers)}.")
        return numbers[np.newaxis]

    return read


def read_golden_input(vector, files):
    row = vector.get("numbers")
    return GoldenInput(f"numbers {row}", row) if isinstance(row, list) else None


def read_golden_output(vector, output_spec, files):
    value = vector.get("value")
    return np.array([value], np.float32) if isinstance(value, float) else None


def check_options(task, *, top, out):
    if top is not None or out is not None:
        raise SatchelError(f"Expected neither --top nor --out for {task}: its number is printed.")


def open_delivery(output_spec, inputs, *, top, out):
    def deliver(_, prediction):
        value = float(prediction[0])
        return f"{value:.2f} {output_spec.unit}", {"value": value}

    return deliver


TASK = Task(
    input=SimpleNamespace(
        TAKES_TEXTS=False,
        parse=parse_input,
        to_json=lambda spec: spec._asdict(),
        open_reader=open_reader,
        to_tensor=lambda prepared, input_spec, tensor: prepared,
        golden_form=lambda: "numbers",
        read_golden=read_golden_input,
        raw_inputs=lambda words, say: (RawInput(word, tuple(word.split(","))) for word in words),
        load=lambda value: value,
        describe=lambda input_spec: f"{input_spec.length} numbers",
        describe_many=lambda input_spec: f"rows of {input_spec.length} numbers",
    ),
    output=SimpleNamespace(
        HEADINGS=("error", "", ""),
        WRITES_FILES=False,
        parse=parse_output,
        to_json=lambda spec: spec._asdict(),
        parse_verified=parse_verified,
        check_bundled=lambda output_spec: None,
        postprocess=lambda values, output_spec: values,
        difference=lambda expected, found: float(np.abs(found - expected).max()),
        golden_form=lambda output_spec: "a value",
        read_golden=read_golden_output,
        broken_policy=lambda found, first: None,
        check_options=check_options,
        open_delivery=open_delivery,
        describe=lambda output_spec: f"a number of {output_spec.unit}",
        figures=lambda found: (f"{found.mean_error:.4f}", "", ""),
        accuracy_in_words=lambda found: f"{found.mean_error:.4f} off on average",
    ),
)
