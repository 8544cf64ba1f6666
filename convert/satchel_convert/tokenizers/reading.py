"""Reads the file of a tokenizer, whose kind its content shows."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satchel.bundle import Json
from satchel.errors import InputError
from satchel.preprocessing import SentencePieceSpec, decode_text
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.files import read_bytes
from satchel_convert.tokenizers.found import (
    MAX_BYTES,
    SENTENCEPIECE,
    FoundTokenizer,
    parse_json,
)
from satchel_convert.tokenizers.keras_json import is_keras, read_keras
from satchel_convert.tokenizers.settings import NOTHING, StatedTokenizer
from satchel_convert.tokenizers.vectorization_files import is_vectorization, read_vectorization
from satchel_convert.tokenizers.wordpiece_files import (
    is_bert_vocabulary,
    is_hugging_face,
    read_bert_vocabulary,
    read_hugging_face,
)

_PICKLE = re.compile(rb"\x80[\x01-\x05]|ccopy_reg\n|\(dp|\(i|c[\w.]+\n[\w.]+\n")
"""The first bytes of a pickle, in any of its protocols"""
_KINDS = (
    "the to_json() of Keras's Tokenizer, a tokenizer.json of BERT's kind, a vocab.txt of BERT, the"
    " get_vocabulary() of a TextVectorization or a SentencePiece .model"
)


def read_tokenizer(path: Path, stated: StatedTokenizer = NOTHING) -> FoundTokenizer:
    """Return the tokenizer in the file ``path``, and what a bundle holds of it.

    Raises ModelFolderError for a file that cannot be read, is of no kind that is known, or does not
    fit what is ``stated``. A pickle is not opened: it may hold any program.
    """
    name = path.name
    content = read_bytes(path)
    if len(content) > MAX_BYTES:
        raise ModelFolderError(
            f"Expected a tokenizer of at most {MAX_BYTES >> 20} MiB in {name!r}, got"
            f" {len(content):,} bytes."
        )
    if _PICKLE.match(content):
        raise ModelFolderError(
            f"Expected {_KINDS} in {name!r}, got a pickle, which may run any program and is not"
            " opened: write tokenizer.to_json() to a file where the model was trained."
        )
    found = _read(content, name, stated)
    _check_stated(found, stated, name)
    return found


def _read(content: bytes, name: str, stated: StatedTokenizer) -> FoundTokenizer:
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"[", b'"') and (start == b"{" or not _is_bracketed_line(content)):
        return _read_json(parse_json(content, name), name, stated)
    if b"\x00" in content[:4096]:
        return _sentencepiece(content, name)
    lines = _lines(content, name)
    if is_bert_vocabulary(lines):
        return read_bert_vocabulary(lines, name)
    if is_vectorization(lines):
        return read_vectorization(lines, name, stated)
    raise _unknown(name, f"lines of text, the first {lines[0]!r:.40}")


def _read_json(values: Json, name: str, stated: StatedTokenizer) -> FoundTokenizer:
    if isinstance(values, str):
        # json.dumps(tokenizer.to_json()) is JSON in JSON, and many programs write it.
        values = parse_json(values.encode("utf-8", "replace"), name)
    if is_keras(values):
        assert isinstance(values, dict)
        return read_keras(values, name, stated)
    if is_hugging_face(values):
        assert isinstance(values, dict)
        return read_hugging_face(values, name)
    if isinstance(values, list):
        tokens = [each for each in values if isinstance(each, str)]
        if len(tokens) == len(values):
            _check_unique(tokens, name)
            return read_vectorization(tokens, name, stated)
    if isinstance(values, dict):
        raise _unknown(name, f"a JSON object with {', '.join(list(values)[:4])!r:.60}")
    raise _unknown(name, f"other JSON, {values!r:.40}")


def _sentencepiece(content: bytes, name: str) -> FoundTokenizer:
    """Return the tokenizer of a SentencePiece model; the package opens it later."""
    if content[:1] != b"\n":
        raise _unknown(name, "a file of another kind")
    # Padding has the model's own id, 0 if it has none.
    pad = max(0, open_sentencepiece(content, name).pad_id())
    spec = SentencePieceSpec(SENTENCEPIECE, pad=pad)
    return FoundTokenizer(spec, {SENTENCEPIECE: content}, f"SentencePiece model {name!r}")


def open_sentencepiece(content: bytes, name: str) -> Any:
    """Return the processor of the SentencePiece model in the file ``name``.

    Raises ModelFolderError for a file of another kind, and if the package is not installed.
    """
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError as error:
        raise ModelFolderError(
            f"Expected the package sentencepiece, which reads {name!r}, got none:"
            " pip install sentencepiece."
        ) from error
    processor = SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(content)
    except (RuntimeError, ValueError) as error:
        raise ModelFolderError(
            f"Expected a SentencePiece model in {name!r}, got another file: {error}."
        ) from error
    return processor


def _lines(content: bytes, name: str) -> list[str]:
    try:
        text = decode_text(content, name=name)
    except InputError as error:
        raise ModelFolderError(f"Expected {_KINDS}: {error}") from error
    # Not splitlines: a token may be a line separator of Unicode.
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    _check_unique(lines, name)
    return lines


def _check_unique(tokens: Sequence[str], name: str) -> None:
    if len(set(tokens)) < len(tokens):
        [(twice, _)] = Counter(tokens).most_common(1)
        raise ModelFolderError(f"Expected each token once in {name!r}, got {twice!r:.60} twice.")


def _is_bracketed_line(content: bytes) -> bool:
    """Return whether the first line is a token such as ``[PAD]``, and no list of JSON."""
    first = content.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0].strip()
    return re.fullmatch(rb"\[[A-Za-z][\w ]*\]", first) is not None


def _check_stated(found: FoundTokenizer, stated: StatedTokenizer, name: str) -> None:
    kinds = {
        "padding": "keras_tokenizer",
        "truncating": "keras_tokenizer",
        "standardize": "vectorization",
    }
    for setting, kind in kinds.items():
        if getattr(stated, setting) is not None and found.spec.kind != kind:
            raise ModelFolderError(
                f"Expected no {setting} for {name!r}: it is for a {kind}, and this file is a"
                f" {found.spec.kind}."
            )


def _unknown(name: str, got: str) -> ModelFolderError:
    return ModelFolderError(f"Expected {_KINDS} in {name!r}, got {got}.")
