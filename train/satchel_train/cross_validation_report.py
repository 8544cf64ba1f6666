"""Reports the trainings of a study: as a table, and as a JSON file and a plot."""

import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from satchel.bundle import Json
from satchel_train.cross_validation import CrossValidation, Row
from satchel_train.errors import FolderError
from satchel_train.plots.study import draw_study
from satchel_train.training_loop.history import Epoch


def cross_validation_table(cross_validation: CrossValidation) -> str:
    """Return the study as lines of text, with mean and standard deviation of folds or seeds.

    The figures of an optimizer are means over its seeds.
    """
    if cross_validation.varied == "optimizer":
        return "\n".join(_optimizer_lines(cross_validation))
    lines = [f"{cross_validation.varied:<12} accuracy   loss  val_loss  epochs  seconds"]
    lines += [f"{row.name:<12} {row.accuracy:8.2%}{_figures(row)}" for row in cross_validation.rows]
    accuracies = [row.accuracy for row in cross_validation.rows]
    lines.append(
        f"{'mean':<12} {statistics.mean(accuracies):8.2%} +- {_deviation(accuracies):.2f} pp"
    )
    return "\n".join(lines)


def study_folder(out: Path, varied: str) -> Path:
    """Return a new or earlier folder for a study beside the model folder ``out``.

    It is ``OUT.folds`` or ``OUT.optimizers``, so that ``out`` itself is left to the model.

    Raises FolderError if it cannot be made.
    """
    target = out.resolve()
    folder = target.with_name(f"{target.name}.{varied}s")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error
    return folder


def write_cross_validation(
    folder: str | os.PathLike[str], cross_validation: CrossValidation
) -> None:
    """Write ``VARIEDs.json`` and ``VARIEDs.png`` to ``folder``, which is made if it is not there.

    Raises FolderError where they cannot be written.
    """
    target, name = Path(folder), f"{cross_validation.varied}s"
    content = json.dumps(_records(cross_validation), indent=1, allow_nan=False) + "\n"
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{name}.json").write_text(content, encoding="utf-8")
        (target / f"{name}.png").write_bytes(draw_study(cross_validation))
    except OSError as error:
        raise _not_writable(target, error) from error


def _optimizer_lines(study: CrossValidation) -> list[str]:
    several = any(len(row.runs) > 1 for row in study.rows)
    spread = "  +- pp" if several else ""
    header = f"{study.varied:<12} accuracy{spread}   loss  val_loss  epochs  seconds"
    lines = [f"{header}  {study.rates}"]
    for row in study.rows:
        deviation = _deviation([run.accuracy for run in row.runs])
        spread = f"{deviation:7.2f}" if several else ""
        rate = f"  {row.learning_rate:g}"
        lines.append(f"{row.name:<12} {row.accuracy:8.2%}{spread}{_figures(row)}{rate}")
    return lines + [f"{each.name:<12} diverged with seed {each.seed}" for each in study.diverged]


def _figures(row: Row) -> str:
    """Return loss, validation loss, epochs and seconds of a row, as means over its trainings."""
    kept = [run.history.epochs[run.history.kept - 1] for run in row.runs]
    epochs = statistics.mean(len(run.history.epochs) for run in row.runs)
    seconds = statistics.mean(_seconds(run.history.epochs) for run in row.runs)
    return (
        f" {statistics.mean(each.loss for each in kept):6.4f}"
        f"  {statistics.mean(each.val_loss for each in kept):8.4f}"
        f"  {epochs:6.4g}  {seconds:7.1f}"
    )


def _seconds(epochs: Sequence[Epoch]) -> float:
    return sum(epoch.seconds for epoch in epochs)


def _deviation(accuracies: Sequence[float]) -> float:
    """Return the standard deviation of ``accuracies`` in percentage points; 0 for one of them."""
    return 100 * statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0


def _records(study: CrossValidation) -> list[dict[str, Json]]:
    """Return the content of the JSON file, an object for each training."""
    trained: list[dict[str, Json]] = [
        {
            study.varied: row.name,
            "seed": run.seed,
            "learning_rate": row.learning_rate,
            "accuracy": run.accuracy,
            "kept_epoch": run.history.kept,
            "history": [dict(epoch._asdict()) for epoch in run.history.epochs],
        }
        for row in study.rows
        for run in row.runs
    ]
    diverged: list[dict[str, Json]] = [
        {study.varied: each.name, "seed": each.seed, "accuracy": None, "diverged": each.reason}
        for each in study.diverged
    ]
    return trained + diverged


def _not_writable(folder: Path, error: OSError) -> FolderError:
    return FolderError(
        f"Expected a folder to write, got {str(folder)!r}: {error.strerror or error}."
    )
