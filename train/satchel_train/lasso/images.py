"""Draws a penalized classifier: its path over the penalties, and its largest weights."""

from collections.abc import Mapping, Sequence

from satchel_train.lasso.penalty_path import Step
from satchel_train.plots.figures import new_figure, to_png

SHOWN = 25
"""The number of weights of each sign that are drawn."""


def draw_path(path: Sequence[Step], chosen: Step, *, title: str) -> bytes:
    """Return a PNG of cross-validated accuracy and the number of non-zero weights, by penalty."""
    from matplotlib.ticker import ScalarFormatter

    figure = new_figure(10, 4)
    figure.suptitle(title)
    penalties = [step.penalty for step in path]
    accuracy, sparsity = figure.subplots(1, 2)
    accuracy.errorbar(
        penalties,
        [step.accuracy for step in path],
        [step.standard_error for step in path],
        marker="o",
        markersize=3,
        capsize=2,
        label="mean, standard error",
    )
    accuracy.set_ylabel("cross-validated accuracy")
    sparsity.plot(penalties, [step.non_zero for step in path], marker="o", markersize=3)
    sparsity.set_ylabel("weights other than zero")
    for axes in (accuracy, sparsity):
        axes.axvline(
            chosen.penalty, color="grey", linestyle=":", label=f"chosen: {chosen.penalty:.3g}"
        )
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.set_xlabel("penalty")
        axes.grid(alpha=0.3)
        axes.legend()
    return to_png(figure)


def draw_coefficients(weights: Mapping[str, float], *, labels: Sequence[str]) -> bytes:
    """Return a PNG of the largest weights for each of the two labels.

    ``weights`` maps a word or a pair to its weight. A positive weight is for the second label.
    """
    figure = new_figure(10, 7)
    rising = sorted(weights, key=lambda name: weights[name])
    negative = [name for name in rising if weights[name] < 0]
    positive = [name for name in reversed(rising) if weights[name] > 0]
    sides = (negative, positive)
    for axes, label, side in zip(figure.subplots(1, 2), labels, sides, strict=True):
        # The largest on top.
        shown = side[:SHOWN][::-1]
        bars = axes.barh(range(len(shown)), [weights[name] for name in shown])
        axes.bar_label(bars, fmt="%.2f", padding=2, size=7)
        axes.margins(x=0.12)
        axes.set_yticks(range(len(shown)), shown, parse_math=False)
        axes.set_title(label, parse_math=False)
        axes.set_xlabel("weight")
        axes.grid(alpha=0.3, axis="x")
    return to_png(figure)
