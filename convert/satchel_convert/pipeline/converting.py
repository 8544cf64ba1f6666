"""Makes a verified bundle of a Keras model: convert, verify, choose, report, pack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from satchel.bundle import Activation, Bundle, Format, check_entries, unpack
from satchel.writing import make_folder, write_atomically
from satchel_convert.conversion.convert import Conversions, convert as convert_matrix, count_jobs
from satchel_convert.conversion.order import by_use
from satchel_convert.conversion.pack import draft_bundle, pack_bundle
from satchel_convert.conversion.search import CONFIRMING, SearchResult, search, shuffled
from satchel_convert.errors import ConversionError, NoModelPassedError
from satchel_convert.float_models.kinds import chosen_formats
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.model_folder import ModelFolder, with_provenance
from satchel_convert.pipeline.examining import (
    Expectation,
    find_doubts,
    open_expectation,
    open_tokens,
    with_expected,
    with_tokens,
)
from satchel_convert.pipeline.executors import open_executor
from satchel_convert.pipeline.sources import open_source, place_of
from satchel_convert.plausibility.agreement import EXPECTED, provenance_of
from satchel_convert.plausibility.doubts import ACCEPTED, Doubt
from satchel_convert.plausibility.token_agreement import TokenReport
from satchel_convert.progress import OnProgress, Steps, count_samples, silent
from satchel_convert.reporting.facts import facts_of
from satchel_convert.reporting.gallery import add_gallery
from satchel_convert.reporting.layer_section import add_layers
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import (
    Report,
    add_search,
    make_report,
    without_latency,
)
from satchel_convert.reporting.report_json import to_json
from satchel_convert.samples.keeping import check_keepable, kept
from satchel_convert.schemes import FORMATS, SCHEMES, USUAL, Scheme
from satchel_convert.settings import (
    EXPECT_DIFFERENCE,
    GOALS,
    Goal,
    ImageSettings,
    Labels,
    Limits,
    ModelSettings,
    ModelSource,
    PathLike,
    TextSettings,
    check_known,
)
from satchel_convert.task import TaskLimits, converter_task
from satchel_convert.verification.float_first import refuse_with_float32
from satchel_convert.verification.predictions import Executor
from satchel_convert.verification.stated_limits import task_limits
from satchel_convert.verification.verify import Verification, verify


@dataclass(frozen=True)
class Conversion:
    """A converted model: the bundle of the models that passed, and the report on all models."""

    bundle: Bundle
    """The open bundle: ``ImageClassifier(conversion.bundle)`` runs it"""
    report: Report
    """The report, with a row for each model and the latency on this machine. The report inside the
    bundle has no latency."""
    content: bytes
    """The bundle as a file"""

    @property
    def run_arguments(self) -> str:
        """The arguments that ``satchel run`` needs after the path of the bundle."""
        return converter_task(self.bundle.card.task).output.RUN_ARGUMENTS

    def save(self, path: PathLike) -> None:
        """Write the bundle and its missing parent folders; raises OutputError if that fails."""
        place = Path(path)
        make_folder(place.parent)
        write_atomically(self.content, place)


def convert(
    model: ModelSource,
    *,
    labels: Labels | None = None,
    evaluation: PathLike | None = None,
    calibration: PathLike | None = None,
    task: str | None = None,
    activation: Activation | None = None,
    multi_label: bool | None = None,
    thresholds: Sequence[float] | None = None,
    images: ImageSettings | None = None,
    texts: TextSettings | None = None,
    name: str | None = None,
    version: str | None = None,
    formats: Sequence[Format] | None = None,
    schemes: Sequence[Scheme] | None = None,
    goal: Goal | None = None,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    deadline_s: float = DEADLINE_S,
    samples_shown: bool = True,
    verify_all: bool = False,
    accept_accuracy: bool = False,
    expect: PathLike | None = None,
    expect_difference: float = EXPECT_DIFFERENCE,
    keep: PathLike | None = None,
    on_progress: OnProgress = silent,
) -> Conversion:
    """Return the bundle of the converted models that are within the limits, and the report.

    Conversions run in child processes, which import the main module: a script needs the guard
    ``if __name__ == "__main__":``.

    Args:
        model: a model folder, which needs none of the arguments up to ``texts``; or a .keras or .h5
            file, a SavedModel's folder, a float32 .tflite or .onnx of any framework, or a Keras
            model in memory.
        labels: a list in the order of the outputs, or the path of a file with one on each line.
        evaluation: images or .txt files, in a folder for each label; or a .csv, .tsv or .jsonl
            table of texts or paths, with labels; or a folder with ``samples/evaluation.jsonl``. It
            takes the place of a model folder's own samples.
        calibration: other images or texts, for the schemes that need them, in the same forms.
        task: the task, if the model's input does not show it.
        activation: the activation of the outputs, if the last operation does not show it.
        multi_label: whether any number of labels may be right at once; a model that ends in several
            sigmoids needs no such hint.
        thresholds: the lowest probability with which each label of such a model is chosen (0.5).
        images: how the training images of an image model were prepared.
        texts: how the training texts of a text model were prepared.
        name: the name of the bundle, instead of the model's own.
        version: the version of the bundle, three numbers, instead of the model folder's or 1.0.0.
        formats: some of ``FORMATS``; by default all to which the model converts: a .tflite or .onnx
            only to its own.
        schemes: some of ``SCHEMES``; by default the usual four, or all of them with a ``goal``.
        goal: keep only the smallest or fastest model of each format that is within the limits. It
            is chosen on half of the samples and confirmed on the rest.
        limits: the allowed distance of a model from the float model.
        workers: the number of processes that run the samples through the models.
        ray: HOST:PORT of a Ray cluster that runs them instead.
        deadline_s: seconds for one conversion, and for the float model's predictions.
        samples_shown: whether the page shows the samples on which two models disagree.
        verify_all: whether every model runs on all samples. Otherwise a quantized model is stopped
            and not packed that is slower and no smaller than another one of its format, and not
            surely more accurate on the first 200 samples, if that saves 10 seconds.
        accept_accuracy: whether the models are packed although the float model's accuracy is
            doubtful: no better than chance, or repaired by another preparation of the samples.
        expect: a file with the author's own predictions of evaluation samples, with which the
            models are compared from the raw samples on.
        expect_difference: the largest allowed difference of a score from these predictions, for the
            float model and the float32 models.
        keep: a new folder for the model folder that the model and its samples amount to, with
            copies of both. It is also kept if no model is within the limits.
        on_progress: a function that receives the progress.

    Raises DoubtfulModelError, which has a report of the doubts, for a doubtful accuracy that was
    not accepted; NoModelPassedError, which has the report, if no model is within the limits;
    ModelFolderError for settings and samples that do not fit the model; ConversionError for a model
    that cannot be read or has no scheme that converts.

    """
    settings = ModelSettings(
        labels=labels,
        evaluation=evaluation,
        calibration=calibration,
        task=task,
        activation=activation,
        multi_label=multi_label or None,
        thresholds=None if thresholds is None else tuple(thresholds),
        images=images or ImageSettings(),
        texts=texts or TextSettings(),
    )
    check_known(formats or (), FORMATS, what="formats")
    check_known(schemes or (), SCHEMES, what="schemes")
    check_known((goal,) if goal else (), GOALS, what="a goal")
    if keep is not None:
        check_keepable(Path(keep))
    with open_source(model, settings, name=name, version=version) as folder:
        plan = _Plan(
            formats=chosen_formats(folder.model_path, formats),
            schemes=schemes or (USUAL if goal is None else SCHEMES),
            goal=goal,
            limits=task_limits(limits or Limits(), folder.card),
            executor=_executor(folder, goal, workers, ray),
            deadline_s=deadline_s,
            samples_shown=samples_shown,
            verify_all=verify_all,
            on_progress=on_progress,
            expectation=open_expectation(
                folder,
                expect,
                place=place_of(model),
                allowed=expect_difference,
                deadline_s=deadline_s,
            ),
            tokens=open_tokens(
                folder,
                place=place_of(model),
                expected=expect is not None,
                deadline_s=deadline_s,
            ),
            doubts=find_doubts(
                folder,
                place=place_of(model),
                accept_accuracy=accept_accuracy,
                deadline_s=deadline_s,
            ),
        )
        with kept(folder, keep):
            return _convert(folder if goal is None else shuffled(folder), plan)


@dataclass(frozen=True)
class _Plan:
    formats: Sequence[Format]
    schemes: Sequence[Scheme]
    goal: Goal | None
    limits: TaskLimits
    executor: Executor
    deadline_s: float
    samples_shown: bool
    verify_all: bool
    on_progress: OnProgress
    expectation: Expectation | None
    tokens: TokenReport | None
    doubts: Sequence[Doubt]
    """The doubts about the float model that were accepted"""


def _executor(folder: ModelFolder, goal: Goal | None, workers: int, ray: str | None) -> Executor:
    """Return the executor that runs the samples; raises ConversionError for too few samples."""
    if goal is not None and len(folder.evaluation) < 2:
        raise ConversionError(
            f"Expected at least 2 evaluation samples for --{goal}, one to choose a model and one"
            f" to confirm it, got {len(folder.evaluation)}: add samples, or leave --{goal} out."
        )
    return open_executor(workers=workers, ray=ray)


def _convert(folder: ModelFolder, plan: _Plan) -> Conversion:
    steps = Steps("converting", count_jobs(plan.formats, plan.schemes), plan.on_progress)
    conversions = convert_matrix(
        folder,
        formats=plan.formats,
        schemes=plan.schemes,
        deadline_s=plan.deadline_s,
        on_done=steps.finish,
    )
    draft = draft_bundle(folder, conversions)
    found, verification = _verify(folder, conversions, draft, plan)
    verification, expected = with_expected(draft, verification, plan.expectation)
    # Once more, because the author's predictions may have refused a float32 model.
    verification = with_tokens(refuse_with_float32(verification), plan.tokens)
    verification = replace(verification, findings=by_use(verification.findings))
    report = _report(folder, conversions, draft, found, verification, plan)
    report = report._replace(
        doubts=plan.doubts, expected=expected, tokens=plan.tokens, facts=facts_of(draft.card)
    )
    if all(row.failures for row in report.rows):
        raise NoModelPassedError(report)
    if plan.doubts:
        folder = with_provenance(folder, ACCEPTED, [doubt.line for doubt in plan.doubts])
    if expected is not None:
        folder = with_provenance(folder, EXPECTED, provenance_of(expected))
    kept = without_latency(report)
    reports = {"report.json": to_json(kept), "report.html": to_html(kept)}
    content = pack_bundle(folder, conversions, draft, verification, reports)
    return Conversion(check_entries(unpack(content)), report, content)


def _verify(
    folder: ModelFolder, conversions: Conversions, draft: Bundle, plan: _Plan
) -> tuple[SearchResult | None, Verification]:
    """Return the search, None without a goal, and the verification of the kept models."""

    def check(bundle: Bundle, part: slice) -> Verification:
        return refuse_with_float32(
            verify(
                bundle,
                conversions.inputs.part(part),
                reference=conversions.reference[part],
                truth=None if folder.truth is None else folder.truth[part],
                limits=plan.limits,
                executor=plan.executor,
                stop_dominated=not plan.verify_all,
                on_done=count_samples("verifying", plan.on_progress),
            )
        )

    if plan.goal is None:
        return None, check(draft, slice(None))
    found = search(draft, check, goal=plan.goal)
    return found, found.confirmed


def _report(
    folder: ModelFolder,
    conversions: Conversions,
    draft: Bundle,
    found: SearchResult | None,
    verification: Verification,
    plan: _Plan,
) -> Report:
    failed = [model for model in conversions.models if model.failure is not None]
    backends = {model.file: model.backend for model in conversions.models}
    report = make_report(folder.card.name, verification, failed=failed, backends=backends)
    if found is not None:
        report = add_search(report, found, backends)
    part = slice(None) if found is None else CONFIRMING
    verified = replace(folder, evaluation=folder.evaluation[part])
    report = add_layers(report, bundle=draft, folder=verified, deadline_s=plan.deadline_s)
    return add_gallery(report, verification, verified, samples_shown=plan.samples_shown)
