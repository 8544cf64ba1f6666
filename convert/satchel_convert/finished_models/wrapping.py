"""Packs a finished model file in a bundle, with golden vectors of its own predictions."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from satchel.bundle import (
    CARD_NAME,
    Bundle,
    Json,
    LabelOutput,
    card_to_json,
    check_entries,
    digest,
    pack,
    unpack,
)
from satchel.writing import make_folder, write_atomically
from satchel_convert.errors import DoubtfulModelError
from satchel_convert.finished_models.draft import FinishedFile
from satchel_convert.finished_models.golden_inputs import made_up
from satchel_convert.finished_models.opening import open_file
from satchel_convert.finished_models.predictions import (
    Evaluation,
    check_again,
    evaluate,
    isolated,
    predict,
    sample_folder,
)
from satchel_convert.golden.candidates import choose_candidates
from satchel_convert.golden.tolerances import measure, tolerances
from satchel_convert.golden.vectors import VECTORS, Golden, golden_files, keep_telling
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.plausibility.agreement import EXPECTED, ExpectedReport, provenance_of
from satchel_convert.plausibility.checking import examine_finished, expect_of_finished
from satchel_convert.plausibility.doubts import ACCEPTED, Doubt
from satchel_convert.plausibility.expected_file import read_expected
from satchel_convert.plausibility.token_agreement import ask_for_expectation
from satchel_convert.reporting.report import refused_report
from satchel_convert.settings import EXPECT_DIFFERENCE, PathLike
from satchel_convert.task import converter_task


class PackedModel(NamedTuple):
    """A bundle with one finished model."""

    bundle: Bundle
    """The open bundle, ready for a classifier"""
    content: bytes
    """The bundle as a file"""
    evaluation: Evaluation | None
    """The predictions for the evaluation samples and their accuracy; None without samples"""
    doubts: Sequence[Doubt] = ()
    """The doubts about the accuracy in spite of which the model was packed, the strongest first"""
    expected: ExpectedReport | None = None
    """The comparison with the author's own predictions; None without these"""
    notes: Sequence[str] = ()
    """What the user should know: decisions that nobody stated, and contradictions"""

    def save(self, path: PathLike) -> None:
        """Write the bundle and its missing parent folders; raises OutputError if that fails."""
        place = Path(path)
        make_folder(place.parent)
        write_atomically(self.content, place)


def wrap_model(
    finished: FinishedFile,
    *,
    accept_accuracy: bool = False,
    expect: Path | None = None,
    expect_difference: float = EXPECT_DIFFERENCE,
    deadline_s: float = DEADLINE_S,
) -> PackedModel:
    """Return a bundle of a finished model; its golden vectors hold the model's own predictions.

    The file is loaded and run in child processes only. Without ``accept_accuracy``, a model whose
    accuracy is doubtful is not packed. ``expect`` are its author's predictions of evaluation
    images, from which a score of a float model may differ by ``expect_difference``.

    Raises DoubtfulModelError for such a model, ModelFolderError for files that do not fit
    together, ConversionError for a model that does not run or is not what a bundle may hold.
    """
    opened = open_file(finished, deadline_s=deadline_s)
    draft, samples = opened.draft, opened.samples
    output = draft.card.output
    assert isinstance(output, LabelOutput)
    evaluation = None
    doubts: Sequence[Doubt] = ()
    expected: ExpectedReport | None = None
    if samples:
        evaluation = evaluate(draft, samples, deadline_s=deadline_s)
        if expect is not None:
            answers = read_expected(expect, samples, output)
            agreement = expect_of_finished(
                draft, samples, answers, allowed=expect_difference, deadline_s=deadline_s
            )
            expected = ExpectedReport(answers.file, [agreement], answers.missing)
        doubts = _doubts(draft, evaluation, deadline_s, accept_accuracy=accept_accuracy)
    folder = sample_folder(draft, samples)
    golden = _golden(draft, folder, evaluation, deadline_s)
    prepared = prepare(folder, [each.raw for each in golden.inputs])
    [entry] = draft.card.models
    measured = measure(
        draft,
        entry,
        prepared,
        expected=golden.predictions,
        found=golden.unrounded,
        isolated=partial(isolated, deadline_s=deadline_s),
    )
    tolerated = tolerances(entry, measured, converter_task(draft.card.task).output.ALLOWANCES)
    entry = entry._replace(golden_tolerance=tolerated.largest, golden_tolerance_why=tolerated.why)
    files = {**draft.files, **golden_files(golden, {entry.file: tolerated}, task=draft.card.task)}
    provenance: dict[str, Json] = {**opened.provenance}
    provenance["packer"] = f"satchel-convert {version('satchel-convert')}"
    if evaluation is not None:
        provenance["evaluation"] = {
            "samples": len(evaluation.samples),
            "accuracy": round(evaluation.accuracy, 6),
            "accuracy_ci95": [round(end, 6) for end in evaluation.interval],
        }
    if expected is not None:
        provenance[EXPECTED] = provenance_of(expected)
    if doubts:
        provenance[ACCEPTED] = [doubt.line for doubt in doubts]
    card = draft.card._replace(
        models=(entry,),
        golden=VECTORS,
        files={name: digest(files[name]) for name in sorted(files)},
        provenance=provenance,
    )
    check_again(Bundle(card, files), deadline_s=deadline_s)
    content = pack({CARD_NAME: card_to_json(card), **files})
    notes = [*opened.notes]
    if (
        expected is None
        and (request := ask_for_expectation(card, name=finished.path.name)) is not None
    ):
        notes += request.lines
    return PackedModel(check_entries(unpack(content)), content, evaluation, doubts, expected, notes)


def _doubts(
    draft: Bundle, evaluation: Evaluation, deadline_s: float, *, accept_accuracy: bool
) -> Sequence[Doubt]:
    """Return the doubts about the model's accuracy; raises DoubtfulModelError unless accepted."""
    found = examine_finished(draft, evaluation.samples, deadline_s=deadline_s)
    if not found.doubts:
        return ()
    if not accept_accuracy:
        raise DoubtfulModelError(refused_report(draft.card.name, draft.card.task, found))
    return found.doubts


def _golden(
    draft: Bundle, folder: ModelFolder, evaluation: Evaluation | None, deadline_s: float
) -> Golden:
    """Return golden inputs and the model's own predictions for them."""
    if evaluation is None:
        candidates = made_up(draft)
    else:
        candidates = choose_candidates(folder, evaluation.inputs, evaluation.predictions)
    prepared = prepare(folder, candidates.raws)
    predictions = predict(draft, prepared, deadline_s=deadline_s)
    model_bytes = [model.size_bytes for model in draft.card.models]
    return keep_telling(
        candidates, prepared, predictions, task=draft.card.task, model_bytes=model_bytes
    )
