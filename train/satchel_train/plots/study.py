"""Draws the trainings of a study side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from satchel_train.cross_validation import CrossValidation, Row
from satchel_train.plots.figures import new_figure, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (
    *("#0067A5", "#E86C00", "#008856", "#BE0032", "#875692", "#222222", "#8DB600"),
    *("#E68FAC", "#66B2E8", "#882D17", "#9A9A9A", "#F6D600", "#C2B280", "#00C8C8"),
)
"""Colours of much contrast, most of them of Kelly 1965, Twenty-Two Colors of Maximum Contrast."""
DASHES: Sequence[Any] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
MARKERS = "os^D"
WITH_ONE_DASH = 7
"""The number of neighbouring lines with the same dashes."""
LEGEND_COLUMNS = 7


def draw_study(study: CrossValidation) -> bytes:
    """Return a PNG with the losses of the trainings by epoch, and with their accuracies.

    With several seeds, a line is their mean and a band around it goes from the least to the
    greatest.
    """
    figure = new_figure(15, 6)
    figure.suptitle("\n".join([study.title, *_notes(study)]), parse_math=False)
    training, validation, accuracies = figure.subplots(1, 3)
    _draw_losses(training, study.rows, "loss", "training loss")
    _draw_losses(validation, study.rows, "val_loss", "validation loss")
    _draw_accuracies(accuracies, study.rows)
    figure.legend(
        *training.get_legend_handles_labels(),
        loc="outside lower center",
        title=study.varied,
        ncols=min(LEGEND_COLUMNS, max(1, len(study.rows))),
        handlelength=4,
    )
    return to_png(figure)


def line_style(position: int) -> Mapping[str, Any]:
    """Return the colour, dashes and marker of a line. 14 lines have different colours.

    Two lines of the same or of a similar colour have different dashes.
    """
    dashes = position // WITH_ONE_DASH % len(DASHES)
    return {
        "color": COLOURS[position % len(COLOURS)],
        "linestyle": DASHES[dashes],
        "marker": MARKERS[dashes],
    }


def _notes(study: CrossValidation) -> list[str]:
    notes = [study.rates] if study.rates else []
    if (seeds := max((len(row.runs) for row in study.rows), default=0)) > 1:
        notes.append(f"mean of {seeds} seeds, band and ticks: from the least to the greatest")
    notes += [f"{each.name} diverged with seed {each.seed}" for each in study.diverged]
    return ["; ".join(notes)] if notes else []


def _draw_losses(axes: "Axes", rows: Sequence[Row], field: str, name: str) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    for position, row in enumerate(rows):
        style = line_style(position)
        courses = [[getattr(epoch, field) for epoch in run.history.epochs] for run in row.runs]
        # Patience may end one training earlier than another.
        by_epoch = list(zip(*courses, strict=False))
        epochs = range(1, len(by_epoch) + 1)
        means = [sum(values) / len(values) for values in by_epoch]
        axes.plot(epochs, means, label=row.name, markersize=3, **style)
        if len(courses) > 1:
            least, greatest = map(min, by_epoch), map(max, by_epoch)
            axes.fill_between(
                epochs, list(least), list(greatest), color=style["color"], alpha=0.12, linewidth=0
            )
    axes.set(xlabel="epoch", ylabel=name, yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    # Plain numbers, not powers of ten.
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)


def _draw_accuracies(axes: "Axes", rows: Sequence[Row]) -> None:
    for position, row in enumerate(rows):
        style = line_style(position)
        found = [100 * run.accuracy for run in row.runs]
        if len(found) > 1:
            axes.plot([min(found), max(found)], [position] * 2, color=style["color"], alpha=0.4)
            axes.plot(found, [position] * len(found), "|", color=style["color"])
        axes.plot(100 * row.accuracy, position, style["marker"], color=style["color"], markersize=7)
    axes.set_yticks(range(len(rows)), [row.name for row in rows], parse_math=False)
    axes.invert_yaxis()
    axes.set(xlabel="accuracy, %")
    axes.grid(alpha=0.3)
