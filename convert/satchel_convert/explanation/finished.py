"""Explains what is wrong with a finished model: its labels, or how its images are prepared."""

from collections.abc import Callable

from satchel_convert.errors import ModelFolderError
from satchel_convert.explanation.explanation import Explanation
from satchel_convert.explanation.findings import of_doubts, rank
from satchel_convert.finished_models.draft import FinishedFile
from satchel_convert.finished_models.opening import open_file
from satchel_convert.finished_models.predictions import evaluate
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.plausibility.checking import examine_finished


def explain_finished(
    finished: FinishedFile,
    *,
    deadline_s: float = DEADLINE_S,
    on_done: Callable[[str], None] = lambda _: None,
) -> Explanation:
    """Return the reasons to doubt the predictions of a finished model, the main one first.

    ``on_done`` receives the name of each step. Raises ModelFolderError if evaluation samples are
    missing and for files that do not fit together, ConversionError for a model that does not run.
    """
    if finished.evaluation is None:
        raise ModelFolderError(
            f"Expected evaluation for {finished.path.name!r}: without labelled samples nothing can"
            " be tried."
        )
    opened = open_file(finished, deadline_s=deadline_s, must_be_clear=False)
    draft, samples = opened.draft, opened.samples
    evaluation = evaluate(draft, samples, deadline_s=deadline_s)
    on_done("predictions")
    found = examine_finished(draft, samples, deadline_s=deadline_s)
    on_done("preprocessing")
    findings = rank(of_doubts(found.doubts))
    return Explanation(draft.card.name, finished.path.name, None, None, (), findings, evaluation)
