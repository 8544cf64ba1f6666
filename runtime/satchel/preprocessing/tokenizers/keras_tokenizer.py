"""Turns a text into token ids, exactly like Keras's legacy ``Tokenizer`` and ``pad_sequences``.

Source: ``keras.preprocessing.text`` of Keras 2, ``text_to_word_sequence`` and
``Tokenizer.texts_to_sequences``, and ``keras.utils.pad_sequences``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from satchel import limits
from satchel.preprocessing.tokenizers.tokenizer import Tokenizer
from satchel.preprocessing.tokenizers.vocabulary import LISTED, parse_listed

if TYPE_CHECKING:
    from satchel.bundle.strict_json import Fields
    from satchel.bundle.text_input import TextInput, TextTensor

Side: TypeAlias = Literal["pre", "post"]
Unit: TypeAlias = Literal["word", "character"]

MAX_FILTERS = 1000
MAX_SEPARATOR = 20


class KerasTokenizerSpec(NamedTuple):
    """The tokenizer ``keras_tokenizer`` of a card."""

    vocabulary: str
    """The name of the file with a JSON list of tokens, the place of each is its id."""
    unit: Unit = "word"
    """What a token is."""
    lower: bool = True
    """Whether the text becomes lower case first, as Unicode says for any language."""
    filters: str = ""
    """The characters that are replaced by the separator. Not used for characters."""
    separator: str = " "
    """The text between two words."""
    unknown: int | None = None
    """The id of a token that is not in the vocabulary. None: such tokens are left out."""
    pad: int = 0
    """The id that fills a short text up."""
    padding: Side = "pre"
    """Where the padding stands: ``pre``, in front, or ``post``, behind."""
    truncating: Side = "pre"
    """Which end of a long text is cut off: ``pre``, its beginning, or ``post``, its end."""
    kind: Literal["keras_tokenizer"] = "keras_tokenizer"

    @property
    def features(self) -> tuple[str, ...]:
        """The feature that a reader needs for this tokenizer, as a card names it."""
        return ("tokenizer-keras",)

    @property
    def files(self) -> tuple[str, ...]:
        """The name of the vocabulary file."""
        return (self.vocabulary,)


def parse(fields: Fields) -> KerasTokenizerSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    most = limits.MAX_VOCABULARY - 1
    return KerasTokenizerSpec(
        vocabulary=fields.pattern("vocabulary", LISTED),
        unit=fields.choice("unit", Unit, "word"),
        lower=fields.flag("lower"),
        filters=fields.text("filters", 0, MAX_FILTERS, ""),
        separator=fields.text("separator", 1, MAX_SEPARATOR, " "),
        unknown=fields.integer("unknown", 0, most) if "unknown" in fields.values else None,
        pad=fields.integer("pad", 0, most, 0),
        padding=fields.choice("padding", Side, "pre"),
        truncating=fields.choice("truncating", Side, "pre"),
    )


def describe(spec: KerasTokenizerSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    return f"of Keras's Tokenizer, {spec.unit}s, padding {spec.padding}"


class KerasTokenizer(Tokenizer):
    """Splits a text as Keras's legacy ``Tokenizer`` does, and looks up every token."""

    def __init__(
        self,
        spec: KerasTokenizerSpec,
        vocabulary: Mapping[str, int],
        length: int,
        tensors: Sequence[TextTensor] = ("ids",),
    ) -> None:
        super().__init__(length, tensors)
        self.spec = spec
        self.pad = spec.pad
        self.pads_in_front = spec.padding == "pre"
        self._vocabulary = vocabulary
        self._filters = str.maketrans(dict.fromkeys(spec.filters, spec.separator))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""
        ids = [self._vocabulary.get(token, self.spec.unknown) for token in self.tokens(text)]
        known = [each for each in ids if each is not None]
        return known[-self.length :] if self.spec.truncating == "pre" else known[: self.length]

    @property
    def highest(self) -> int:
        """The highest id."""
        return max([self.spec.unknown or 0, self.spec.pad, *self._vocabulary.values()])

    def examples(self) -> list[str]:
        """Return words that the vocabulary has."""
        return [word for word in self._vocabulary if self.tokens(word) == [word]]

    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id."""
        return {id_: token for token, id_ in self._vocabulary.items()}

    def tokens(self, text: str) -> list[str]:
        """Return the tokens that are looked up, in their order."""
        if self.spec.lower:
            text = text.lower()
        if self.spec.unit == "character":
            return list(text)
        return [word for word in text.translate(self._filters).split(self.spec.separator) if word]


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> KerasTokenizer:
    """Return the tokenizer of a text input; raises CardError for a bad vocabulary."""
    spec: Any = text.tokenizer
    return KerasTokenizer(spec, parse_listed(files[spec.vocabulary]), text.length, text.tensors)
