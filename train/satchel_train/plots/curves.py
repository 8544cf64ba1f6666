"""Draws the curves of a history."""

from satchel_train.plots.figures import new_figure, to_png
from satchel_train.training_loop.history import AnyHistory

VALIDATION = "val_"
"""The prefix of figures that were measured on the validation part."""


def draw_curves(history: AnyHistory, *, title: str) -> bytes:
    """Return a PNG with a chart of each figure by epoch, in training and validation."""
    from matplotlib.ticker import MaxNLocator

    lines = _lines(history)
    figure = new_figure(5 * len(lines), 4)
    figure.suptitle(title)
    panels = figure.subplots(1, len(lines), squeeze=False)[0]
    for axes, (name, labels) in zip(panels, lines.items(), strict=True):
        for field, label in labels.items():
            axes.plot(*history.course(field), label=label, marker="o", markersize=3)
        axes.axvline(history.kept, color="grey", linestyle=":", label=f"kept: {history.kept}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(name.replace("_", " "))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    return to_png(figure)


def _lines(history: AnyHistory) -> dict[str, dict[str, str]]:
    """Return the measured figures, each with the fields to draw and their labels."""
    fields = [name for name in history.epochs[0]._fields if name != "seconds"]
    measured = [name for name in fields if history.course(name)[0]]
    return {
        name: {
            field: label
            for field, label in ((name, "training"), (VALIDATION + name, "validation"))
            if field in measured
        }
        for name in measured
        if not name.startswith(VALIDATION)
    }
