"""The Protocols that the modules of a task fulfil. They are for the type checker: nothing runs.

``Input``, ``Output`` and ``Verified`` are the parts of a card that depend on its task.
``InputFunctions`` and ``OutputFunctions`` are the modules that know one kind of these parts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.strict_json import Fields, Json
from satchel.bundle.task import Deliver, GoldenInput, RawInput, Reader, Say


class Input(Protocol):
    """The description of a model's input in a card: a NamedTuple for each kind of input."""

    def __hash__(self) -> int:
        """Return the hash of the fields."""
        ...

    @property
    def kind(self) -> str:
        """The word in a card that names this kind of input."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs beyond the first version, as a card names them."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the float model's input, without the batch."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the bundle's files that prepare an input, such as a vocabulary."""
        ...


class Output(Protocol):
    """The description of a model's output in a card: a NamedTuple for each kind of output."""

    @property
    def kind(self) -> str:
        """The word in a card that names this kind of output."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs beyond the first version, as a card names them."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the float model's output, without the batch."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a prediction chooses from, empty if a prediction is something else."""
        ...


class Verified(Protocol):
    """The results of verifying one model: a NamedTuple for each kind of output."""

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by their names."""
        ...

    @property
    def samples(self) -> int:
        """The number of samples that the model was verified on."""
        ...


class InputFunctions(Protocol):
    """The functions of a module that describes a kind of input."""

    TAKES_TEXTS: bool
    """Whether a word of the command line may itself be the input, a text."""

    def parse(self, fields: Fields) -> Any:
        """Return the input that the field ``input`` of a card describes; raises CardError."""
        ...

    def to_json(self, input_spec: Any) -> dict[str, Json]:
        """Return the fields that ``parse`` reads."""
        ...

    def open_reader(self, input_spec: Any, files: Mapping[str, bytes], *, decoding: str) -> Reader:
        """Return a function that prepares raw inputs; raises InputError for an unknown decoding."""
        ...

    def to_tensor(self, prepared: NDArray[Any], input_spec: Any, tensor: Any) -> NDArray[Any]:
        """Return prepared inputs, (n, ...), in the dtype of ``tensor``; raises EngineError."""
        ...

    def golden_form(self) -> str:
        """Return the fields of a golden vector that describe its input, in words."""
        ...

    def read_golden(
        self, vector: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> GoldenInput | None:
        """Return the input of a golden vector, None if it has none; raises CardError."""
        ...

    def raw_inputs(self, words: Iterable[str], *, say: Say) -> Iterator[RawInput]:
        """Yield the inputs that the words of a command line name.

        ``say`` receives a line about each folder of which something was left out.
        """
        ...

    def load(self, value: Any) -> Any:
        """Return the value of a RawInput as a Reader expects it; raises InputError, OSError."""
        ...

    def describe(self, input_spec: Any) -> str:
        """Return a description of the model's input, in words."""
        ...

    def describe_many(self, input_spec: Any) -> str:
        """Return in words how inputs are prepared before they reach the model."""
        ...


class OutputFunctions(Protocol):
    """The functions of a module that describes a kind of output."""

    HEADINGS: tuple[str, str, str]
    """The headings of the columns in which ``satchel info`` compares a model with the float
    model."""
    WRITES_FILES: bool
    """Whether ``satchel run`` writes a file for each prediction."""

    def parse(self, fields: Fields) -> Any:
        """Return the output that the field ``output`` of a card describes; raises CardError."""
        ...

    def to_json(self, output_spec: Any) -> dict[str, Json]:
        """Return the fields that ``parse`` reads."""
        ...

    def parse_verified(self, fields: Fields) -> Any:
        """Return the results in the field ``verified`` of a model; raises CardError."""
        ...

    def check_bundled(self, output_spec: Any) -> None:
        """Raise CardError if only a model folder may have such an output, and no bundle."""
        ...

    def postprocess(self, values: NDArray[np.float32], output_spec: Any) -> NDArray[Any]:
        """Return the predictions, (n, ...), for the real numbers that a model returned."""
        ...

    def difference(self, expected: NDArray[Any], found: NDArray[Any]) -> float:
        """Return the difference between two predictions, 0 to 1."""
        ...

    def golden_form(self, output_spec: Any) -> str:
        """Return the fields of a golden vector that describe the prediction, in words."""
        ...

    def read_golden(
        self, vector: Mapping[str, Any], output_spec: Any, files: Mapping[str, bytes]
    ) -> NDArray[Any] | None:
        """Return the prediction of a golden vector, None if it has none; raises CardError."""
        ...

    def broken_policy(self, found: Any, first: Any) -> str | None:
        """Return in words why a model must not replace the first one, None if it may.

        ``found`` and ``first`` are the results of verifying both models; ``first`` may be None.
        """
        ...

    def check_options(self, task: str, *, top: int | None, out: Path | None) -> None:
        """Raise SatchelError if an option of ``satchel run`` is missing, or has no effect."""
        ...

    def open_delivery(
        self, output_spec: Any, inputs: Collection[RawInput], *, top: int | None, out: Path | None
    ) -> Deliver:
        """Return a function that delivers predictions.

        ``inputs`` are all inputs of the command, and empty unless WRITES_FILES is true.
        """
        ...

    def describe(self, output_spec: Any) -> str:
        """Return a description of the model's output, in words."""
        ...

    def figures(self, found: Any) -> Sequence[str]:
        """Return the results of a verification, one cell for each of HEADINGS."""
        ...

    def accuracy_in_words(self, found: Any) -> str:
        """Return the results of a verification in the words of a benchmark card."""
        ...
