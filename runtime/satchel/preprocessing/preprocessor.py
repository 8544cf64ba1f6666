"""Raw inputs to what a model takes, in two steps.

A raw input (an image, a text, a seed) is *prepared* once, whichever model will run: pixels, token
ids or a latent. From that each model gets a tensor of its own dtype, scale and zero point.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from satchel.bundle.card import Card, TensorSpec
from satchel.bundle.task import Reader
from satchel.bundle.task_table import load_task
from satchel.errors import InputError
from satchel.preprocessing.jpeg_scaling import DECODINGS, Decoding


def open_reader(card: Card, files: Mapping[str, bytes], *, decoding: Decoding = "exact") -> Reader:
    """Return what prepares raw inputs as ``card`` says; what it needs for that is in ``files``.

    The reader raises InputError for what it cannot read. Raises CardError for a wrong vocabulary,
    InputError for a decoding that does not exist, or that is not for such inputs.
    """
    if decoding not in DECODINGS:
        raise InputError(f"Expected a decoding of {', '.join(DECODINGS)}, got {decoding!r}.")
    return load_task(card.task).input.open_reader(card.input, files, decoding=decoding)


def model_tensor(prepared: NDArray[Any], card: Card, tensor: TensorSpec) -> NDArray[Any]:
    """Return what a reader prepared, (n, ...), as a model with the input ``tensor`` takes it.

    Raises EngineError for a dtype that such a model cannot have.
    """
    return load_task(card.task).input.to_tensor(prepared, card.input, tensor)
