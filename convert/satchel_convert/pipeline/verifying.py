"""Compares a bundle with the float model that it was converted from."""

from pathlib import Path
from typing import NamedTuple

from satchel.bundle import Bundle, TrustSource
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.keras_models.reference import float_predictions
from satchel_convert.model_folder import ModelFolder, check_same_model, open_model_folder
from satchel_convert.pipeline.examining import open_expectation, with_expected
from satchel_convert.pipeline.executors import open_executor
from satchel_convert.pipeline.sources import open_for
from satchel_convert.progress import OnProgress, Steps, count_samples, silent
from satchel_convert.reporting.gallery import add_gallery
from satchel_convert.reporting.layer_section import add_layers
from satchel_convert.reporting.report import Report, make_report
from satchel_convert.settings import EXPECT_DIFFERENCE, Limits, PathLike
from satchel_convert.verification.stated_limits import task_limits
from satchel_convert.verification.verify import Verification, verify as verify_models


def verify(
    bundle: PathLike | Bundle,
    *,
    samples: PathLike,
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
    found = compare_with_float(
        bundle,
        samples=samples,
        trust=trust,
        limits=limits,
        workers=workers,
        ray=ray,
        deadline_s=deadline_s,
        on_progress=on_progress,
    )
    expectation = open_expectation(
        found.folder,
        expect,
        place="card",
        allowed=expect_difference,
        deadline_s=deadline_s,
    )
    verification, expected = with_expected(found.bundle, found.verification, expectation)
    report = make_report(found.bundle.card.name, verification)._replace(expected=expected)
    report = add_layers(report, bundle=found.bundle, folder=found.folder, deadline_s=deadline_s)
    return add_gallery(report, verification, found.folder, samples_shown=samples_shown)


class Compared(NamedTuple):
    """The verification of a bundle by the float model of its folder."""

    bundle: Bundle
    folder: ModelFolder
    verification: Verification


def compare_with_float(
    bundle: PathLike | Bundle,
    *,
    samples: PathLike,
    trust: "TrustSource | None" = None,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    deadline_s: float = DEADLINE_S,
    on_progress: OnProgress = silent,
) -> Compared:
    """Return the verification for ``verify``'s report; raises the same exceptions as ``verify``."""
    opened = open_for(bundle, trust=trust)
    folder = open_model_folder(Path(samples))
    allowed = task_limits(limits or Limits(), folder.card)
    check_same_model(opened.card, folder)
    executor = open_executor(workers=workers, ray=ray)
    steps = Steps("running the float model", 1, on_progress)
    reference = float_predictions(folder, folder.inputs, deadline_s=deadline_s)
    steps.finish("reference")
    verification = verify_models(
        opened,
        folder.inputs,
        reference=reference,
        truth=folder.truth,
        limits=allowed,
        executor=executor,
        on_done=count_samples("verifying", on_progress),
    )
    return Compared(opened, folder, verification)


def page_beside(bundle: PathLike) -> Path:
    """Return the default path of the page of a bundle's report, which is beside the bundle."""
    return Path(bundle).with_suffix(".report.html")
