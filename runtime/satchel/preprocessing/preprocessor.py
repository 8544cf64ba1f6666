"""Raw inputs to what a model takes, in two steps.

A raw input (a picture, a text, a seed) is *prepared* once, whichever model will run: pixels, token
ids or a latent. From that each model gets a tensor of its own dtype, scale and zero point.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from numpy.typing import NDArray

from satchel.bundle.card import ImageInput, Input, LatentInput, TensorSpec, TextInput
from satchel.errors import InputError
from satchel.preprocessing.images import read_pixels, to_tensor
from satchel.preprocessing.jpeg_scaling import DECODINGS, Decoding
from satchel.preprocessing.latent import draw_latent, quantize_latent
from satchel.preprocessing.tokenizers.regex import open_tokenizer

Reader: TypeAlias = Callable[[Any], NDArray[Any]]
"""A picture to uint8 (1, height, width, 3), a text to int32 or a seed to float32 (1, length)"""


def open_reader(
    taken: Input, files: Mapping[str, bytes], *, decoding: Decoding = "exact"
) -> Reader:
    """Return what prepares raw inputs as ``taken`` says; a text's vocabulary is in ``files``.

    The reader raises InputError for what it cannot read. Raises CardError for a wrong vocabulary,
    InputError for a decoding that does not exist, or that is not for such inputs.
    """
    if decoding not in DECODINGS:
        raise InputError(f"Expected a decoding of {', '.join(DECODINGS)}, got {decoding!r}.")
    if decoding != "exact" and not isinstance(taken, ImageInput):
        raise InputError(
            f"Expected pictures for {decoding} decoding, got a model of {taken.kind}s."
        )
    if isinstance(taken, TextInput):
        return open_tokenizer(taken, files[taken.vocabulary])
    if isinstance(taken, LatentInput):
        return lambda seed: draw_latent(seed, taken.length)
    return lambda picture: read_pixels(picture, taken, decoding=decoding)


def model_tensor(prepared: NDArray[Any], taken: Input, tensor: TensorSpec) -> NDArray[Any]:
    """Return what a reader prepared, (n, ...), as a model with the input ``tensor`` takes it.

    Raises EngineError for a dtype that such a model cannot have.
    """
    if isinstance(taken, ImageInput):
        return to_tensor(prepared, taken, tensor)
    if isinstance(taken, LatentInput):
        return quantize_latent(prepared, tensor)
    return prepared
