"""Compares two bundles of one task on the same samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from satchel.bundle import Bundle, TrustSource
from satchel.writing import write_atomically
from satchel_convert.errors import ConversionError
from satchel_convert.pipeline.executors import open_executor
from satchel_convert.pipeline.sources import open_for
from satchel_convert.progress import OnProgress, count_samples, silent
from satchel_convert.reporting.comparison import to_json, to_junit, to_markdown
from satchel_convert.samples.of_bundles import evaluation_samples
from satchel_convert.settings import Limits, PathLike
from satchel_convert.task import Compared
from satchel_convert.verification.compare import compare_bundles
from satchel_convert.verification.stated_limits import task_limits


@dataclass(frozen=True)
class Comparison:
    """The comparison of each model of the old bundle with its new version."""

    title: str
    rows: Sequence[Compared]
    """One row for each model, in the order of the old bundle's card"""

    @property
    def passed(self) -> bool:
        """Whether no model is known to be worse."""
        return all(row.result != "failed" for row in self.rows)

    def to_markdown(self) -> str:
        """Return the comparison as a table in Markdown."""
        return to_markdown(self.rows, title=self.title)

    def to_junit(self) -> bytes:
        """Return the comparison as JUnit's XML."""
        return to_junit(self.rows, title=self.title)

    def to_json(self) -> str:
        """Return the comparison as JSON."""
        return to_json(self.rows)

    def save(self, path: PathLike) -> None:
        """Write the comparison as Markdown (NAME.md), JUnit's XML (NAME.xml) or JSON (NAME.json).

        Raises ConversionError for another suffix, OutputError if the file cannot be written.
        """
        forms: dict[str, Callable[[], bytes]] = {
            ".md": lambda: self.to_markdown().encode(),
            ".xml": self.to_junit,
            ".json": lambda: self.to_json().encode(),
        }
        place = Path(path)
        if place.suffix not in forms:
            raise ConversionError(
                f"Expected a file NAME{' or NAME'.join(forms)} to save a comparison,"
                f" got {place.name!r}."
            )
        write_atomically(forms[place.suffix](), place)


def one_place(samples: PathLike | None, evaluation: PathLike | None) -> Path:
    """Return the place of the samples; raises ConversionError for none and for two."""
    if samples is not None and evaluation is None:
        if not (Path(samples) / "samples" / "evaluation.jsonl").is_file():
            raise ConversionError(
                f"Expected samples to compare on in samples/evaluation.jsonl of {str(samples)!r},"
                " got none: name other samples as evaluation."
            )
        return Path(samples)
    if evaluation is None or samples is not None:
        raise ConversionError(
            "Expected either samples, a folder with samples/evaluation.jsonl, or evaluation, got"
            f" {'neither' if evaluation is None else 'both'}."
        )
    return Path(evaluation)


def compare(
    old: PathLike | Bundle,
    new: PathLike | Bundle,
    *,
    samples: PathLike | None = None,
    evaluation: PathLike | None = None,
    trust: "TrustSource | None" = None,
    limits: Limits | None = None,
    workers: int = 1,
    ray: str | None = None,
    on_progress: OnProgress = silent,
) -> Comparison:
    """Return a comparison of each model of ``old`` with the model of the same name in ``new``.

    Args:
        old: the bundle to compare with, open or its path.
        new: the bundle to test, open or its path.
        samples: a model folder, or any folder with ``samples/evaluation.jsonl``.
        evaluation: instead, samples in any form that ``convert`` takes.
        trust: a file of public keys, or a Trust; one of these keys must have signed both bundles.
        limits: ``margin_points`` and ``strict`` for labels, ``psnr_db`` for images.
        workers: processes that run the samples through the models.
        ray: HOST:PORT of a Ray cluster that runs them instead.
        on_progress: a function that receives the progress.

    Raises BundleError and TrustError as ``open_bundle``; ConversionError for bundles of different
    tasks, a limit of another task, and missing samples; ModelFolderError for a wrong sample.

    """
    before, now = open_for(old, trust=trust), open_for(new, trust=trust)
    allowed = task_limits(limits or Limits(), before.card)
    executor = open_executor(workers=workers, ray=ray)
    found = evaluation_samples(one_place(samples, evaluation), before.card)
    rows = compare_bundles(
        before,
        now,
        found,
        limits=allowed,
        executor=executor,
        on_done=count_samples("comparing", on_progress),
    )
    title = f"{now.card.name} {now.card.version} against {before.card.name} {before.card.version}"
    return Comparison(f"{title}: {len(found):,} samples", rows)
