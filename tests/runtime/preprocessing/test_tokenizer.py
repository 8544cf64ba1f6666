"""What all kinds of tokenizers share: rows of a prepared text, and texts that are none."""

import json

import numpy as np
import pytest

from satchel.bundle.card import TensorSpec
from satchel.bundle.text_input import TextInput
from satchel.errors import InputError
from satchel.preprocessing import (
    KerasTokenizerSpec,
    RegexSpec,
    VectorizationSpec,
    WordPieceSpec,
    open_tokenizer,
)
from satchel.tasks import text_input

LISTED = json.dumps(["", "[UNK]", "good", "bad"]).encode()
FILES = {
    "words.txt": b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\n",
    "words.json": LISTED,
    "vocab.txt": b"[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n",
}
SPECS = {
    "regex": RegexSpec(r"\s+", "words.txt"),
    "vectorization": VectorizationSpec("words.json", 1, (), "whitespace"),
    "keras_tokenizer": KerasTokenizerSpec("words.json"),
    "wordpiece": WordPieceSpec("vocab.txt"),
}
NEW = [kind for kind in SPECS if kind != "regex"]


def opened(kind, *, tensors=("ids",), length=4):
    return open_tokenizer(TextInput(length, SPECS[kind], tensors), FILES)


@pytest.mark.parametrize("kind", SPECS)
def test_ids_are_int32_with_a_batch_axis(kind):
    found = opened(kind)("good bad")
    assert (found.dtype, found.shape) == (np.int32, (1, 4))


@pytest.mark.parametrize("kind", SPECS)
def test_several_tensors_are_rows_in_the_order_of_the_card(kind):
    found = opened(kind, tensors=("ids", "segments", "mask"), length=6)("good")
    assert (found.dtype, found.shape) == (np.int32, (1, 3, 6))
    assert found[0, 1].tolist() == [0] * 6
    assert found[0, 2].sum() == len(opened(kind, length=6).encode("good"))


def test_the_mask_stands_where_the_ids_are():
    found = opened("keras_tokenizer", tensors=("ids", "mask"))("bad good")
    assert found[0].tolist() == [[0, 0, 3, 2], [0, 0, 1, 1]]


def test_an_id_that_is_the_paddings_has_a_mask_of_one():
    spec = KerasTokenizerSpec("words.json", unknown=0, padding="post")
    tokenizer = open_tokenizer(TextInput(3, spec, ("ids", "mask")), FILES)
    assert tokenizer("evil good")[0].tolist() == [[0, 2, 0], [1, 1, 0]]


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("text", ["a\ud800", "\udfff", "\ude42\ud83d"])
def test_half_of_a_surrogate_pair_is_refused_in_one_line(kind, text):
    with pytest.raises(InputError, match=r"half of a surrogate pair at character \d") as caught:
        opened(kind)(text)
    assert "\n" not in str(caught.value)


def test_the_regex_kind_takes_half_of_a_surrogate_pair():
    assert opened("regex")("good \ud800")[0].tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize("kind", SPECS)
def test_a_text_of_60_mb_is_refused(kind):
    with pytest.raises(InputError, match=r"at most 16,777,216 characters, got 60,000,000"):
        opened(kind)("a" * 60_000_000)


@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("value", [b"good", None, 1, ["good"]])
def test_what_is_no_string_is_refused_by_its_type(kind, value):
    with pytest.raises(InputError, match=f"got {type(value).__name__}"):
        opened(kind)(value)


@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("text", ["", "\0", "good\0bad", "\x1b[2J", "🙂", "\u202eab", "\ufeff"])
def test_every_text_gives_ids_of_the_vocabulary(kind, text):
    tokenizer = opened(kind)
    found = tokenizer(text)
    assert 0 <= found.min() <= found.max() <= tokenizer.highest


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_a_model_gets_the_numbers_in_its_own_dtype(dtype):
    prepared = opened("keras_tokenizer")("good")
    found = text_input.to_tensor(prepared, TextInput(4, SPECS["regex"]), TensorSpec(dtype))
    assert (str(found.dtype), found.tolist()) == (dtype, [[0, 0, 0, 2]])


def test_a_model_of_levels_gets_levels():
    prepared = np.int32([[0, 1, 2, 300]])
    text = TextInput(4, SPECS["regex"])
    levels = text_input.to_tensor(prepared, text, TensorSpec("uint8", 1 / 255, 0))
    assert (levels.dtype, levels.tolist()) == (np.uint8, [[0, 255, 255, 255]])
    levels = text_input.to_tensor(prepared, text, TensorSpec("int8", 2.0, -1))
    assert (levels.dtype, levels.tolist()) == (np.int8, [[-1, 0, 0, 127]])
