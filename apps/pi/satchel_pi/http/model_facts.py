"""What is known of a model before it runs: who signed it, how accurate it is, what it reads."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from satchel.bundle import Fit, ImageInput, load_task
from satchel_pi.http.loaded_model import ServedModel

Z_95 = 1.959964
"""The number of standard deviations within which 95 % of a normal distribution lie."""
_FITS: Mapping[Fit, str] = {
    "stretch": "stretched",
    "crop": "cut to this shape",
    "letterbox": "whole, with a border",
}


class Accuracy(NamedTuple):
    """The share of samples that a model classified correctly where it was packed."""

    share: float
    low: float
    """The lower end of its 95 % confidence interval."""
    high: float
    samples: int


def accuracy_of(model: ServedModel) -> Accuracy | None:
    """Return the accuracy of the model file that runs. None if its card does not state it."""
    verified = model.entry.verified
    share: float | None = getattr(verified, "accuracy", None)
    if verified is None or share is None:
        return None
    return Accuracy(share, *wilson(share, verified.samples), verified.samples)


def verification_of(model: ServedModel) -> str:
    """Return how close the model file is to the float model, in words. Empty if nothing is said."""
    entry = model.entry
    if entry.verified is None:
        return ""
    return load_task(model.card.task).output.accuracy_in_words(entry.verified)


def wilson(share: float, samples: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share of ``samples``.

    Source: E. B. Wilson, Probable Inference, 1927.

    >>> [round(each, 4) for each in wilson(0.9853, 10_000)]
    [0.9827, 0.9875]
    """
    weight = Z_95**2 / samples
    centre = (share + weight / 2) / (1 + weight)
    half = math.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)


def layout_of(model: ServedModel) -> str:
    """Return the size and the layout of the tensor that the model reads, in words."""
    card, tensor = model.card, model.entry.input
    shape = ", ".join(map(str, tensor.shape or (1, *card.input.shape)))
    form = f"{tensor.dtype} ({shape})"
    if model.kind.field != "image":
        return form
    image = card.input
    assert isinstance(image, ImageInput), "its kind says so"
    order = "grey" if image.channels == 1 else image.channel_order.upper()
    return f"{image.width} x {image.height} pixels, {_FITS[image.fit]}, {order}: {form}"
