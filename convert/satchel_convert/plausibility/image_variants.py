"""The ways in use to prepare images for a model, beside the one that its card states."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Fit, ImageInput
from satchel_convert.own_models.preprocessing import PREPROCESSING, Preprocessing
from satchel_convert.plausibility.doubts import Cause

Place: TypeAlias = Literal["options", "card"]
"""Where the user states the preprocessing: in the options of a command, or in a card.json"""
Turn: TypeAlias = Literal[
    "",
    "by 90 degrees to the left",
    "by 90 degrees to the right",
    "by 180 degrees",
    "left to right",
    "upside down",
    "about the diagonal",
]
TURNED: tuple[Turn, ...] = get_args(Turn)[1:]
_VERBS: Mapping[str, str] = {
    "left to right": "mirrored",
    "upside down": "mirrored",
    "about the diagonal": "transposed",
}


class Variant(NamedTuple):
    """One way to prepare the same images."""

    cause: Cause
    words: str
    """The words that follow "images" in a sentence"""
    remedy: str
    image: ImageInput
    """The input that a card would state"""
    swapped: bool = False
    """Whether the model gets the channels in the reverse of the order that it gets now"""
    turn: Turn = ""
    """How the images are turned or mirrored"""


def turned(pixels: NDArray[np.uint8], turn: Turn) -> NDArray[np.uint8]:
    """Return images, uint8 (n, height, width, 3), turned as ``turn`` says."""
    match turn:
        case "":
            return pixels
        case "by 90 degrees to the left":
            return np.rot90(pixels, 1, axes=(1, 2))
        case "by 90 degrees to the right":
            return np.rot90(pixels, -1, axes=(1, 2))
        case "by 180 degrees":
            return pixels[:, ::-1, ::-1]
        case "left to right":
            return pixels[:, :, ::-1]
        case "upside down":
            return pixels[:, ::-1]
        case "about the diagonal":
            return pixels.transpose(0, 2, 1, 3)


def exchanges_sides(turn: Turn) -> bool:
    """Return whether a turn makes the width of an image its height."""
    return turn in ("by 90 degrees to the left", "by 90 degrees to the right", "about the diagonal")


def image_variants(
    image: ImageInput, *, fixed_scale: bool = False, place: Place = "options"
) -> list[Variant]:
    """Return the ways in use except the present one; the first ones change the least.

    Args:
        image: the input as the card states it.
        fixed_scale: whether the model reads bytes, so that no mean and scale can be stated.
        place: where the user states the preprocessing.

    """
    blue_first = image.channel_order == "bgr"
    found = []
    if image.channels == 3:
        found.append(_exchanged(image, blue_first=blue_first, place=place))
    if not fixed_scale:
        found += _scales(image, blue_first=blue_first, place=place)
    found += [_fitted(image, fit, place) for fit in get_args(Fit) if fit != image.fit]
    found += [_turned(image, turn) for turn in TURNED]
    return found


def _exchanged(image: ImageInput, *, blue_first: bool, place: Place) -> Variant:
    first = "red" if blue_first else "blue"
    return Variant(
        "channel order",
        f"of which {first} comes first",
        f"The model was trained with {first} first: {_order_remedy(first, place)}.",
        image,
        swapped=True,
    )


def _order_remedy(first: str, place: Place) -> str:
    if place == "card":
        order = "bgr" if first == "blue" else "rgb"
        return f'state "channel_order": "{order}" in card.json'
    return "add --channels bgr" if first == "blue" else "state --channels rgb"


def _scales(image: ImageInput, *, blue_first: bool, place: Place) -> Iterator[Variant]:
    known: dict[Preprocessing, str] = {
        Preprocessing((0.0,), (1.0,)): "of 0 to 255",
        Preprocessing((0.0,), (255.0,)): "scaled to 0 to 1",
        Preprocessing((127.5,), (127.5,)): "scaled to -1 to 1",
        Preprocessing((255.0,), (-255.0,)): "turned to their negatives and scaled to 0 to 1",
    }
    for name, prepared in PREPROCESSING.items():
        known.setdefault(prepared, f"prepared as keras.applications.{name}.preprocess_input does")
    own = present(image, blue_first=blue_first)
    # Its other order is tried by itself.
    kept = [own, _in_other_order(own)]
    for prepared, words in known.items():
        for each, more in ((prepared, ""), (_in_other_order(prepared), _first(prepared))):
            coloured = len(each.mean) > 1 or each.blue_first
            alike = any(_alike(each, other) for other in kept)
            if alike or (coloured and image.channels == 1):
                continue
            kept.append(each)
            yield _scaled(image, each, words + more, blue_first=blue_first, place=place)


def _scaled(
    image: ImageInput, prepared: Preprocessing, words: str, *, blue_first: bool, place: Place
) -> Variant:
    mean, deviation, to_blue = prepared
    count = max(len(mean), len(deviation))
    means, deviations = (np.resize(each, count) for each in (mean, deviation))
    scale = tuple((1 / deviations).tolist())
    offset = tuple((0.0 - means / deviations).tolist())
    swapped = to_blue != blue_first
    remedy = "Say what the model was trained on: "
    if place == "card":
        remedy += f'"scale": {_rounded(scale)}, "offset": {_rounded(offset)} in card.json'
    else:
        remedy += f"--mean {_joined(mean)} --std {_joined(deviation)}"
    if swapped:
        remedy += f", and {_order_remedy('blue' if to_blue else 'red', place)}"
    name = next((name for name, each in PREPROCESSING.items() if each == prepared), None)
    if name is not None and place == "options" and to_blue:
        remedy = f"Say what the model was trained on: --preprocess keras:{name}"
    return Variant(
        "mean and scale",
        words,
        f"{remedy}.",
        image._replace(scale=scale, offset=offset),
        swapped,
    )


def present(image: ImageInput, *, blue_first: bool) -> Preprocessing:
    """Return mean and deviation as the card's scale and offset state them."""
    count = max(len(image.scale), len(image.offset))
    scales, offsets = (np.resize(each, count) for each in (image.scale, image.offset))
    return Preprocessing(
        tuple((0.0 - offsets / scales).tolist()), tuple((1 / scales).tolist()), blue_first
    )


def _fitted(image: ImageInput, fit: Fit, place: Place) -> Variant:
    words: Mapping[str, str] = {
        "stretch": "stretched to the model's size",
        "crop": "cropped to the model's aspect ratio",
        "letterbox": "with their aspect ratio, on a plain ground",
    }
    stated = f'"fit": "{fit}" in card.json' if place == "card" else f"--fit {fit}"
    remedy = f"Say what the model was trained on: {stated}."
    return Variant("fit", words[fit], remedy, image._replace(fit=fit))


def _turned(image: ImageInput, turn: Turn) -> Variant:
    verb = _VERBS.get(turn, "turned")
    remedy = (
        f"The model was trained on images that are {verb} {turn}: prepare the images of an"
        " application in that way too, or train it on upright ones; no option does it."
    )
    return Variant("orientation", f"{verb} {turn}", remedy, image, turn=turn)


def _in_other_order(prepared: Preprocessing) -> Preprocessing:
    return prepared._replace(blue_first=not prepared.blue_first)


def _first(prepared: Preprocessing) -> str:
    return f", {'red' if prepared.blue_first else 'blue'} first"


def _alike(first: Preprocessing, second: Preprocessing) -> bool:
    """Return whether two ways differ too little for a model to notice."""
    return first.blue_first == second.blue_first and all(
        bool(np.isclose(np.array(one), np.array(other), rtol=0.02, atol=1.0).all())
        for one, other in (
            (first.mean, second.mean),
            (first.deviation, second.deviation),
        )
    )


def _rounded(numbers: tuple[float, ...]) -> list[float]:
    return [float(f"{each:.8g}") for each in numbers]


def _joined(numbers: tuple[float, ...]) -> str:
    return ",".join(f"{each:g}" for each in numbers)
