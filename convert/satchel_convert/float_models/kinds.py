"""The kinds of float models, and what each of them can be asked.

A Keras model converts to every format. A .tflite or .onnx file, made by whatever framework, is
quantized within its own format, and the unchanged file is what its quantized forms are compared
with (``docs/decisions/0029-float-files-of-others.md``).
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Format, TextTensor
from satchel_convert.errors import ConversionError
from satchel_convert.schemes import FORMATS, Backend, Scheme

if TYPE_CHECKING:
    from satchel_convert.keras_models.float_model import ModelShape
    from satchel_convert.keras_models.string_input import StringInput
    from satchel_convert.sample_inputs import Inputs

Run: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]
"""Returns the outputs of a float model, (n, ...), for input tensors of a card's shape, (n, ...)"""

_FILES: dict[str, Format] = {".tflite": "tflite", ".onnx": "onnx"}
"""The formats of float models that are files of an engine, by suffix"""


class FloatModel(Protocol):
    """The functions of a module that describes a kind of float model. All run in child processes.

    Each takes the path of the model, and raises ConversionError for a file that is not such a
    model. A module has ``to_onnx`` or ``to_tflite`` only for the formats of ``formats_of``.
    """

    def describe(self, path: Path) -> "ModelShape":
        """Return the inputs and outputs of the model."""
        ...

    def check_ids(self, path: Path, ids: NDArray[np.int32], tensors: Sequence[TextTensor]) -> None:
        """Raise ConversionError if the model refuses a text of ``tensors``.

        ``ids`` is the text, int32 (1, length), or (1, tensors, length) for several.
        """
        ...

    def open_strings(self, path: Path) -> "StringInput | None":
        """Return what the model does with strings; None if it takes none."""
        ...

    def open_runner(self, path: Path, card: Card) -> Run:
        """Return a function that runs the unchanged model; the card's output is not read."""
        ...

    def to_onnx(self, path: Path, card: Card) -> bytes:
        """Return a float32 .onnx with the bundle's input and output."""
        ...

    def to_tflite(
        self, path: Path, card: Card, *, scheme: Scheme, backend: Backend, calibration: "Inputs"
    ) -> bytes:
        """Return a .tflite with the bundle's input and output, in ``scheme``, before any pass."""
        ...


def float_format(path: Path) -> Format | None:
    """Return the format of a float model that is a file of an engine; None for a Keras model."""
    return None if path.is_dir() else _FILES.get(path.suffix.lower())


def formats_of(path: Path) -> tuple[Format, ...]:
    """Return the formats that the float model at ``path`` converts to."""
    format_ = float_format(path)
    return FORMATS if format_ is None else (format_,)


def chosen_formats(path: Path, stated: Sequence[Format] | None) -> Sequence[Format]:
    """Return the stated formats, or by default all that the model at ``path`` converts to.

    Raises ConversionError for a format that the model does not convert to.
    """
    possible = formats_of(path)
    for each in stated or ():
        if each not in possible:
            raise ConversionError(
                f"Expected the format {possible[0]} for {path.name!r}, got {each}: a .tflite or"
                " .onnx is quantized within its own format; convert the Keras model for both."
            )
    return stated or possible


def float_model(path: Path) -> FloatModel:
    """Return the functions for the float model at ``path``."""
    name = {None: "keras_model", "tflite": "tflite_file", "onnx": "onnx_file"}[float_format(path)]
    module: Any = import_module(f"satchel_convert.float_models.{name}")
    found: FloatModel = module
    return found
