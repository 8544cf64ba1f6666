"""What the modules of a task have to offer, for a type checker: nothing here runs.

``Input``, ``Output`` and ``Verified`` are what a card holds, whichever task it names;
``InputFunctions`` and ``OutputFunctions`` are the modules that know one kind of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from satchel.bundle.strict_json import Fields, Json
from satchel.bundle.task import Deliver, GoldenInput, RawInput, Reader


class Input(Protocol):
    """What a model takes, as its card says it: a frozen dataclass for each kind of input."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __hash__(self) -> int:
        """Return the hash of a frozen dataclass."""
        ...

    @property
    def kind(self) -> str:
        """The word by which a card tells it from other inputs."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the float model takes, without the batch."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the bundle's files that an input is prepared with, such as a vocabulary."""
        ...


class Output(Protocol):
    """What a model returns, as its card says it: a frozen dataclass for each kind of output."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def kind(self) -> str:
        """The word by which a card tells it from other outputs."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the float model returns, without the batch."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a prediction chooses from, none where it is something else."""
        ...


class Verified(Protocol):
    """What verification found of one model: a frozen dataclass for each kind of output."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def samples(self) -> int:
        """The number of samples that the model was verified on."""
        ...


class InputFunctions(Protocol):
    """The functions of a module that describes a kind of input."""

    TAKES_TEXTS: bool
    """Whether a word of a command line may be the input itself, a text"""

    def parse(self, fields: Fields) -> Any:
        """Return the input that ``input`` of a card describes; raises CardError."""
        ...

    def to_json(self, input_spec: Any) -> dict[str, Json]:
        """Return what ``parse`` reads."""
        ...

    def check_bundled(self, input_spec: Any) -> None:
        """Raise CardError where no bundle may have such an input, only a model folder."""
        ...

    def open_reader(self, input_spec: Any, files: Mapping[str, bytes], *, decoding: str) -> Reader:
        """Return what prepares raw inputs; raises InputError for a decoding it does not have."""
        ...

    def to_tensor(self, prepared: NDArray[Any], input_spec: Any, tensor: Any) -> NDArray[Any]:
        """Return prepared inputs, (n, ...), in the dtype of ``tensor``; raises EngineError."""
        ...

    def golden_form(self) -> str:
        """Return in words what a golden vector says of its input."""
        ...

    def read_golden(
        self, vector: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> GoldenInput | None:
        """Return the input of a golden vector, None where it has none; raises CardError."""
        ...

    def raw_inputs(self, words: Iterable[str]) -> Iterator[RawInput]:
        """Yield the inputs that the words of a command line name."""
        ...

    def load(self, value: Any) -> Any:
        """Return the value of a RawInput as a reader takes it; raises InputError, OSError."""
        ...

    def describe(self, input_spec: Any) -> str:
        """Return what the model takes, in words."""
        ...

    def describe_many(self, input_spec: Any) -> str:
        """Return what becomes of inputs before the model takes them, in words."""
        ...


class OutputFunctions(Protocol):
    """The functions of a module that describes a kind of output."""

    HEADINGS: tuple[str, str, str]
    """Of the figures against the float model that ``satchel info`` shows"""
    WRITES_FILES: bool
    """Whether ``satchel run`` writes a file for each prediction"""

    def parse(self, fields: Fields) -> Any:
        """Return the output that ``output`` of a card describes; raises CardError."""
        ...

    def to_json(self, output_spec: Any) -> dict[str, Json]:
        """Return what ``parse`` reads."""
        ...

    def parse_verified(self, fields: Fields) -> Any:
        """Return ``verified`` of one model of a card; raises CardError."""
        ...

    def check_bundled(self, output_spec: Any) -> None:
        """Raise CardError where no bundle may have such an output, only a model folder."""
        ...

    def postprocess(self, values: NDArray[np.float32], output_spec: Any) -> NDArray[Any]:
        """Return the predictions, (n, ...), that a model's real numbers mean."""
        ...

    def difference(self, expected: NDArray[Any], found: NDArray[Any]) -> float:
        """Return how far two predictions are apart, 0 to 1."""
        ...

    def golden_form(self, output_spec: Any) -> str:
        """Return in words what a golden vector says of the prediction."""
        ...

    def read_golden(
        self, vector: Mapping[str, Any], output_spec: Any, files: Mapping[str, bytes]
    ) -> NDArray[Any] | None:
        """Return the prediction of a golden vector, None where it has none; raises CardError."""
        ...

    def broken_policy(self, found: Any, first: Any) -> str | None:
        """Return why a model must not take the place of the first, in words, None if it may.

        ``found`` and ``first`` are what verification found of both; ``first`` may be None.
        """
        ...

    def check_options(self, task: str, *, top: int | None, out: Path | None) -> None:
        """Raise SatchelError for an option of ``satchel run`` that is missing, or of no use."""
        ...

    def open_delivery(
        self, output_spec: Any, inputs: Collection[RawInput], *, top: int | None, out: Path | None
    ) -> Deliver:
        """Return what prints or writes predictions; ``inputs`` are known where it writes files."""
        ...

    def describe(self, output_spec: Any) -> str:
        """Return what the model returns, in words."""
        ...

    def figures(self, found: Any) -> Sequence[str]:
        """Return what verification found, a cell for each of HEADINGS."""
        ...

    def accuracy_in_words(self, found: Any) -> str:
        """Return what verification found, as a benchmark card says it."""
        ...
