"""The facts about a tokenizer that its file does not hold, as a user states them."""

from typing import Literal, NamedTuple, TypeAlias

Side: TypeAlias = Literal["pre", "post"]
Standardize: TypeAlias = Literal[
    "none", "lower", "strip_punctuation", "lower_and_strip_punctuation"
]
DEFAULT_STANDARDIZE: Standardize = "lower_and_strip_punctuation"
"""What ``TextVectorization`` does if nothing is said"""


class StatedTokenizer(NamedTuple):
    """What the caller says beside a tokenizer's file; None where nothing is said."""

    padding: Side | None = None
    """The side of the padding that ``pad_sequences`` adds; ``pre`` if nothing is said"""
    truncating: Side | None = None
    """The end that ``pad_sequences`` cuts off; ``pre`` if nothing is said"""
    standardize: Standardize | None = None
    """The standardization of a ``TextVectorization`` whose vocabulary the file is;
    ``lower_and_strip_punctuation`` if nothing is said"""


NOTHING = StatedTokenizer()
"""Nothing beside the file"""
