"""What all kinds of tokenizers have in common: a text becomes the integers that a model reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from satchel import limits
from satchel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.text_input import TextTensor


class Tokenizer(ABC):
    """Turns a text into token ids.

    ``length`` is the number of ids in each tensor of the model, and ``tensors`` are the names of
    these tensors.
    """

    pad: int = 0
    """The id that fills a tensor up."""
    pads_in_front: bool = False
    """Whether the padding stands before the ids."""
    takes_surrogates: ClassVar[bool] = False
    """Whether a text may have lone surrogates, which no UTF-8 has."""

    def __init__(self, length: int, tensors: Sequence[TextTensor] = ("ids",)) -> None:
        self.length = length
        self.tensors = tuple(tensors)

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""

    @property
    @abstractmethod
    def highest(self) -> int:
        """The highest number in a prepared text."""

    @abstractmethod
    def examples(self) -> list[str]:
        """Return words that the vocabulary has, of which texts can be made with spaces."""

    @abstractmethod
    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id. Some ids have none."""

    def __call__(self, text: str) -> NDArray[np.int32]:
        """Return a text as the model reads it, int32 (1, length).

        For a model of several tensors it is int32 (1, tensors, length). In ``mask`` each id has a 1
        and each padding a 0, and ``segments`` are 0.

        Raises InputError if it is not a text, has more than MAX_TEXT_LENGTH characters, or a lone
        surrogate that this kind of tokenizer does not know.
        """
        # A card is read without NumPy.
        import numpy as np

        self._check(text)
        ids = self.encode(text)
        start = self.length - len(ids) if self.pads_in_front else 0
        rows = np.zeros((1, len(self.tensors), self.length), np.int32)
        for at, name in enumerate(self.tensors):
            if name == "ids":
                rows[0, at] = self.pad
                rows[0, at, start : start + len(ids)] = ids
            elif name == "mask":
                rows[0, at, start : start + len(ids)] = 1
        return rows[:, 0] if self.tensors == ("ids",) else rows

    def _check(self, text: str) -> None:
        if not isinstance(text, str):
            raise InputError(f"Expected a text as str, got {type(text).__name__}.")
        if len(text) > limits.MAX_TEXT_LENGTH:
            raise InputError(
                f"Expected a text of at most {limits.MAX_TEXT_LENGTH:,} characters,"
                f" got {len(text):,}."
            )
        if self.takes_surrogates or text.isascii():
            return
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                "Expected a text that UTF-8 can hold, got half of a surrogate pair at character"
                f" {error.start:,}: decode the text again from its source."
            ) from error
