"""Turns tensors of a card's shape into the shapes that a model's author chose, and back.

A model of grey images may read (height, width) or one flat vector, PyTorch's users put channels
first, and a fully convolutional classifier puts out (1, 1, labels). The card describes an image and
its labels all the same: the reference reshapes arrays, and the deployed graph has layers that do.
"""

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

Sides = tuple[int | None, ...]


def fits(author: Sequence[int | None], card: Sequence[int]) -> bool:
    """Return whether a tensor of the card's shape can be given the author's; None fits any side.

    Both are without the batch.
    """
    return _same(author, card) or _is_first(author, card) or _is_flat(author, card)


def to_author(tensors: NDArray[Any], author: Sequence[int | None]) -> NDArray[Any]:
    """Return tensors of a card's shape, (n, ...), in the author's, (n, ...)."""
    card = tensors.shape[1:]
    if _same(author, card):
        return tensors
    if _is_first(author, card):
        return tensors.transpose(0, 3, 1, 2)
    return tensors.reshape(len(tensors), *_known(author, card))


def author_tensor(tensor: Any, author: Sequence[int | None]) -> Any:
    """Return a Keras tensor of a card's shape in the author's."""
    import keras

    card = tuple(tensor.shape[1:])
    if _same(author, card):
        return tensor
    if _is_first(author, card):
        return keras.layers.Permute((3, 1, 2), name="channels_first")(tensor)
    return keras.layers.Reshape(_known(author, card), name="author_shape")(tensor)


def card_tensor(values: Any, card: Sequence[int]) -> Any:
    """Return a Keras tensor of the author's output shape in the card's, if it has only unit sides
    more.
    """
    import keras

    shape = tuple(values.shape[1:])
    if shape == tuple(card) or not is_output(shape, card):
        return values
    return keras.layers.Reshape(tuple(card), name="card_shape")(values)


def is_output(author: Sequence[int | None], card: Sequence[int]) -> bool:
    """Return whether an output of the author's shape is the card's but for sides of 1."""
    if _same(author, card):
        return True
    significant = [side for side in author if side not in (1, None)]
    return significant == [side for side in card if side != 1]


def _same(author: Sequence[int | None], card: Sequence[int]) -> bool:
    return len(author) == len(card) and all(
        side in (None, size) for side, size in zip(author, card, strict=True)
    )


def _is_first(author: Sequence[int | None], card: Sequence[int]) -> bool:
    return len(card) == 3 and card[2] > 1 and _same(author, (card[2], *card[:2]))


def _is_flat(author: Sequence[int | None], card: Sequence[int]) -> bool:
    """Return whether only sides are joined, or sides of 1 left out or added."""
    if len(card) != 3 or None in author:
        return False
    return math.prod(filter(None, author)) == math.prod(card) and (
        len(author) == 1 or [side for side in author if side != 1] == [s for s in card if s != 1]
    )


def _known(author: Sequence[int | None], card: Sequence[int]) -> tuple[int, ...]:
    known = tuple(side for side in author if side is not None)
    assert math.prod(known) == math.prod(card), "fits says so"
    return known
