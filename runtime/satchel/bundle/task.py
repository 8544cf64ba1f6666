"""The types of what a task reads and delivers: on a command line, and in golden vectors."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    # Only annotations need these: a cold start does not import them.
    from pathlib import Path

    from numpy.typing import NDArray

Reader: TypeAlias = "Callable[[Any], NDArray[Any]]"
"""A function that prepares one raw input. For an image it returns uint8 (1, height, width, 3)."""


class GoldenInput(NamedTuple):
    """The input of a golden vector."""

    name: str
    """The name that messages use: its file in the bundle, both files of a blend, or ``seed 7``."""
    raw: Any
    """An encoded image, a text or a seed, as a Reader expects it."""
    other: bytes | None = None
    """A second encoded image, which is blended with the first. None without a blend."""
    share: int = 0
    """The share of the second image in the blend, in 256ths."""


class RawInput(NamedTuple):
    """One input of the command line."""

    name: str
    """The name that messages use."""
    value: "Path | str | int"
    """The path of an image or of a text file, a text, or a seed."""


Deliver: TypeAlias = "Callable[[RawInput, NDArray[Any]], tuple[str, dict[str, Any]]]"
"""A function that delivers one prediction. It gets an input and the prediction for it, and returns
what to print: the words of a line of text, and the fields of a line of JSON."""

Say: TypeAlias = Callable[[str], None]
"""A function that receives a line for the user."""
