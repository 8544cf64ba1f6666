"""Reports the trials of a search: as a table, and as a JSON file and a plot."""

import json
import os
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from satchel_train.errors import FolderError
from satchel_train.hyper_search import Search, Trial
from satchel_train.hyper_search_space import shown
from satchel_train.plots.figures import new_figure, to_png


def search_table(search: Search) -> str:
    """Return the trials as lines of text, the best first, with the accuracy of each seed."""
    names = list(search.best.parameters)
    widths = [
        max(len(name), *(len(shown(each.parameters)[name]) for each in search.trials))
        for name in names
    ]
    heads = "  ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    lines = [f"trial  accuracy  {heads}  epochs  each seed"]
    for trial in sorted(search.trials, key=_rank):
        values = shown(trial.parameters)
        cells = "  ".join(
            f"{values[name]:>{width}}" for name, width in zip(names, widths, strict=True)
        )
        accuracy = "stopped" if trial.accuracy is None else f"{trial.accuracy:.2%}"
        seeds = " ".join(f"{each:.2%}" for each in trial.accuracies)
        lines.append(
            f"{trial.number:>5}  {accuracy:>8}  {cells}  {trial.epochs:>6}  {seeds}".rstrip()
        )
    return "\n".join(lines)


def write_search(folder: str | os.PathLike[str], search: Search) -> None:
    """Write ``search.json`` and ``search.png`` to ``folder``, which is made if it is not there.

    Raises FolderError where they cannot be written.
    """
    target = Path(folder)
    content = {
        "model": search.title,
        "seeds": search.seeds,
        "best": search.best._asdict(),
        "trials": [trial._asdict() for trial in search.trials],
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / "search.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        (target / "search.png").write_bytes(draw_search(search))
    except OSError as error:
        raise FolderError(
            f"Expected a folder to write, got {str(target)!r}: {error.strerror or error}."
        ) from error


def draw_search(search: Search) -> bytes:
    """Return a PNG with the best accuracy after each trial, and each setting's accuracies."""
    from matplotlib.ticker import MaxNLocator

    names = list(search.best.parameters)
    figure = new_figure(5 * (1 + len(names)), 4)
    figure.suptitle(search.title)
    first, *others = figure.subplots(1, 1 + len(names))
    measured = [trial for trial in search.trials if trial.accuracy is not None]
    numbers = [trial.number for trial in measured]
    accuracies = [100 * (trial.accuracy or 0) for trial in measured]
    first.plot(numbers, accuracies, "o", label="a trial")
    first.step(numbers, list(accumulate(accuracies, max)), where="post", label="the best so far")
    first.set(xlabel="trial", ylabel="validation accuracy, %")
    first.xaxis.set_major_locator(MaxNLocator(integer=True))
    first.legend(fontsize=7)
    for axes, name in zip(others, names, strict=True):
        _draw_setting(axes, name, measured, search.best)
    return to_png(figure)


def _draw_setting(axes: Any, name: str, trials: Sequence[Trial], best: Trial) -> None:
    """Draw the accuracy of each seed by the value of the setting ``name``; those of the best red.

    The few values of a setting other than the learning rate stand side by side.
    """
    values, accuracies, colours = [], [], []
    for trial in sorted(trials, key=lambda trial: trial.parameters[name]):
        for accuracy in trial.accuracies:
            values.append(trial.parameters[name])
            accuracies.append(100 * accuracy)
            colours.append("tab:red" if trial is best else "tab:blue")
    if name == "learning_rate":
        axes.set_xscale("log")
    else:
        values = [str(value) for value in values]
        axes.tick_params(axis="x", rotation=45)
    axes.scatter(values, accuracies, c=colours)
    axes.set(xlabel=name.replace("_", " "))
    axes.grid(alpha=0.3)


def _rank(trial: Trial) -> tuple[float, int]:
    """Return what the trials are sorted by: the best first, those that were stopped last."""
    return (1.0 if trial.accuracy is None else -trial.accuracy, trial.number)
