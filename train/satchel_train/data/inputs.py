"""Samples to model inputs, by the runtime's own code: what is trained on is what will be run on."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, ImageInput, TensorSpec, TextInput
from satchel.preprocessing import RegexTokenizer, open_tokenizer, to_tensor
from satchel_train.data.samples import Samples

PICTURES_AT_ONCE = 1000
"""Three channels of float32 are held for this many, not for a whole data set"""


class Examples(NamedTuple):
    """Samples as a model takes them."""

    inputs: NDArray[Any]
    """Pictures, float32 (n, height, width, channels), or token ids, int32 (n, length)"""
    labels: NDArray[np.int32]
    """Positions in the card's labels, (n,)"""


def examples(samples: Samples, *, card: Card, vocabulary: bytes | None = None) -> Examples:
    """Return ``samples`` as the card's model takes them; a text card needs its vocabulary."""
    if isinstance(card.input, ImageInput):
        return Examples(_picture_inputs(samples.contents, card.input), samples.labels)
    assert isinstance(card.input, TextInput), "a latent has no samples to read"
    assert vocabulary is not None, "a text card comes with its vocabulary"
    tokenizer = open_tokenizer(card.input, vocabulary)
    return Examples(_text_inputs(samples.contents, tokenizer), samples.labels)


def _picture_inputs(pictures: NDArray[np.uint8], image: ImageInput) -> NDArray[np.float32]:
    inputs = np.empty((len(pictures), image.height, image.width, image.channels), np.float32)
    for start in range(0, len(pictures), PICTURES_AT_ONCE):
        some = slice(start, start + PICTURES_AT_ONCE)
        inputs[some] = to_tensor(_to_rgb(pictures[some]), image, TensorSpec("float32"))
    return inputs


def _to_rgb(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey or RGB pictures as the runtime decodes them, uint8 (n, height, width, 3)."""
    return np.repeat(pictures[..., np.newaxis], 3, axis=3) if pictures.ndim == 3 else pictures


def _text_inputs(texts: NDArray[Any], tokenizer: RegexTokenizer) -> NDArray[np.int32]:
    inputs = np.empty((len(texts), tokenizer.length), np.int32)
    for at, text in enumerate(texts):
        inputs[at] = tokenizer(text)[0]
    return inputs
