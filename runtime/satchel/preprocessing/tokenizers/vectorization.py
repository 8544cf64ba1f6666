"""Turns a text into token ids or counts, exactly like Keras's ``TextVectorization``.

A text is changed step by step, split into tokens, and each token is looked up. All of it is what
TensorFlow's operations do with UTF-8: only ASCII letters become lower case, and only ASCII white
space separates words.

Source: ``keras.layers.TextVectorization``; ``tf.strings.lower``, ``regex_replace``, ``split``,
``unicode_split`` and ``ngrams``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from satchel import limits
from satchel.errors import CardError
from satchel.preprocessing.tokenizers.regex import compile_characters
from satchel.preprocessing.tokenizers.tokenizer import Tokenizer
from satchel.preprocessing.tokenizers.vocabulary import LISTED, parse_listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.strict_json import Fields
    from satchel.bundle.text_input import TextInput, TextTensor

Split: TypeAlias = Literal["whitespace", "character", "none"]
Output: TypeAlias = Literal["int", "multi_hot", "count"]

MAX_STEPS = 20
MAX_REPLACED = 200
_MAX_WIDTH = 10
_Change: TypeAlias = Callable[[bytes], bytes]


class StandardizeStep(NamedTuple):
    """A change of the text: to lower case, or each ``text`` or ``characters`` replaced."""

    step: Literal["lower", "replace"]
    text: str | None = None
    """The text that is replaced."""
    characters: str | None = None
    """The class of characters that are replaced, such as ``[!?]``, or ``[ab]+`` for each run."""
    by: str | None = None
    """What it is replaced by. None for lower case."""


class VectorizationSpec(NamedTuple):
    """The tokenizer ``vectorization`` of a card."""

    vocabulary: str
    """The name of the file with a JSON list of tokens, the place of each is its id."""
    unknown: int
    """The id of a token that is not in the vocabulary."""
    standardize: tuple[StandardizeStep, ...]
    """The changes of the text before it is split, in their order."""
    split: Split
    ngrams: tuple[int, ...] = (1,)
    """The numbers of neighbouring tokens that are joined by a space and looked up."""
    output: Output = "int"
    """``int`` gives the id of each token, ``multi_hot`` 1 at each id that occurs, and ``count`` how
    often each id occurs."""
    kind: Literal["vectorization"] = "vectorization"

    @property
    def features(self) -> tuple[str, ...]:
        """The feature that a reader needs for this tokenizer, as a card names it."""
        return ("tokenizer-vectorization",)

    @property
    def files(self) -> tuple[str, ...]:
        """The name of the vocabulary file."""
        return (self.vocabulary,)


def parse(fields: Fields) -> VectorizationSpec:
    """Return the tokenizer that a card describes; raises CardError."""
    ngrams = fields.take("ngrams", list, [1])
    widths = [type(width) is int and 1 <= width <= _MAX_WIDTH for width in ngrams]
    if not all(widths) or not 1 <= len(widths) <= _MAX_WIDTH:
        raise fields.wrong("ngrams", f"1 to {_MAX_WIDTH} widths from 1 to {_MAX_WIDTH}", ngrams)
    spec = VectorizationSpec(
        vocabulary=fields.pattern("vocabulary", LISTED),
        unknown=fields.integer("unknown", 0, limits.MAX_VOCABULARY - 1),
        standardize=tuple(_step(step) for step in fields.objects("standardize", MAX_STEPS)),
        split=fields.choice("split", Split),
        ngrams=tuple(ngrams),
        output=fields.choice("output", Output, "int"),
    )
    if spec.split == "none" and spec.ngrams != (1,):
        raise fields.wrong("ngrams", "[1] for a text that is not split", ngrams)
    return spec


def describe(spec: VectorizationSpec) -> str:
    """Return how the tokenizer makes tokens, in words that follow the number of tokens."""
    what = {"int": "", "multi_hot": ", marked", "count": ", counted"}[spec.output]
    return f"of Keras's TextVectorization, split by {spec.split}{what}"


class VectorizationTokenizer(Tokenizer):
    """Splits a text as Keras's ``TextVectorization`` does, and looks up every token."""

    def __init__(
        self,
        spec: VectorizationSpec,
        vocabulary: Mapping[str, int],
        length: int,
        tensors: Sequence[TextTensor] = ("ids",),
    ) -> None:
        super().__init__(length, tensors)
        self.spec = spec
        self._ids = {token.encode(): id_ for token, id_ in vocabulary.items()}
        self._changes = [compile_step(step) for step in spec.standardize]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text without padding, at most ``length``."""
        return self._all_ids(text)[: self.length]

    def __call__(self, text: str) -> NDArray[np.int32]:
        """Return the ids of a text, or what is counted of them, int32 (1, length)."""
        if self.spec.output == "int":
            return super().__call__(text)
        # A card is read without NumPy.
        import numpy as np

        self._check(text)
        counts = np.bincount(self._all_ids(text), minlength=self.length)[None]
        if self.spec.output == "multi_hot":
            counts = np.minimum(counts, 1)
        return counts.astype(np.int32)

    @property
    def highest(self) -> int:
        """The highest id, and 1 where ids are marked or counted."""
        if self.spec.output != "int":
            return 1
        return max([self.spec.unknown, *self._ids.values()])

    def examples(self) -> list[str]:
        """Return words that the vocabulary has."""
        words = map(bytes.decode, self._ids)
        return [word for word in words if word and self.tokens(word) == [word]]

    def spelling(self) -> dict[int, str]:
        """Return the first token that the vocabulary has for each id."""
        return {id_: token.decode() for token, id_ in self._ids.items()}

    def tokens(self, text: str) -> list[str]:
        """Return the tokens that are looked up, in their order."""
        return [token.decode() for token in self._tokens(text)]

    def _all_ids(self, text: str) -> list[int]:
        get, unknown = self._ids.get, self.spec.unknown
        return [get(token, unknown) for token in self._tokens(text)]

    def _tokens(self, text: str) -> list[bytes]:
        changed = text.encode()
        for change in self._changes:
            changed = change(changed)
        if self.spec.split == "whitespace":
            # bytes.split() knows the white space of C: space, tab, line feed and three more.
            tokens = changed.split()
        elif self.spec.split == "character":
            tokens = [character.encode() for character in changed.decode()]
        else:
            tokens = [changed]
        if self.spec.ngrams == (1,):
            return tokens
        return [
            b" ".join(tokens[at : at + width])
            for width in self.spec.ngrams
            for at in range(len(tokens) - width + 1)
        ]


def open_tokenizer(text: TextInput, files: Mapping[str, bytes]) -> VectorizationTokenizer:
    """Return the tokenizer of a text input; raises CardError for a bad vocabulary."""
    spec: Any = text.tokenizer
    vocabulary = parse_listed(files[spec.vocabulary])
    if spec.output != "int" and len(text.tensors) > 1:
        raise CardError(f"Expected one tensor for {spec.output}, got {', '.join(text.tensors)}.")
    highest = max([spec.unknown, *vocabulary.values()])
    if spec.output != "int" and highest >= text.length:
        raise CardError(
            f"Expected ids below the length {text.length:,} for {spec.output}, got {highest:,}."
        )
    return VectorizationTokenizer(spec, vocabulary, text.length, text.tensors)


def compile_step(step: StandardizeStep) -> _Change:
    """Return a function that makes the change in a text of UTF-8."""
    by = step.by or ""
    if step.text is not None:
        text = step.text.encode()
        return lambda content: content.replace(text, by.encode())
    if step.characters is None:
        return bytes.lower
    pattern = compile_characters(step.characters)
    removed = _single_bytes(pattern, step.characters)
    if removed is not None and not by:
        return lambda content: content.translate(None, removed)
    # In a replacement a backslash would begin a group's number.
    return lambda content: pattern.sub(lambda _: by, content.decode()).encode()


def _single_bytes(pattern: re.Pattern[str], source: str) -> bytes | None:
    """Return the bytes that a class of ASCII characters matches, None for another class."""
    if source.startswith("[^") or not source.isascii() or re.search(r"\\[WD]", source):
        return None
    return bytes(code for code in range(128) if pattern.fullmatch(chr(code)))


def _step(fields: Fields) -> StandardizeStep:
    step = fields.choice("step", Literal["lower", "replace"])
    # They are checked even where they are not used, as every reader does.
    given = {
        name: fields.text(name, least, MAX_REPLACED)
        for name, least in (("text", 1), ("characters", 1), ("by", 0))
        if name in fields.values
    }
    if step == "lower":
        return StandardizeStep(step)
    if len(given) != 2 or "by" not in given:
        raise fields.wrong("step", "by and either text or characters to replace", [*given])
    return StandardizeStep(step, **given)
