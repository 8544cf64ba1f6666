"""A study as a table, and as the files it leaves."""

import json
import os
import statistics
from pathlib import Path

from satchel_train.drawing.figures import new_figure, to_png
from satchel_train.errors import FolderError
from satchel_train.study import Study


def study_table(study: Study) -> str:
    """Return the study as lines of text, with mean and standard deviation for folds."""
    lines = [f"{study.varied:<12} accuracy   loss  val_loss  epochs  seconds"]
    for row in study.rows:
        kept = row.history.epochs[row.history.kept - 1]
        seconds = sum(epoch.seconds for epoch in row.history.epochs)
        lines.append(
            f"{row.name:<12} {row.accuracy:8.2%} {kept.loss:6.4f}  {kept.val_loss:8.4f}"
            f"  {len(row.history.epochs):6}  {seconds:7.1f}"
        )
    if study.varied == "fold":
        accuracies = [row.accuracy for row in study.rows]
        mean, spread = statistics.mean(accuracies), statistics.stdev(accuracies)
        lines.append(f"{'mean':<12} {mean:8.2%} +- {100 * spread:.2f} pp")
    return "\n".join(lines)


def write_study(folder: str | os.PathLike[str], study: Study) -> None:
    """Write ``VARIEDs.json`` and ``VARIEDs.png`` to ``folder``, which is made if it is not there.

    Raises FolderError where they cannot be written.
    """
    rows = [
        {
            study.varied: row.name,
            "accuracy": row.accuracy,
            "kept_epoch": row.history.kept,
            "history": [epoch._asdict() for epoch in row.history.epochs],
        }
        for row in study.rows
    ]
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        content = json.dumps(rows, indent=1) + "\n"
        (target / f"{study.varied}s.json").write_text(content, encoding="utf-8")
        (target / f"{study.varied}s.png").write_bytes(draw_study(study))
    except OSError as error:
        raise FolderError(
            f"Expected a folder to write, got {str(target)!r}: {error.strerror or error}."
        ) from error


def draw_study(study: Study) -> bytes:
    """Return a PNG of the rows' loss by epoch, in training and validation, and accuracies."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(13, 4)
    figure.suptitle(study.title)
    training, validation, accuracies = figure.subplots(1, 3)
    for axes, field, name in (
        (training, "loss", "training loss"),
        (validation, "val_loss", "validation loss"),
    ):
        for row in study.rows:
            values = [getattr(epoch, field) for epoch in row.history.epochs]
            axes.plot(range(1, len(values) + 1), values, label=row.name, marker="o", markersize=2)
        axes.set(xlabel="epoch", ylabel=name, yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    validation.legend(title=study.varied, fontsize=7)
    accuracies.barh([row.name for row in study.rows], [100 * row.accuracy for row in study.rows])
    accuracies.invert_yaxis()
    accuracies.set(xlabel="accuracy, %")
    return to_png(figure)
