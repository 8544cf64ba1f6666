"""Finds the smallest or fastest model that keeps its accuracy, chosen on half of the samples.

A model whose test is undecided is taken only if no model of its format is decided.

The best of many models is partly lucky: of several models within a limit on some samples, one may
be there by chance. So half of the samples are held out. The model that the first half chose must
also pass on the second half, which was not used before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from satchel.bundle import Bundle
from satchel_convert.model_folder import ModelFolder
from satchel_convert.settings import Goal
from satchel_convert.verification.verify import Finding, Verification

Outcome: TypeAlias = Literal[
    "taken", "undecided", "not confirmed", "not within the limits", "not needed"
]

CHOOSING = slice(0, None, 2)
"""The samples, after ``shuffled``, on which a model is chosen"""
CONFIRMING = slice(1, None, 2)

_COST: Mapping[Goal, Callable[[Finding], float]] = {
    "smallest": lambda finding: finding.entry.size_bytes,
    "fastest": lambda finding: finding.latency_ms,
}


def shuffled(folder: ModelFolder) -> ModelFolder:
    """Return the model folder with its evaluation samples shuffled, the same way every time.

    They may alternate between labels. Every second sample would then have the same label.
    """
    order = np.random.default_rng(0).permutation(len(folder.evaluation))
    return replace(folder, evaluation=[folder.evaluation[at] for at in order])


class Step(NamedTuple):
    """A model that the search examined."""

    finding: Finding
    """The result on the samples on which models are chosen"""
    outcome: Outcome


class SearchResult(NamedTuple):
    """The result of a search."""

    goal: Goal
    choosing: int
    """The number of samples on which models were chosen"""
    path: Sequence[Step]
    """The models in the order in which the search examined them: the best of each format first"""
    confirmed: Verification
    """The verification of the chosen models on the other samples, at most one for each format"""


def search(
    draft: Bundle, check: Callable[[Bundle, slice], Verification], *, goal: Goal
) -> SearchResult:
    """Return the best model of each format in ``draft`` that is within the limits on both halves.

    ``check`` verifies the models of a bundle on a slice of the samples.
    """
    chosen = check(draft, CHOOSING)
    path: list[Step] = []
    confirmed: list[Verification] = []
    for format_ in dict.fromkeys(entry.format for entry in draft.card.models):
        found = [each for each in chosen.findings if each.entry.format == format_]
        taken: Verification | None = None
        fallback: tuple[int, Verification] | None = None
        for finding in sorted(found, key=_COST[goal]):
            if finding.failures or taken or finding.stopped:
                path.append(
                    Step(finding, "not within the limits" if finding.failures else "not needed")
                )
                continue
            alone = draft.card._replace(models=(finding.entry,))
            verification = check(Bundle(alone, draft.files), CONFIRMING)
            [again] = verification.findings
            if again.failures:
                path.append(Step(finding, "not confirmed"))
            elif again.undecided:
                fallback = fallback or (len(path), verification)
                path.append(Step(finding, "undecided"))
            else:
                taken = verification
                path.append(Step(finding, "taken"))
        if taken is None and fallback is not None:
            at, taken = fallback
            path[at] = path[at]._replace(outcome="taken")
        if taken is not None:
            confirmed.append(taken)
    return SearchResult(goal, chosen.samples, path, _together(confirmed, chosen))


def _together(confirmed: Sequence[Verification], chosen: Verification) -> Verification:
    """Return one verification for models that were verified one by one on the same samples."""
    if not confirmed:
        return replace(chosen, findings=(), examples=())
    findings = [finding for each in confirmed for finding in each.findings]
    examples = [*confirmed[0].examples[:1], *(x for each in confirmed for x in each.examples[1:])]
    return replace(confirmed[0], findings=findings, examples=examples)
