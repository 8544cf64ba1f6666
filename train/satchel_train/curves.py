"""A history to a picture of its curves."""

from satchel_train.figures import new_figure, to_png
from satchel_train.history import History


def draw_curves(history: History, *, title: str) -> bytes:
    """Return a PNG of loss and accuracy, training and validation, by epoch."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(10, 4)
    figure.suptitle(title)
    numbers = range(1, len(history.epochs) + 1)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for field, label in ((name, "training"), (f"val_{name}", "validation")):
            values = [getattr(epoch, field) for epoch in history.epochs]
            axes.plot(numbers, values, label=label, marker="o", markersize=3)
        axes.axvline(history.kept, color="grey", linestyle=":", label=f"kept: {history.kept}")
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    return to_png(figure)
