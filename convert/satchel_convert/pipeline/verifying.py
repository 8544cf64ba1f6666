"""Compares a bundle with the float model that it was converted from."""

from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Activation, Bundle, TrustSource
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.keras_models.reference import float_predictions
from satchel_convert.model_folder import ModelFolder, check_same_model
from satchel_convert.pipeline.examining import (
    open_expectation,
    open_tokens,
    with_expected,
    with_tokens,
)
from satchel_convert.pipeline.executors import open_executor
from satchel_convert.pipeline.sources import open_for, open_reference, place_of
from satchel_convert.progress import OnProgress, Steps, count_samples, silent
from satchel_convert.reporting.facts import facts_of
from satchel_convert.reporting.gallery import add_gallery
from satchel_convert.reporting.layer_section import add_layers
from satchel_convert.reporting.report import Report, make_report
from satchel_convert.settings import (
    EXPECT_DIFFERENCE,
    ImageSettings,
    Labels,
    Limits,
    ModelSettings,
    ModelSource,
    PathLike,
    TextSettings,
)
from satchel_convert.verification.stated_limits import task_limits
from satchel_convert.verification.verify import Verification, verify as verify_models


def verify(
    bundle: PathLike | Bundle,
    *,
    samples: PathLike | None = None,
    model: ModelSource | None = None,
    labels: Labels | None = None,
    evaluation: PathLike | None = None,
    task: str | None = None,
    activation: Activation | None = None,
    multi_label: bool | None = None,
    thresholds: Sequence[float] | None = None,
    images: ImageSettings | None = None,
    texts: TextSettings | None = None,
    trust: "TrustSource | None" = None,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    deadline_s: float = DEADLINE_S,
    samples_shown: bool = True,
    expect: PathLike | None = None,
    expect_difference: float = EXPECT_DIFFERENCE,
    on_progress: OnProgress = silent,
) -> Report:
    """Return a report with one row for each model of ``bundle``, compared with the float model.

    The float model runs in a child process, which imports the main module: a script needs the guard
    ``if __name__ == "__main__":``.

    Args:
        bundle: an open bundle, or its path.
        samples: the model folder that the bundle was converted from.
        model: instead of a folder, the Keras model that the bundle was converted from, which
            ``labels`` to ``texts`` describe as for ``convert``.
        labels: as ``convert`` takes it.
        evaluation: as ``convert`` takes it; with ``samples``, in the place of the folder's own.
        task: as ``convert`` takes it.
        activation: as ``convert`` takes it.
        multi_label: as ``convert`` takes it.
        thresholds: as ``convert`` takes it.
        images: as ``convert`` takes it.
        texts: as ``convert`` takes it.
        trust: a file of public keys, or a Trust; one of these keys must have signed the bundle.
        limits: the allowed distance of a model from the float model.
        workers: the number of processes that run the samples through the models.
        ray: HOST:PORT of a Ray cluster that runs them instead.
        deadline_s: seconds for the float model's predictions.
        samples_shown: whether the page shows the samples on which two models disagree.
        expect: a file with the author's own predictions of evaluation samples, with which the
            models are compared from the raw samples on.
        expect_difference: the largest allowed difference of a score from these predictions, for the
            float model and the float32 models.
        on_progress: a function that receives the progress.

    Raises BundleError and TrustError as ``open_bundle``; ModelFolderError for another model's
    folder; ConversionError for a limit of another task, and if the float model does not run.

    """
    settings = ModelSettings(
        labels=labels,
        evaluation=evaluation,
        task=task,
        activation=activation,
        multi_label=multi_label or None,
        thresholds=None if thresholds is None else tuple(thresholds),
        images=images or ImageSettings(),
        texts=texts or TextSettings(),
    )
    opened = open_for(bundle, trust=trust)
    with open_reference(opened, samples=samples, model=model, settings=settings) as folder:
        found = compare_with_float(
            opened,
            folder,
            limits=limits,
            workers=workers,
            ray=ray,
            deadline_s=deadline_s,
            on_progress=on_progress,
        )
        expectation = open_expectation(
            folder,
            expect,
            place="card" if model is None else place_of(model),
            allowed=expect_difference,
            deadline_s=deadline_s,
        )
        tokens = open_tokens(
            folder,
            place="card" if model is None else place_of(model),
            expected=expect is not None,
            deadline_s=deadline_s,
        )
        verification, expected = with_expected(opened, found, expectation)
        verification = with_tokens(verification, tokens)
        report = make_report(opened.card.name, verification)
        report = report._replace(expected=expected, tokens=tokens, facts=facts_of(opened.card))
        report = add_layers(report, bundle=opened, folder=folder, deadline_s=deadline_s)
        return add_gallery(report, verification, folder, samples_shown=samples_shown)


def compare_with_float(
    bundle: Bundle,
    folder: ModelFolder,
    *,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    deadline_s: float = DEADLINE_S,
    on_progress: OnProgress = silent,
) -> Verification:
    """Return the verification for ``verify``'s report; raises the same exceptions as ``verify``."""
    allowed = task_limits(limits or Limits(), folder.card)
    check_same_model(bundle.card, folder)
    executor = open_executor(workers=workers, ray=ray)
    steps = Steps("running the float model", 1, on_progress)
    reference = float_predictions(folder, folder.inputs, deadline_s=deadline_s)
    steps.finish("reference")
    return verify_models(
        bundle,
        folder.inputs,
        reference=reference,
        truth=folder.truth,
        limits=allowed,
        executor=executor,
        on_done=count_samples("verifying", on_progress),
    )


def page_beside(bundle: PathLike) -> Path:
    """Return the default path of the page of a bundle's report, which is beside the bundle."""
    return Path(bundle).with_suffix(".report.html")
