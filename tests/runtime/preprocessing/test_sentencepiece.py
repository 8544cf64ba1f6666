"""Texts by SentencePiece models, unigram and BPE, as its own package reads them."""

import io
import sys

import pytest

from satchel.bundle.text_input import TextInput
from satchel.errors import CardError, InputError
from satchel.preprocessing import SentencePieceSpec, open_tokenizer

LINES = [
    "I hated every minute of it",
    "I loved every minute of it",
    "a good film and a bad film",
    "not good, not bad",
    "what a wonderful evening",
] * 20
TEXTS = [
    "",
    " ",
    "I hated it!",
    "GOOD film",
    "\uff27\uff4f\uff4f\uff44 \ufb01lm",
    "x\0y",
    "🙂",
    "bad " * 5000,
]


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def model(request):
    """Return the bytes of a small model."""
    package = pytest.importorskip("sentencepiece")
    file = io.BytesIO()
    package.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_writer=file,
        model_type=request.param,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
    )
    return file.getvalue()


def opened(model, length=8, tensors=("ids",), **fields):
    spec = SentencePieceSpec("pieces.model", **fields)
    return open_tokenizer(TextInput(length, spec, tensors), {"pieces.model": model})


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_the_ids_are_those_of_the_package(model, text):
    from sentencepiece import SentencePieceProcessor

    expected = SentencePieceProcessor(model_proto=model).encode(text)
    assert opened(model, length=30_000).encode(text) == expected


def test_the_file_says_how_a_text_is_normalized(model):
    assert opened(model).encode("\uff27\uff4f\uff4f\uff44") == opened(model).encode("Good")


def test_start_and_end_stand_around_the_ids_and_padding_behind(model):
    plain = opened(model).encode("good film")
    assert opened(model, start=1, end=2).encode("good film")[1:-1] == plain[:6]
    found = opened(model, 4, ("ids", "mask"), start=1, end=2, pad=3)("")
    assert found[0].tolist() == [[1, 2, 3, 3], [1, 1, 0, 0]]
    assert opened(model, 3, start=1, end=2)("good " * 100)[0, [0, 2]].tolist() == [1, 2]


def test_examples_are_words_with_one_id(model):
    tokenizer = opened(model)
    assert [len(tokenizer.encode(word)) for word in tokenizer.examples()[:5]] == [1] * 5


def test_the_highest_id_is_the_last_pieces_or_a_higher_marks(model):
    from sentencepiece import SentencePieceProcessor

    pieces = SentencePieceProcessor(model_proto=model).get_piece_size()
    assert opened(model).highest == pieces - 1
    assert opened(model, end=999).highest == 999


@pytest.mark.parametrize("content", [b"", b"no model", b"\0" * 100], ids=ascii)
def test_another_file_is_refused_in_one_line(content):
    pytest.importorskip("sentencepiece")
    with pytest.raises(CardError, match="Expected a SentencePiece model") as caught:
        opened(content)
    assert "\n" not in str(caught.value)


def test_a_length_without_room_is_refused(model):
    with pytest.raises(CardError, match="got 1"):
        opened(model, length=1, start=1, end=2)


def test_without_the_package_the_way_to_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(InputError, match=r"pip install sentencepiece"):
        opened(b"")


@pytest.mark.parametrize("text", ["a\ud800", "\udfff"])
def test_half_of_a_surrogate_pair_is_refused(model, text):
    with pytest.raises(InputError, match="half of a surrogate pair"):
        opened(model)(text)


def test_each_id_is_spelled_as_the_model_has_it(model):
    tokenizer = opened(model)
    spelling = tokenizer.spelling()
    assert len(spelling) == tokenizer.highest + 1
    found = "".join(spelling[each] for each in tokenizer.encode("good film"))
    assert found == "\u2581good\u2581film"
