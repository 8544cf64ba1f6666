import random

import pytest

from satchel_train.data.wordpieces import SPECIAL, frequent_pieces, pieces_file

WORDS = ["unbelievable", "believe", "believing", "film", "films", "caf\u00e9", "na\u00efve", "d'or"]


def some_texts(count):
    chance = random.Random(5)
    return [" ".join(chance.choices(WORDS, k=8)) + ", Great! \u6f22" for _ in range(count)]


@pytest.fixture(scope="module")
def pieces():
    return frequent_pieces(some_texts(200), at_most=90)


def test_the_special_tokens_come_first_and_padding_is_0(pieces):
    assert tuple(pieces[:4]) == SPECIAL
    assert pieces[0] == "[PAD]"


def test_pieces_are_of_lower_case_words_without_accents(pieces):
    assert all(piece == piece.lower() for piece in pieces[4:])
    assert "cafe" in pieces
    assert not {"\u00e9", "##\u00e9"} & {*pieces}


def test_each_piece_is_there_once_and_their_number_is_bounded(pieces):
    assert len(pieces) == len({*pieces}) <= 90
    assert len(frequent_pieces(some_texts(200), at_most=60)) <= 60


def test_only_characters_of_words_continue_them(pieces):
    # Punctuation and Chinese characters are words of their own.
    assert {"\u6f22", ",", "!"} <= {*pieces}
    assert not {"##\u6f22", "##,", "##!"} & {*pieces}
    assert {"##a", "##e"} <= {*pieces}


def test_the_same_texts_give_the_same_pieces_in_the_same_order(pieces):
    # The trainer's hash tables have a new seed each time.
    for _ in range(3):
        assert frequent_pieces(some_texts(200), at_most=90) == pieces


def test_the_runtime_cuts_words_as_the_trainer_s_own_tokenizer_does(pieces):
    from tokenizers import BertWordPieceTokenizer

    from satchel.bundle import TextInput
    from satchel.preprocessing import WordPieceSpec, open_tokenizer

    theirs = BertWordPieceTokenizer(
        {piece: at for at, piece in enumerate(pieces)}, lowercase=True, strip_accents=True
    )
    spec = WordPieceSpec("vocabulary.txt", lower=True, strip_accents=True)
    ours = open_tokenizer(TextInput(64, spec), {"vocabulary.txt": pieces_file(pieces)})
    for text in (*some_texts(5), "Unbelievably na\u00efve\u2026 \u6f22\u5b57", ""):
        assert ours.encode(text) == theirs.encode(text).ids
