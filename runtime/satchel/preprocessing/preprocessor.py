"""Turns raw inputs into a model's input tensor, in two steps.

A raw input (an image, a text, a seed) is *prepared* once for all models of a bundle: it becomes
pixels, token ids or a latent. From that each model gets a tensor with its own dtype, scale and zero
point.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from satchel.bundle.card import Card, TensorSpec
from satchel.bundle.task_table import load_task
from satchel.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from satchel.bundle.task import Reader

Decoding: TypeAlias = Literal["exact", "scaled"]
"""How JPEG files are decoded. ``exact`` decodes every pixel, as the contract says. ``scaled``
decodes only as many as the model's size needs."""
DECODINGS: tuple[Decoding, ...] = ("exact", "scaled")


def open_reader(
    card: Card, files: Mapping[str, bytes], *, decoding: Decoding = "exact"
) -> "Reader":
    """Return a function that prepares raw inputs as ``card`` says.

    ``files`` are the files of the bundle, of which it may need some. The function raises InputError
    for an input that it cannot read.

    Raises CardError for a wrong vocabulary, InputError for an unknown decoding, or for one that
    does not fit the kind of input.
    """
    if decoding not in DECODINGS:
        raise InputError(f"Expected a decoding of {', '.join(DECODINGS)}, got {decoding!r}.")
    return load_task(card.task).input.open_reader(card.input, files, decoding=decoding)


def model_tensor(prepared: "NDArray[Any]", card: Card, tensor: TensorSpec) -> "NDArray[Any]":
    """Return prepared inputs, (n, ...), as the input tensor that ``tensor`` describes.

    Raises EngineError for a dtype that such a model cannot have.
    """
    return load_task(card.task).input.to_tensor(prepared, card.input, tensor)


def check_exact(decoding: str, kind: str) -> None:
    """Raise InputError unless ``decoding`` is exact. For a model whose inputs are not images."""
    if decoding != "exact":
        raise InputError(f"Expected images for {decoding} decoding, got a model of {kind}s.")
