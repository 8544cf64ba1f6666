import doctest

from satchel.bundle.text_input import TextInput
from satchel.preprocessing import RegexSpec
from satchel.preprocessing.tokenizers.regex import open_tokenizer, parse_vocabulary
from satchel_train.data import vocabulary as vocabulary_module
from satchel_train.data.vocabulary import DELIMITER, frequent_words, vocabulary_file


def test_words_are_ordered_by_frequency_and_ties_by_the_alphabet():
    assert frequent_words(["b a c c", "C b a"], at_least=1) == ["c", "a", "b"]


def test_rare_words_are_left_out_and_the_number_of_words_is_bounded():
    texts = ["one two two three three three"]
    assert frequent_words(texts, at_least=2) == ["three", "two"]
    assert frequent_words(texts, at_least=1, at_most=1) == ["three"]


def test_words_are_split_as_the_tokenizer_splits_them():
    assert frequent_words(["don't, caf\u00e9: br<br />"], at_least=1) == ["br", "caf", "don't"]


def test_a_word_longer_than_a_vocabulary_may_hold_is_left_out():
    assert frequent_words(["short " + "x" * 201], at_least=1) == ["short"]


def test_three_spellings_share_one_id():
    vocabulary = parse_vocabulary(vocabulary_file(["good", "i", "10"]))
    assert (vocabulary["<PAD>"], vocabulary["<START>"], vocabulary["<UNKNOWN>"]) == (0, 1, 2)
    assert vocabulary["good"] == vocabulary["Good"] == vocabulary["GOOD"] == 3
    assert vocabulary["i"] == vocabulary["I"] == 4
    assert vocabulary["10"] == 5
    assert len(vocabulary) == 9


def test_the_vocabulary_feeds_the_tokenizer_of_the_runtime():
    text = TextInput(5, RegexSpec(DELIMITER, "vocabulary.txt"))
    tokenizer = open_tokenizer(text, {"vocabulary.txt": vocabulary_file(["good", "don't"])})
    assert tokenizer("GOOD! Don't ask").tolist() == [[1, 3, 4, 2, 0]]


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(vocabulary_module) == (0, 1)
