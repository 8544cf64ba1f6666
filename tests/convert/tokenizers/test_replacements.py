"""Regular expressions of RE2 become steps that change a text as TensorFlow does."""

import re
import string

import pytest

from satchel.preprocessing import VectorizationSpec
from satchel_convert.tokenizers.found import LISTED, FoundTokenizer, listed
from satchel_convert.tokenizers.replacements import step_of

TEXT = (
    "".join(map(chr, range(128)))
    + " <br /> <BR/> a--b [x] ]] \\ \\\\ ^caret 'quote' tabs\t\tx\n\n  12.5 %"
    + " caf\u00e9 \u4e2d\u6587 \U0001f600"
)
KERAS = r'[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']'


@pytest.mark.parametrize(
    "pattern",
    [
        "<br />",
        r"\.\.",
        r"\n",
        "x",
        "x+",
        r"\s+",
        r"\s",
        r"\S",
        r"\d+",
        r"\W",
        " +",
        "(?:<br />)",
        "([0-9])",
        f"[{re.escape(string.punctuation)}]",
        KERAS,
        "[^a-zA-Z0-9 ]",
        r"[^\w\s]",
        r"[^\w\s']+",
        r"[\d.]+",
        "[[:punct:]]",
        "[[:punct:][:space:]x]+",
        "[]x]",
        "[a-]",
        r"[\-a]",
        "[+--]",
        r"[\t\n]+",
        "[!-~]",
        "[&|~-]",
        "[caf\u00e9]",
        "[^\u4e00-\u9fff]",
    ],
)
@pytest.mark.parametrize("by", ["", " ", "<&>"])
def test_a_simple_expression_changes_a_text_as_tensorflow_does(pattern, by):
    import tensorflow as tf

    step = step_of(pattern, by)
    assert step is not None
    expected = tf.strings.regex_replace(TEXT, pattern, by).numpy().decode()
    spec = VectorizationSpec(LISTED, 0, (step,), "none")
    tokenizer = FoundTokenizer(spec, {LISTED: listed([None, "a"])}, "").open(1)
    assert tokenizer.tokens(TEXT) == [expected]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "<[^>]+>",
        "a|b",
        "(ab)+",
        "ab+",
        "a*",
        "a?",
        "a{2}",
        ".",
        "^a",
        "a$",
        r"\bword\b",
        "(?i)abc",
        r"\pL",
        r"[\pL]",
        "[[:wrong:]]",
        r"https?://\S+",
        r"\x41",
        "(a)(b)",
        "[a",
        r"[a-\d]",
    ],
)
def test_another_expression_is_none(pattern):
    assert step_of(pattern, "") is None


def test_groups_in_a_replacement_are_none():
    assert step_of("[ab]", r"\0") is None
