"""Reads the vocabulary of a ``TextVectorization`` layer that is not in the model, from a list.

Source: ``keras.layers.TextVectorization.get_vocabulary``.
"""

from collections.abc import Sequence

from satchel.preprocessing import StandardizeStep, VectorizationSpec
from satchel_convert.errors import ModelFolderError
from satchel_convert.tokenizers.found import LISTED, FoundTokenizer, listed
from satchel_convert.tokenizers.settings import (
    DEFAULT_STANDARDIZE,
    Standardize,
    StatedTokenizer,
)

UNKNOWN = "[UNK]"
LOWER = StandardizeStep("lower")
STRIP = StandardizeStep("replace", characters=r"""[!-/:-@\[-`{-~]""", by="")
"""The punctuation that ``TextVectorization`` removes: that of ASCII"""
STEPS: dict[Standardize, tuple[StandardizeStep, ...]] = {
    "none": (),
    "lower": (LOWER,),
    "strip_punctuation": (STRIP,),
    "lower_and_strip_punctuation": (LOWER, STRIP),
}
"""The steps of each standardization that has a name"""


def is_vectorization(tokens: Sequence[object]) -> bool:
    """Return whether a list is what ``get_vocabulary()`` returns for a layer that gives ids."""
    return list(tokens[:2]) == ["", UNKNOWN]


def read_vectorization(tokens: Sequence[str], name: str, stated: StatedTokenizer) -> FoundTokenizer:
    """Return the tokenizer of a ``get_vocabulary()``, which splits at white space."""
    if not is_vectorization(tokens):
        raise ModelFolderError(
            f"Expected '' and {UNKNOWN!r} in front of the tokens in {name!r}, as get_vocabulary()"
            f" returns them for a layer that gives ids, got {list(tokens[:2])!r:.60}."
        )
    way = stated.standardize or DEFAULT_STANDARDIZE
    spec = VectorizationSpec(LISTED, unknown=1, standardize=STEPS[way], split="whitespace")
    source = f"the vocabulary of a TextVectorization in {name!r}, standardize {way}"
    return FoundTokenizer(spec, {LISTED: listed(["", None, *tokens[2:]])}, source)
