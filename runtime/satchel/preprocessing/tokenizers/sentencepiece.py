"""Turns a text into token ids with a SentencePiece model, unigram or BPE.

The normalization (NFKC, for example) is part of the model's file. The package ``sentencepiece``
does all of the work: ``pip install sentencepiece``.

Source: https://github.com/google/sentencepiece; Kudo and Richardson, SentencePiece, EMNLP 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from satchel import limits
from satchel.errors import CardError, InputError
from satchel.preprocessing.tokenizers.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from satchel.bundle.strict_json import Fields
    from satchel.bundle.text_input import TextInput, TextTensor

FILE = r"[a-z0-9][a-z0-9._-]{0,90}\.model"
"""The pattern of the file name of a SentencePiece model."""


class SentencePieceSpec(NamedTuple):
    """The tokenizer ``sentencepiece`` of a card."""

    model: str
    """The name of the SentencePiece model's file."""
    start: int | None = None
    """The id in front of every text. None: no id."""
    end: int | None = None
    """The id behind every text. None: no id."""
    pad: int = 0
    """The id that fills a short text up."""
    kind: Literal["sentencepiece"] = "sentencepiece"

    @property
    def features(self) -> tuple[str, ...]:
        """The feature that a reader needs for this tokenizer, as a card names it."""
        return ("tokenizer-sentencepiece",)

    @property
    def files(self) -> tuple[str, ...]:
        """The name of the SentencePiece model's file."""
        return (self.model,)


def parse(fields: Fields) -> SentencePieceSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    most = limits.MAX_VOCABULARY - 1
    return SentencePieceSpec(
        model=fields.pattern("model", FILE),
        start=fields.integer("start", 0, most) if "start" in fields.values else None,
        end=fields.integer("end", 0, most) if "end" in fields.values else None,
        pad=fields.integer("pad", 0, most, 0),
    )


def describe(spec: SentencePieceSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    return f"of SentencePiece, by {spec.model}"


class SentencePieceTokenizer(Tokenizer):
    """Splits a text as a SentencePiece ``model``, the content of its file, says.

    Raises CardError for a file that is not one, InputError if the package is not installed.
    """

    def __init__(
        self,
        spec: SentencePieceSpec,
        model: bytes,
        length: int,
        tensors: Sequence[TextTensor] = ("ids",),
    ) -> None:
        super().__init__(length, tensors)
        self.pad = spec.pad
        self._start = [] if spec.start is None else [spec.start]
        self._end = [] if spec.end is None else [spec.end]
        self._processor = _open(model)
        if len(self._start) + len(self._end) > length:
            raise CardError(f"Expected a length for more than start and end, got {length}.")

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""
        ids: list[int] = self._processor.encode(text)
        room = self.length - len(self._start) - len(self._end)
        return [*self._start, *ids[:room], *self._end]

    @property
    def highest(self) -> int:
        """The highest id."""
        ids = (self._processor.get_piece_size() - 1, self.pad, *self._start, *self._end)
        return max(map(int, ids))

    def examples(self) -> list[str]:
        """Return words that the model has as one piece."""
        pieces = map(self._processor.id_to_piece, range(self._processor.get_piece_size()))
        return [piece[1:] for piece in pieces if piece[0] == "\u2581" and len(piece) > 1]

    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id."""
        ids = range(self._processor.get_piece_size())
        return dict(zip(ids, map(self._processor.id_to_piece, ids), strict=True))


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> SentencePieceTokenizer:
    """Return the tokenizer of a text input; raises as SentencePieceTokenizer does."""
    spec: Any = text.tokenizer
    return SentencePieceTokenizer(spec, files[spec.model], text.length, text.tensors)


def _open(model: bytes) -> Any:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError as error:
        raise InputError(
            "Expected the package sentencepiece, which this bundle's tokenizer needs, got none:"
            " pip install sentencepiece."
        ) from error
    processor = SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
    except (RuntimeError, ValueError) as error:
        raise CardError(f"Expected a SentencePiece model, got another file: {error}.") from error
    return processor
