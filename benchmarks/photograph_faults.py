"""Lists what can be wrong around a network for photographs, and what has to be said of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = Sequence[str]

MEAN = ("--mean", "127", "--std", "128")
TORCH = ("--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375")
CROPPED = ("--fit", "crop")
RIGHT = (*MEAN, *CROPPED)
"""The options of EfficientNet-Lite0"""


class Fault(NamedTuple):
    """Something that is wrong, and what has to be named."""

    group: str
    what: str
    cause: str
    """The cause that convert has to name"""
    named: str
    """The part of the remedy that both commands have to give"""
    options: Sequence[str] = RIGHT
    photographs: str = "as they are"
    """The change of the photographs, a key of CHANGES"""
    labels: Callable[[Labels], Labels] = list
    """A function that makes the list of labels that is given from the right one"""
    blue_first: bool = False
    """Whether the network is one that reads blue first"""
    every: int = 4
    """Of so many photographs, one is evaluated"""

    @property
    def name(self) -> str:
        """The group and the fault."""
        return f"{self.group}: {self.what}"


def sorted_as_texts(first: int) -> Callable[[Labels], Labels]:
    """Return a function that sorts labels as texts by their numbers, from ``first`` on."""

    def mixed(labels: Labels) -> Labels:
        numbers = [str(number) for number in range(first, first + len(labels))]
        return [labels[int(number) - first] for number in sorted(numbers)]

    return mixed


def _scale(what: str, *options: str) -> Fault:
    return Fault(
        "mean and scale", what, "mean and scale", "--mean 127.5 --std 127.5", (*options, *CROPPED)
    )


def _turn(what: str, named: str, photographs: str) -> Fault:
    return Fault("rotation", what, "orientation", named, photographs=photographs)


def _order(what: str, named: str, labels: Callable[[Labels], Labels]) -> Fault:
    return Fault("label order", what, "label order", named, labels=labels)


FAULTS = (
    _scale("0 to 1 (`--std 255`)", "--std", "255"),
    # Stated, because explain finds mean and std of a float file that states none.
    _scale("0 to 255 (`--mean 0 --std 1`)", "--mean", "0", "--std", "1"),
    _scale("PyTorch's mean and std", *TORCH),
    _scale("`--preprocess keras:resnet50`", "--preprocess", "keras:resnet50"),
    Fault(
        "channel order",
        "`--channels bgr` for a network of red first",
        "channel order",
        "state --channels rgb",
        (*RIGHT, "--channels", "bgr"),
    ),
    Fault(
        "channel order",
        "photographs whose red and blue are exchanged",
        "channel order",
        "add --channels bgr",
        photographs="blue first",
    ),
    Fault(
        "channel order",
        "a network of blue first without `--channels bgr`",
        "channel order",
        "add --channels bgr",
        blue_first=True,
    ),
    Fault("fit", "letterbox for cropped", "fit", "--fit crop", (*MEAN, "--fit", "letterbox")),
    Fault(
        "fit",
        "cropped for stretched, squares stored as 16:9 (500 photographs)",
        "fit",
        "--fit stretch",
        photographs="squeezed",
        every=2,
    ),
    Fault(
        "fit",
        "letterbox for stretched, squares stored as 16:9",
        "fit",
        "--fit stretch",
        (*MEAN, "--fit", "letterbox"),
        "squeezed",
    ),
    _order("reversed", "turn it round", lambda labels: labels[::-1]),
    _order(
        "off by one, as by a class for the background",
        "off by 1: its first line belongs to the end",
        lambda labels: [labels[-1], *labels[:-1]],
    ),
    _order("sorted as 1, 10, 100, 1000, 101", "sort it by number", sorted_as_texts(1)),
    _order("sorted as 0, 1, 10, 100, 101", "sort it by number", sorted_as_texts(0)),
    _turn("by 90 degrees to the left", "turned by 90 degrees to the right", "left"),
    _turn("by 90 degrees to the right", "turned by 90 degrees to the left", "right"),
    _turn("by 180 degrees", "turned by 180 degrees", "over"),
)


def _squeezed(image: Pixels) -> Pixels:
    """Return the square in the middle of an image, pulled to 16:9."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(image[top : top + side, left : left + side])
    return np.asarray(square.resize((side * 16 // 9, side), Image.Resampling.BICUBIC))


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "as they are": lambda image: image,
    "blue first": lambda image: image[..., ::-1],
    "squeezed": _squeezed,
    "left": np.rot90,
    "right": lambda image: np.rot90(image, -1),
    "over": lambda image: image[::-1, ::-1],
}
"""What is done to photographs before they are written"""
