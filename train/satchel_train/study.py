"""Several trainings of one classifier, side by side: K folds, or one optimizer after the other."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from satchel_train.classification import Classification
from satchel_train.drawing.figures import new_figure, to_png
from satchel_train.errors import FolderError, SettingsError
from satchel_train.fitting.fit import make_reproducible
from satchel_train.fitting.history import Epoch, History


class Row(NamedTuple):
    """One training of a study."""

    name: str
    """The fold's number, or the optimizer"""
    accuracy: float
    """0 to 1, on samples that it neither trained on nor stopped by"""
    history: History[Epoch]


class Study(NamedTuple):
    """Trainings that differ in one thing."""

    varied: str
    """In one word"""
    rows: Sequence[Row]


def cross_validate(
    training: Classification, *, folds: int, say: Callable[[str], None] = lambda _: None
) -> Study:
    """Train once for each of ``folds`` equal parts of the training part, and measure on that part.

    Every fold has the labels in the same proportions. When to stop is still up to the validation
    part, and the evaluation part is not touched. ``say`` is told of every fold.

    Raises SettingsError where a label has fewer samples than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    samples = training.parts.train
    rarest = int(np.bincount(samples.labels).min())
    if folds > rarest:
        raise SettingsError(
            f"Expected at most {rarest} folds, as many as the rarest label has samples;"
            f" got {folds}."
        )
    seed = training.settings.seed
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32)
    rows = []
    for number, (kept, held_out) in enumerate(splits.split(samples.labels, samples.labels), 1):
        say(f"fold {number} of {folds}")
        parts = training.parts._replace(train=samples.take(kept))
        model, history = _fit(replace(training, parts=parts))
        rows.append(Row(str(number), training.accuracy(model, samples.take(held_out)), history))
    return Study("fold", rows)


def compare_optimizers(
    training: Classification,
    names: Sequence[str],
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Study:
    """Train with each of the optimizers ``names``, at its own rate, and measure on validation.

    ``say`` is told of every one.
    """
    rows = []
    for name in names:
        say(name)
        settings = replace(training.settings, optimizer=name)
        model, history = _fit(replace(training, settings=settings))
        rows.append(Row(name, training.accuracy(model, training.parts.validation), history))
    return Study("optimizer", rows)


def _fit(training: Classification) -> tuple[object, History[Epoch]]:
    # Each begins with the same weights.
    make_reproducible(training.settings.seed)
    return training.fit()


def table(study: Study) -> str:
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


def write_study(folder: Path, study: Study, *, title: str) -> None:
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(rows, indent=1) + "\n"
        (folder / f"{study.varied}s.json").write_text(content, encoding="utf-8")
        (folder / f"{study.varied}s.png").write_bytes(draw_study(study, title=title))
    except OSError as error:
        raise FolderError(
            f"Expected a folder to write for --out, got {str(folder)!r}: {error.strerror or error}."
        ) from error


def draw_study(study: Study, *, title: str) -> bytes:
    """Return a PNG of the rows' loss by epoch, in training and validation, and accuracies."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(13, 4)
    figure.suptitle(title)
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
