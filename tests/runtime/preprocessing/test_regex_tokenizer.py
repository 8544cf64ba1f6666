"""A string to token ids: RE2's ASCII meaning, a bounded split, a vocabulary that is checked."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from satchel import limits
from satchel.bundle.text_input import TextInput
from satchel.errors import CardError, InputError
from satchel.preprocessing.tokenizers.regex import (
    RegexSpec,
    RegexTokenizer,
    compile_delimiter,
    parse_vocabulary,
)

SPECIAL = {"<PAD>": 0, "<START>": 1, "<UNKNOWN>": 2}
WORDS = {"good": 3, "bad": 4, "don't": 5, "caf": 6, "Good": 3, "a": 7, "b": 8, "'": 9}


def tokenizer(length=6, *, delimiter=r"[^\w']+", words=WORDS):
    return RegexTokenizer(compile_delimiter(delimiter), {**SPECIAL, **words}, length)


def ids(text, length=6, **options):
    return tokenizer(length, **options)(text)[0].tolist()


def test_ids_are_int32_with_a_batch_axis():
    found = tokenizer(4)("good")
    assert found.dtype == np.int32
    assert found.shape == (1, 4)


def test_start_comes_first_and_padding_fills_up():
    assert ids("good bad") == [1, 3, 4, 0, 0, 0]


def test_an_empty_string_and_one_of_delimiters_are_start_and_padding():
    for text in ("", " ", "...", "\n\t\r\n", "—"):
        assert ids(text) == [1, 0, 0, 0, 0, 0]


def test_a_text_too_long_loses_its_end():
    assert ids("bad good bad good bad good bad") == [1, 4, 3, 4, 3, 4]
    assert ids("good", length=1) == [1]
    assert ids("good bad", length=2) == [1, 3]


def test_delimiters_at_the_ends_cost_no_place():
    assert ids("  good bad  ", length=3) == [1, 3, 4]
    assert ids("...good", length=2) == [1, 3]


def test_a_word_that_is_not_in_the_vocabulary_is_unknown():
    assert ids("good evil") == [1, 3, 2, 0, 0, 0]


def test_nothing_is_lower_cased_but_spellings_may_share_an_id():
    assert ids("good Good GOOD") == [1, 3, 3, 2, 0, 0]


def test_apostrophes_belong_to_the_word():
    assert ids("don't don’t") == [1, 5, 2, 2, 0, 0]  # noqa: RUF001 - a typographic one does not
    assert ids("'") == [1, 9, 0, 0, 0, 0]


def test_a_letter_beyond_ascii_is_a_delimiter():
    # RE2's \w is [0-9A-Za-z_], in MediaPipe and hence everywhere.
    assert ids("café") == [1, 6, 0, 0, 0, 0]
    assert ids("aéb") == [1, 7, 8, 0, 0, 0]
    assert ids("a\u0301b") == [1, 7, 8, 0, 0, 0]


def test_the_tokens_of_the_model_itself_cannot_be_written_in_a_text():
    assert ids("<PAD> <START>") == [1, 2, 2, 0, 0, 0]


@pytest.mark.parametrize(
    "text",
    ["\0", "a\0b", "\ud800", "a\udfffb", "😀", "a👩‍👩‍👧b", "مرحبا", "שלום a", "\u202eab", "猫",
     "\ufeff", "\x1b[2J", "İ", "ß", "ﬁ"],
)  # fmt: skip
def test_any_string_gives_ids_within_the_vocabulary(text):
    found = ids(text)
    assert len(found) == 6
    assert found[0] == 1
    assert set(found) <= {*SPECIAL.values(), *WORDS.values()}


@pytest.mark.parametrize("text", ["a" * 10_000_000, "a " * 5_000_000, " " * 10_000_000])
def test_a_string_of_ten_million_letters_is_answered(text):
    # A bounded split looks at no more of it than fits.
    assert ids(text, length=4)[0] == 1


@pytest.mark.parametrize("value", [b"good", None, 1, ["good"], object()])
def test_what_is_no_string_is_refused_by_its_type(value):
    with pytest.raises(InputError, match=f"got {type(value).__name__}"):
        tokenizer()(value)


def reference(text, length):
    """The same ids by finding words, where the tokenizer splits at what is between them."""
    vocabulary = {**SPECIAL, **WORDS}
    found = [vocabulary.get(word, 2) for word in re.findall(r"[0-9A-Za-z_']+", text)]
    return ([1, *found] + [0] * length)[:length]


@given(st.text(), st.integers(1, 12))
def test_a_reference_written_the_other_way_round_agrees(text, length):
    assert ids(text, length) == reference(text, length)


@given(st.lists(st.sampled_from([*WORDS, " ", ".", "é", "\n"]), max_size=30), st.integers(1, 12))
def test_the_reference_agrees_on_texts_of_known_words(pieces, length):
    text = "".join(pieces)
    assert ids(text, length) == reference(text, length)


@pytest.mark.parametrize(
    "pattern",
    [r"[^\w']+", r"\W+", r"[ ]+", r"[ \W]+", r"[^a-zA-Z0-9]+", r"\s+", r"[.,;:!?\-]+", r"\d+",
     r"[\]\[]+", r"[\\]+", r"[\^]+", r"[\s-]+", r"[^-\s]+", r"[\\s-z]+"],
)  # fmt: skip
def test_one_repeated_class_of_characters_is_a_delimiter(pattern):
    compiled = compile_delimiter(pattern)
    assert compiled.flags & re.ASCII
    assert not compiled.match("")


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a", "a+", "a*", "[a-z]", "[a-z]*", "[a-z]?", "[a-z]{2}", "[a-z]{1,}", "[a-z]+?",
        "[a-z]++", "[a-z]+ ", "(a+)+", "([a-z]+)+", "(a|a)+", "(?i)[a-z]+", "(?:[a-z])+", ".+",
        ".*", "^[a-z]+", "[a-z]+$", "[a-z]+|[0-9]+", "[a-z]+[0-9]+", r"\b+", r"\x00+", r"[\x00]+",
        r"[\b]+", r"\p{L}+", "[[:alpha:]]+", "[]+", "[^]+", "[]a]+", "[z-a]+", r"[a-\w]+",
        r"[\s-a]+", r"[\\\s-a]+", "[\x01-\\s]+", r"[a-\s]+",
        "[" + "a" * 200 + "]+", "[a-z]+\n", "+", "[", "[a",
    ],
)  # fmt: skip
def test_any_other_delimiter_is_refused(pattern):
    with pytest.raises(CardError, match=r"^Expected .*delimiter") as caught:
        compile_delimiter(pattern)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("delimiter", [r"\s+", r"[\s.]+"])
def test_a_vertical_tab_is_no_space_as_in_re2(delimiter):
    # RE2: \s is [\t\n\f\r ].
    assert ids("a\vb a", delimiter=delimiter) == [1, 2, 7, 0, 0, 0]


@pytest.mark.parametrize("space", "\t\n\f\r ")
def test_every_other_space_is_one_as_in_re2(space):
    assert ids(f"a{space}b", delimiter=r"\s+") == [1, 7, 8, 0, 0, 0]


@pytest.mark.parametrize("letter", "\x85\xa0\u2003\u3000\x1c")
def test_spaces_beyond_ascii_are_none_as_in_re2(letter):
    assert ids(f"a{letter}b", delimiter=r"\s+") == [1, 2, 0, 0, 0, 0]


@pytest.mark.parametrize("pattern", ["[a&&b]+", "[a||b]+", "[a~~b]+", "[a--b]+"])
def test_doubled_signs_that_python_may_give_another_meaning_are_refused(pattern):
    with pytest.raises(CardError):
        compile_delimiter(pattern)


@given(st.text(alphabet="[]^-+*?(){}|\\.$awWsdb09 &~", max_size=12))
def test_a_delimiter_is_accepted_or_refused_but_never_matches_nothing(pattern):
    try:
        compiled = compile_delimiter(pattern)
    except CardError:
        return
    assert pattern.endswith("+")
    assert compiled.match("") is None


def lines(**tokens):
    rows = [*SPECIAL.items(), *tokens.items()]
    return "".join(f"{token} {number}\n" for token, number in rows).encode()


def vocabulary_refusal(content):
    with pytest.raises(CardError) as caught:
        parse_vocabulary(content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


def test_a_vocabulary_maps_tokens_to_ids_whose_order_is_free():
    content = "猫 7\n<UNKNOWN> 2\n<START> 1\ndon't 3\n<PAD> 0\nDon't 3\n".encode()
    assert parse_vocabulary(content) == {**SPECIAL, "猫": 7, "don't": 3, "Don't": 3}


def test_the_last_line_break_may_be_missing():
    assert parse_vocabulary(lines(a=3)) == parse_vocabulary(lines(a=3)[:-1])


@pytest.mark.parametrize("token", list(SPECIAL))
def test_a_vocabulary_without_a_special_token_is_refused_by_its_name(token):
    content = lines(a=3).decode().replace(token, "other").encode()
    assert f"got none for {token}." in vocabulary_refusal(content)


@pytest.mark.parametrize(
    "line",
    [
        "<PAD> 3", "a 3\na 4", "a 3\na 3", " 3", "a", "a ", "a  3", "a b 3", "a 3 ", "a -1", "a +1",
        "a 1.0", "a 1e3", "a 0x1", "a 1_0", "a \u0661", "a ²", "a 9999999999", "a " + "9" * 5000,
        "a\t3", "a 3\r", "", "\n", "a 3\n\nb 4", "x" * (limits.MAX_TOKEN_LENGTH + 1) + " 3", "3",
    ],
    ids=lambda line: ascii(line)[:30],
)  # fmt: skip
def test_a_line_that_is_not_a_new_token_and_its_id_is_refused_by_its_number(line):
    assert re.search(r"on line [456] ", vocabulary_refusal(lines() + line.encode() + b"\n"))


def test_the_longest_token_and_the_largest_id_are_accepted():
    token = "x" * limits.MAX_TOKEN_LENGTH
    assert parse_vocabulary(lines(**{token: 999_999_999}))[token] == 999_999_999
    assert np.int32(999_999_999) == 999_999_999


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe", "é 3\n".encode("latin-1"), "a 3".encode("utf-16")]
)
def test_what_is_no_vocabulary_in_utf_8_is_refused(content):
    vocabulary_refusal(content)
    vocabulary_refusal(lines() + content + b"\n")


def test_a_byte_order_mark_is_refused():
    vocabulary_refusal(b"\xef\xbb\xbf" + lines())


def test_too_many_tokens_are_refused(monkeypatch):
    assert f"{limits.MAX_VOCABULARY:,}" in vocabulary_refusal(b"\n" * (limits.MAX_VOCABULARY + 1))
    monkeypatch.setattr("satchel.limits.MAX_VOCABULARY", 4)
    parse_vocabulary(lines(a=3))
    assert "at most 4 tokens, got 5" in vocabulary_refusal(lines(a=3, b=4))


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_a_vocabulary_or_the_typed_error(content):
    try:
        found = parse_vocabulary(lines() + content)
    except CardError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either way will do
    else:
        assert all(0 <= number < 2**31 for number in found.values())


def test_a_text_card_has_no_tokenizer_of_its_own():
    # Where training and running meet: the card's fields are all that a tokenizer is.
    assert TextInput._fields == ("length", "tokenizer", "tensors", "kind")
    assert RegexSpec._fields == ("delimiter", "vocabulary", "kind")


def test_of_several_spellings_of_an_id_the_first_is_told():
    found = tokenizer()
    assert [found.spelling()[each] for each in found.encode("Good films")] == [
        "<START>", "good", "<UNKNOWN>",
    ]  # fmt: skip
