"""The functions of a text input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from satchel import limits
from satchel.bundle.strict_json import Fields, Json
from satchel.bundle.text_input import TextInput, TextTensor
from satchel.errors import CardError, InputError
from satchel.preprocessing.tokenizers.kinds import (
    describe_tokenizer,
    open_tokenizer,
    parse_tokenizer,
    tokenizer_to_json,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.card import TensorSpec
    from satchel.bundle.task import GoldenInput, RawInput, Reader, Say

TAKES_TEXTS = True


def parse(fields: Fields) -> TextInput:
    """Return the text that the field ``input`` of a card describes; raises CardError."""
    fields.constant("kind", "text")
    tensors: Any = fields.texts("tensors", missing=("ids",))
    names = get_args(TextTensor)
    if tensors[:1] != ("ids",) or len(set(tensors)) < len(tensors) or set(tensors) - {*names}:
        raise fields.wrong("tensors", f"ids, and others of {', '.join(names)}", list(tensors))
    return TextInput(
        fields.integer("length", 1, limits.MAX_LENGTH),
        parse_tokenizer(fields.inner("tokenizer")),
        tensors,
    )


def to_json(text: TextInput) -> dict[str, Json]:
    """Return the fields that ``parse`` reads."""
    several: dict[str, Json] = {} if text.tensors == ("ids",) else {"tensors": list(text.tensors)}
    return {
        "kind": "text",
        "tokenizer": tokenizer_to_json(text.tokenizer),
        "length": text.length,
        **several,
    }


def open_reader(text: TextInput, files: Mapping[str, bytes], *, decoding: str) -> Reader:
    """Return a function that prepares a text as token ids, int32 (1, length).

    For a model of several tensors they are int32 (1, tensors, length). Raises CardError for a wrong
    vocabulary, InputError for a decoding of images and for a package that is not installed.
    """
    from satchel.preprocessing.preprocessor import check_exact

    check_exact(decoding, text.kind)
    return open_tokenizer(text, files)


def to_tensor(prepared: NDArray[np.int32], text: TextInput, tensor: TensorSpec) -> NDArray[Any]:
    """Return prepared texts, int32 (n, ...), in the dtype of ``tensor``: levels if it is 8-bit."""
    import numpy as np

    if tensor.dtype not in ("uint8", "int8"):
        return prepared.astype(tensor.dtype, copy=False)
    from satchel.quantization import quantize

    levels: NDArray[Any] = quantize(
        prepared.astype(np.float32),
        scale=tensor.scale,
        zero_point=tensor.zero_point,
        dtype=getattr(np, tensor.dtype),
    )
    return levels


def golden_form() -> str:
    """Return the fields of a golden vector that describe its input, in words."""
    return "an input of the bundle"


def read_golden(vector: Mapping[str, Any], files: Mapping[str, bytes]) -> GoldenInput | None:
    """Return the text that a golden vector names, None if it names none; raises CardError."""
    from satchel.bundle.task import GoldenInput

    name = vector.get("input")
    if not isinstance(name, str) or name not in files:
        return None
    try:
        return GoldenInput(name, files[name].decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CardError(f"Expected UTF-8 in the golden text {name!r}, got: {error}.") from error


def raw_inputs(words: Iterable[str], *, say: Say) -> Iterator[RawInput]:
    """Yield the texts in ``words``, or in the files that they name. ``-`` stands for lines of texts
    from standard input.
    """
    from satchel.bundle.task import RawInput
    from satchel.tasks.file_faults import text_fault
    from satchel.tasks.words import is_text_file, named_files, standard_input

    for word in words:
        if word == "-":
            yield from (RawInput(line, line) for line in standard_input())
        elif is_text_file(word):
            yield from named_files(word, text_fault, say=say)
        else:
            yield RawInput(word, word)


def load(value: Path | str) -> str:
    """Return a text, or the content of its file.

    Raises InputError for a folder in which nothing was found, for a word that looks like a path but
    does not exist, and for text that cannot be decoded. Raises OSError for another file that cannot
    be read.
    """
    from satchel.preprocessing.text_encoding import check_decoded, decode_text
    from satchel.tasks.words import check_no_folder

    if isinstance(value, str):
        check_decoded(value, name="a text")
        return value
    check_no_folder(value)
    if not value.exists():
        raise InputError(
            f"Expected a file or folder that exists, got {str(value)!r}:"
            " add --text if it is a text to classify."
        )
    # No text may be longer, in any encoding, and a device has no end.
    most_bytes = 4 * limits.MAX_TEXT_LENGTH + 4
    with open(value, "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise InputError(
            f"Expected a text of at most {limits.MAX_TEXT_LENGTH:,} characters, got more in"
            f" {str(value)!r}."
        )
    return decode_text(content, name=str(value))


def describe(text: TextInput) -> str:
    """Return a description of the model's input, in words."""
    return f"a text, {text.length} tokens {describe_tokenizer(text.tokenizer)}"


def describe_many(text: TextInput) -> str:
    """Return in words how texts are prepared before they reach the model."""
    return f"texts to {text.length} tokens"
