"""A text as the input of a model, as its card describes it."""

from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

TextTensor: TypeAlias = Literal["ids", "mask", "segments"]
"""What a tensor of a text model holds: token ids, a 1 for each id that is no padding, or 0."""


class TokenizerSpec(Protocol):
    """The description of a tokenizer in a card: a NamedTuple for each kind of tokenizer."""

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by their names."""
        ...

    @property
    def kind(self) -> str:
        """The word in a card that names this kind of tokenizer."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this tokenizer, as a card names them."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the bundle's files that the tokenizer needs, such as a vocabulary."""
        ...


class TextInput(NamedTuple):
    """A text input: a tensor of token ids, int32 (1, length), or several such tensors."""

    length: int
    tokenizer: TokenizerSpec
    tensors: tuple[TextTensor, ...] = ("ids",)
    """What each tensor holds. BERT's models read ids, a mask and segments."""
    kind: Literal["text"] = "text"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a prepared text without the batch: (length,) or (tensors, length)."""
        return (self.length,) if len(self.tensors) == 1 else (len(self.tensors), self.length)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this input, as a card names them."""
        several = ("several-inputs",) if len(self.tensors) > 1 else ()
        return (*several, *self.tokenizer.features)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the tokenizer needs."""
        return self.tokenizer.files
