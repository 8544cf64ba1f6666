"""Finds the order of labels with which a model is right.

A list of labels in another order than the outputs makes every answer wrong, and a comparison with
the float model does not see it, because both read the same list.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.plausibility.confirmation import (
    Confirmed,
    Halves,
    confirm,
    is_surely_worse,
)
from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.plausibility.several_labels import evidence

SHOWN = 6
"""The largest number of moved labels that a sentence names"""


class Order(NamedTuple):
    """An order of the labels."""

    positions: tuple[int, ...]
    """For each output, the position in the present list of the label that it means"""
    words: str
    """The words that follow "With the labels" in a sentence"""
    remedy: str
    measured: bool = False
    """Whether the samples alone suggest it: it is no usual mistake"""


class Reordered(NamedTuple):
    """An order with which the model is surely right more often."""

    order: Order
    confirmed: Confirmed


def find_order(
    predictions: NDArray[np.float32],
    truth: NDArray[Any],
    labels: Sequence[str],
    halves: Halves,
) -> Reordered | None:
    """Return the order of labels that surely repairs the predictions, (samples, labels), or None.

    A named order (reversed, sorted, moved on) is preferred to one that is only measured, if it is
    not surely worse.
    """
    weights = _weights(predictions[halves.finding], truth[halves.finding])
    orders = [*named_orders(labels), best_rotation(weights), best_order(weights, labels)]
    present = tuple(range(len(labels)))
    found = []
    for order in orders:
        if order.positions == present:
            continue
        moved = in_order(predictions, order)
        confirmed = confirm(predictions, moved, truth, halves)
        if confirmed is not None and confirmed.accuracy > confirmed.now:
            found.append((Reordered(order, confirmed), moved))
    if not found:
        return None
    _, best = max(found, key=lambda each: each[0].confirmed.accuracy)
    return next(each for each, moved in found if not is_surely_worse(moved, best, truth))


def order_doubt(found: Reordered, samples: int, *, truth: str) -> Doubt:
    """Return the doubt about a list of labels; ``truth`` names what the samples are right by."""
    figures = in_figures(found.confirmed, samples, truth=truth)
    sentence = f"With the labels {found.order.words}, {figures}."
    confirmed = found.confirmed
    return Doubt("label order", sentence, found.order.remedy, confirmed.gain, confirmed.cost)


def in_figures(found: Confirmed, samples: int, *, truth: str) -> str:
    """Return what a repair gains, as part of a sentence."""
    words = (
        f"the model is {truth} {found.accuracy:.1%} of {samples:,} samples, now"
        f" {found.now:.1%} (found on one half, confirmed on the other: {found.pairs.lost} gained,"
        f" {found.pairs.gained} lost"
    )
    if found.by_loss:
        words += f", {found.loss_name} {found.loss:.2f} instead of {found.loss_now:.2f}"
    return f"{words}; p = {found.probability:.1g})"


def in_order(predictions: NDArray[np.float32], order: Order) -> NDArray[np.float32]:
    """Return the predictions, (samples, labels), of the labels that the outputs then mean."""
    moved = np.empty_like(predictions)
    moved[:, list(order.positions)] = predictions
    return moved


def named_orders(labels: Sequence[str]) -> list[Order]:
    """Return the usual mistakes: a list that is reversed, or sorted otherwise than the outputs."""
    count = len(labels)
    orders = [
        Order(
            tuple(reversed(range(count))),
            "in reverse order",
            "The list of labels is reversed: turn it round.",
        )
    ]
    sortings = (
        (lambda label: label, "in alphabetical order", "alphabetically, as folders are listed"),
        (str.casefold, "in alphabetical order without regard to case", "without regard to case"),
        (_natural, "in numerical order", "by number (2 before 10)"),
    )
    for key, words, how in sortings:
        positions = tuple(sorted(range(count), key=lambda at: key(labels[at])))
        remedy = f"The outputs are in another order than the list: sort the labels {how}."
        orders.append(Order(positions, words, remedy))
    return [*orders, *_numbered_orders(count, first=0), *_numbered_orders(count, first=1)]


def _numbered_orders(count: int, *, first: int) -> list[Order]:
    """Return the orders of labels whose numbers, from ``first`` on, were sorted as texts.

    The labels themselves need not be numbers: folders and files of classes often are.
    """
    numbers = range(first, first + count)
    as_texts = [number - first for number in sorted(numbers, key=str)]
    shown = ", ".join(sorted(map(str, numbers), key=str)[:4])
    how = f"as texts ({shown}, …), by their numbers from {first} on"
    return [
        Order(
            tuple(as_texts.index(at) for at in range(count)),
            "in numerical order instead of one sorted as texts",
            f"The list of labels is sorted {how}: sort it by number.",
        ),
        Order(
            tuple(as_texts),
            "sorted as texts by their numbers",
            f"The outputs are sorted {how}, as folders are: sort the list of labels so.",
        ),
    ]


def best_rotation(weights: NDArray[np.float64]) -> Order:
    """Return the order whose labels are moved on by the number that fits the samples best.

    ``weights`` say how much the samples speak for each output to mean each label.
    """
    count = len(weights)
    outputs = np.arange(count)
    sums = [weights[outputs, (outputs + steps) % count].sum() for steps in range(count)]
    steps = int(np.argmax(sums))
    positions = tuple((at + steps) % count for at in range(count))
    back = count - steps
    if steps <= back:
        remedy = f"The list of labels is off by {steps:,}: its first {_lines(steps)} to the end."
    else:
        remedy = f"The list of labels is off by {back:,}: its last {_lines(back)} to the top."
    words = f"moved by {min(steps, back):,}"
    # A background class moves a list by one; by more, it is as likely as any other order.
    return Order(positions, words, remedy, measured=min(steps, back) > 1)


def best_order(weights: NDArray[np.float64], labels: Sequence[str]) -> Order:
    """Return the order that fits the samples best, by the assignment of outputs to labels.

    ``weights`` are as for ``best_rotation``.

    Source: Kuhn 1955, The Hungarian Method for the Assignment Problem.
    """
    from scipy.optimize import linear_sum_assignment

    count = len(labels)
    # Ties stay as they are: a label without samples has no reason to move.
    _, columns = linear_sum_assignment(weights + 1e-3 * np.eye(count), maximize=True)
    positions = tuple(int(at) for at in columns)
    moved = [(at, labels[to]) for at, to in enumerate(positions) if at != to]
    shown = ", ".join(f"output {at} is {label!r}" for at, label in moved[:SHOWN])
    more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    return Order(
        positions,
        f"in another order ({shown}{more})",
        "Write the labels in the order of the model's outputs.",
        measured=True,
    )


def _weights(predictions: NDArray[np.float32], truth: NDArray[Any]) -> NDArray[np.float64]:
    """Return how much the samples speak for each output to mean each label, (outputs, labels).

    A model that chooses one label speaks by its top labels.
    """
    if truth.ndim > 1:
        return evidence(predictions, truth)
    weights = np.zeros((predictions.shape[1],) * 2)
    np.add.at(weights, (predictions.argmax(axis=1), truth), 1.0)
    return weights


def _lines(count: int) -> str:
    return "line belongs" if count == 1 else f"{count:,} lines belong"


def _natural(label: str) -> list[tuple[int, int, str]]:
    """Return a sort key that compares runs of digits as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", label)
    return [(0, int(each), "") if each.isdecimal() else (1, 0, each) for each in parts]
