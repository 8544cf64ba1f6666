"""Makes inputs for the golden vectors of a model without evaluation samples."""

from collections.abc import Mapping

import numpy as np

from satchel.bundle import Bundle, TextInput
from satchel.preprocessing import open_tokenizer, resize, to_png
from satchel_convert.golden.candidates import Candidates
from satchel_convert.golden.images import GoldenImage, candidates_from_images
from satchel_convert.golden.texts import candidates_from_texts
from satchel_convert.task import converter_task

_CELLS = (2, 3, 5, 9)
"""The number of cells along a side of each image: few make a coarse texture, many a fine one"""
_TEXTS, _WORDS = 32, 24
"""The number of texts, and the largest number of words in one"""


def made_up(draft: Bundle) -> Candidates:
    """Return inputs of the kind that ``draft``'s model takes, the same ones every time."""
    input_spec = draft.card.input
    image = converter_task(draft.card.task).input.image(input_spec)
    if image is not None:
        return _images(image.height, image.width)
    assert isinstance(input_spec, TextInput)
    return _texts(input_spec, draft.files)


def _images(height: int, width: int) -> Candidates:
    """Return a few PNG images of that size and blends of them."""
    random = np.random.default_rng(0)
    images = []
    for number, cells in enumerate(_CELLS):
        coarse = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        pixels = resize(coarse, height, width)
        images.append(GoldenImage(f"golden/{number}.png", to_png(pixels), pixels))
    return candidates_from_images(images)


def _texts(text: TextInput, files: Mapping[str, bytes]) -> Candidates:
    """Return texts of words of the vocabulary that the tokenizer finds again."""
    words = open_tokenizer(text, files).examples()
    random = np.random.default_rng(0)
    counts = random.integers(1, min(_WORDS, max(1, text.length - 1)) + 1, _TEXTS if words else 0)
    found = [
        " ".join(words[at] for at in random.integers(len(words), size=count)) for count in counts
    ]
    return candidates_from_texts(found or ["?"], found)
