"""Compares a bundle's tokenizer with what the float model itself makes of texts.

The texts are those of the evaluation, as they are and changed as people's texts differ: a tokenizer
that is wrong in one way, such as the case of letters, agrees on many texts as they are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, TokenizerSpec
from satchel_convert.conversion import jobs
from satchel_convert.float_models.predictions import OwnIds
from satchel_convert.isolation import DEADLINE_S, run_isolated
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.task import converter_task

MOST = 2048
"""The largest number of texts that are tried"""
SHOWN = 60
"""The number of characters of a text that a message shows"""
_TAKEN_OUT = ("vectorization", "wordpiece", "sentencepiece")
"""The kinds of tokenizers that are ever taken out of a model"""
_ACCENTS = str.maketrans("aceinouyAEO", "\u00e0\u00e7\u00e9\u00ee\u00f1\u00f6\u00fc\u00ffÀÉØ")
_QUOTES = str.maketrans({"'": "\u2019", '"': "\u201d", "-": "\u2013"})
VARIANTS: Mapping[str, Callable[[str], str]] = {
    "as they are": lambda text: text,
    "in capitals": str.upper,
    "with doubled spaces": lambda text: f" {text.replace(' ', '  ')}\t",
    "with typographic quotes": lambda text: f"\u201c{text.translate(_QUOTES)}\u201d",
    "with emoji": lambda text: text.replace(" ", " \U0001f44d\U0001f3fd ", 2) + "\U0001f600",
    "with accents": lambda text: text.translate(_ACCENTS) + " cafe\u0301",
    "with HTML": lambda text: "<p>" + re.sub(r"([.!?]) ", r"\1<br /><br />", text) + "</p>",
}
"""The ways in which the texts are changed, by their names"""


class TokenAgreement(NamedTuple):
    """How many texts, changed in one way, get the ids that the float model makes itself."""

    variant: str
    texts: int
    agreeing: int
    example: str | None = None
    """The beginning of a text that gets others without a known reason; None if there is none"""
    known: int = 0
    """The number of texts that get others and hold what the tokenizer is known to read otherwise"""

    @property
    def words(self) -> str:
        """The agreement on one line."""
        words = f"{self.agreeing:,} of {self.texts:,} texts {self.variant}"
        return words if self.example is None else f"{words}, not {self.example!r}"


class TokenReport(NamedTuple):
    """The comparison of a bundle's tokenizer with the float model's own."""

    agreements: Sequence[TokenAgreement]
    """One for each of VARIANTS; none if the float model takes ids and has no tokenizer"""
    request: str | None = None
    """What to do instead, where there is nothing to compare with; None otherwise"""
    differences: str = ""
    """What the tokenizer is known to read otherwise than the model, in words"""

    @property
    def lines(self) -> list[str]:
        """The result, on one line if every text agrees."""
        if self.request is not None:
            return [self.request]
        return [*self._compared, *self._known]

    @property
    def _known(self) -> list[str]:
        """How many texts get other ids for a known reason, on a line; none if no text does."""
        found = [each for each in self.agreements if each.known]
        if not found:
            return []
        counts = ", ".join(f"{each.known:,} of {each.texts:,} {each.variant}" for each in found)
        return [f"token ids differ in texts with certain characters ({counts}): {self.differences}"]

    @property
    def _compared(self) -> list[str]:
        differing = [each for each in self.agreements if each.example is not None]
        if differing:
            return [f"token ids differ from the model's own: {each.words}" for each in differing]
        [first, *others] = self.agreements
        ways = ", ".join(each.variant for each in others)
        texts = "all other texts" if self._known else f"{first.texts:,} texts"
        return [f"token ids agree with the model's own on {texts} as they are, {ways}"]

    @property
    def failure(self) -> str | None:
        """The reason why no model of the bundle passes; None if no id differs."""
        differing = [each for each in self.agreements if each.example is not None]
        if not differing:
            return None
        worst = min(differing, key=lambda each: each.agreeing)
        return f"the tokenizer gives the model's own ids for only {worst.words}"


def compare_tokens(folder: ModelFolder, *, deadline_s: float = DEADLINE_S) -> TokenReport | None:
    """Return how the tokenizer of ``folder`` agrees with its float model's own.

    It is None for a float model that does not take strings. Raises ConversionError if it does not
    run.
    """
    tokenizer = _tokenizer(folder.card)
    if tokenizer is None or tokenizer.kind not in _TAKEN_OUT:
        return None
    texts = [sample.value for sample in folder.evaluation[:MOST]]
    changed = [change(text) for change in VARIANTS.values() for text in texts]
    # Prepared first: a text that no tokenizer takes is named here.
    found = prepare(folder, changed)
    tensors = converter_task(folder.card.task).input.tensors(folder.card.input)
    if len(tensors) > 1:
        found = found[:, list(tensors).index("ids")]
    own: OwnIds | None = run_isolated(
        jobs.own_ids, (folder.model_path, changed, found.shape[1]), deadline_s=deadline_s
    )
    if own is None:
        return None
    agrees = (found == own.ids).all(axis=1)
    by_variant = (len(VARIANTS), len(texts))
    known = (~agrees & own.differs).reshape(by_variant)
    rows = [changed[at : at + len(texts)] for at in range(0, len(changed), len(texts))]
    agreements = [
        TokenAgreement(
            name, len(texts), int(same.sum()), _example(row, same | reason), int(reason.sum())
        )
        for name, row, same, reason in zip(
            VARIANTS, rows, agrees.reshape(by_variant), known, strict=True
        )
    ]
    return TokenReport(agreements, differences=own.differences)


def ask_for_expectation(card: Card, *, name: str) -> TokenReport | None:
    """Return the request for the predictions of the author of the model in the file ``name``.

    It is None for a model of no texts.
    """
    if _tokenizer(card) is None:
        return None
    request = (
        f"{name} takes ids, so nothing here shows that a text gets the ids that it was trained"
        " with: add --expect FILE with what your own program predicts for some of the texts."
    )
    return TokenReport((), request)


def _tokenizer(card: Card) -> TokenizerSpec | None:
    described = converter_task(card.task).input.describe_tensors(card.input)
    return described[0].tokenizer


def _example(texts: Sequence[str], same: NDArray[np.bool_]) -> str | None:
    if same.all():
        return None
    text = min((text for text, agrees in zip(texts, same, strict=True) if not agrees), key=len)
    return text if len(text) <= SHOWN else text[:SHOWN] + "\u2026"
