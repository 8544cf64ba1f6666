"""What the runtime asks of a task: how it reads inputs, and what its model's output means.

A task is a pair of an input and an output, each described by a module of ``satchel.tasks`` that has
the functions below: four tasks are three inputs and two outputs. ``docs/decisions/0018`` says how a
task is added.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from numpy.typing import NDArray

if TYPE_CHECKING:
    # Nowhere but here and in other annotations: a cold start does without them.
    from pathlib import Path

    from satchel.bundle.task_functions import InputFunctions, OutputFunctions

Reader: TypeAlias = Callable[[Any], NDArray[Any]]
"""Prepares a raw input, such as an image to uint8 (1, height, width, 3)"""


class GoldenInput(NamedTuple):
    """The input of a golden vector."""

    name: str
    """Its file in the bundle, both of two, or ``seed 7``"""
    raw: Any
    """What a reader takes"""
    other: bytes | None = None
    """An encoded image to blend with the first"""
    share: int = 0
    """Of the other, in 256ths"""


class RawInput(NamedTuple):
    """One input of the command line."""

    name: str
    """To print"""
    value: "Path | str | int"
    """The file of an image or a text, a text, or a seed"""


Deliver: TypeAlias = Callable[[RawInput, NDArray[Any]], tuple[str, dict[str, Any]]]
"""An input and the prediction for it, to what a line of text and a line of JSON say of it"""


class Task(NamedTuple):
    """What a model is for."""

    input: "InputFunctions"
    output: "OutputFunctions"
