"""Reports the trainings of a study: as a table, and as a JSON file and a plot."""

import json
import os
import statistics
from pathlib import Path

from satchel_train.cross_validation import CrossValidation
from satchel_train.errors import FolderError
from satchel_train.plots.figures import new_figure, to_png


def cross_validation_table(cross_validation: CrossValidation) -> str:
    """Return the study as lines of text, with mean and standard deviation for folds."""
    lines = [f"{cross_validation.varied:<12} accuracy   loss  val_loss  epochs  seconds"]
    for row in cross_validation.rows:
        kept = row.history.epochs[row.history.kept - 1]
        seconds = sum(epoch.seconds for epoch in row.history.epochs)
        lines.append(
            f"{row.name:<12} {row.accuracy:8.2%} {kept.loss:6.4f}  {kept.val_loss:8.4f}"
            f"  {len(row.history.epochs):6}  {seconds:7.1f}"
        )
    if cross_validation.varied == "fold":
        accuracies = [row.accuracy for row in cross_validation.rows]
        mean, deviation = statistics.mean(accuracies), statistics.stdev(accuracies)
        lines.append(f"{'mean':<12} {mean:8.2%} +- {100 * deviation:.2f} pp")
    return "\n".join(lines)


def write_cross_validation(
    folder: str | os.PathLike[str], cross_validation: CrossValidation
) -> None:
    """Write ``VARIEDs.json`` and ``VARIEDs.png`` to ``folder``, which is made if it is not there.

    Raises FolderError where they cannot be written.
    """
    rows = [
        {
            cross_validation.varied: row.name,
            "accuracy": row.accuracy,
            "kept_epoch": row.history.kept,
            "history": [epoch._asdict() for epoch in row.history.epochs],
        }
        for row in cross_validation.rows
    ]
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        content = json.dumps(rows, indent=1) + "\n"
        (target / f"{cross_validation.varied}s.json").write_text(content, encoding="utf-8")
        (target / f"{cross_validation.varied}s.png").write_bytes(
            draw_cross_validation(cross_validation)
        )
    except OSError as error:
        raise FolderError(
            f"Expected a folder to write, got {str(target)!r}: {error.strerror or error}."
        ) from error


def draw_cross_validation(cross_validation: CrossValidation) -> bytes:
    """Return a PNG with the losses of each training by epoch, and with their accuracies."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(13, 4)
    figure.suptitle(cross_validation.title)
    training, validation, accuracies = figure.subplots(1, 3)
    for axes, field, name in (
        (training, "loss", "training loss"),
        (validation, "val_loss", "validation loss"),
    ):
        for row in cross_validation.rows:
            values = [getattr(epoch, field) for epoch in row.history.epochs]
            axes.plot(range(1, len(values) + 1), values, label=row.name, marker="o", markersize=2)
        axes.set(xlabel="epoch", ylabel=name, yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    validation.legend(title=cross_validation.varied, fontsize=7)
    accuracies.barh(
        [row.name for row in cross_validation.rows],
        [100 * row.accuracy for row in cross_validation.rows],
    )
    accuracies.invert_yaxis()
    accuracies.set(xlabel="accuracy, %")
    return to_png(figure)
