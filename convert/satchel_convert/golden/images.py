"""Makes the images that may become golden vectors: clear ones, doubtful ones, and blends."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.preprocessing import to_png
from satchel.selftest import blend
from satchel_convert.golden.candidates import (
    DOUBTFUL,
    TRIED,
    Candidates,
    GoldenInput,
    image_file,
    one_a_label,
)
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.sample_inputs import Inputs, SampleInputs

NOISE = "golden/noise.png"
NOISE_SHARE = 77
"""The share of noise in a blended image, in 256ths"""
NOISE_SIDE = 64
"""The longest side of the noise, in pixels. It is resized to the model's input."""
TRIED_BYTES = 32 << 20
"""The limit on the pixels of all tried images. Large images are therefore tried in smaller numbers,
and fewer are near a tie."""
BLENDED_FIRST = 8
"""The number of images of which half of the blends are made. They are the most important ones, and
most likely to be kept: a blend of images that are not kept costs their files."""
BLENDED_SHARES = (64, 192)
"""The smallest share of the second image in a blend, and the first one too large, in 256ths"""


class GoldenImage(NamedTuple):
    """A single image, which may be blended with others."""

    file: str
    content: bytes
    pixels: NDArray[np.uint8]
    """The pixels at the model's size, uint8 (height, width, 3)"""


def image_candidates(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,
    surest: Sequence[int],
    doubtful: Sequence[int],
) -> Candidates:
    """Return clear images, alone and with noise, doubtful images, and blends of two."""
    truth = folder.truth
    assert truth is not None, "a task with labels"
    clear = one_a_label(surest, truth)
    height, width, _ = folder.card.input.shape
    most = _at_most(DOUBTFUL, 3 * height * width)
    near = [at for at in doubtful if at not in clear][:most]
    images = []
    for number, at in enumerate((*clear, *near)):
        file = Path(str(folder.evaluation[at].value))
        name, content = image_file(number, file, inputs[at : at + 1][0])
        images.append(GoldenImage(name, content, prepare(folder, [content])[0]))
    noise = _noise(folder, height, width)
    return candidates_from_images(images, noise=noise, noisy=len(clear))


def candidates_from_images(
    images: Sequence[GoldenImage], *, noise: GoldenImage | None = None, noisy: int = 0
) -> Candidates:
    """Return each image alone, the first ``noisy`` ones also with ``noise``, and blends of two."""
    alone = [GoldenInput(each.content, {"input": each.file}) for each in images]
    certain = alone
    if noise is not None:
        blends = [_blended(each, noise, NOISE_SHARE) for each in images[:noisy]]
        both = itertools.chain.from_iterable(zip(alone[:noisy], blends, strict=True))
        certain = [*both, *alone[noisy:]]
    held = [*images, *([] if noise is None else [noise])]
    return Candidates(certain, _blended_images(images), {each.file: each.content for each in held})


def _blended_images(images: Sequence[GoldenImage]) -> list[GoldenInput]:
    """Return blends of two of ``images``, the same ones every time."""
    random = np.random.default_rng(0)
    pairs = list(itertools.permutations(range(len(images)), 2))
    most = _at_most(TRIED, images[0].pixels.nbytes)
    mixed = [pairs[at] for at in random.permutation(len(pairs))]
    of_first = [pair for pair in mixed if max(pair) < BLENDED_FIRST][: most // 2]
    chosen = [*dict.fromkeys((*of_first, *mixed))][:most]
    return [
        _blended(images[first], images[second], int(random.integers(*BLENDED_SHARES)))
        for first, second in chosen
    ]


def _at_most(count: int, image_bytes: int) -> int:
    """Return ``count``, or the number of images of that size that fit in TRIED_BYTES if lower."""
    return min(count, TRIED_BYTES // image_bytes)


def _noise(folder: ModelFolder, height: int, width: int) -> GoldenImage:
    shape = min(height, NOISE_SIDE), min(width, NOISE_SIDE), 3
    content = to_png(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return GoldenImage(NOISE, content, prepare(folder, [content])[0])


def _blended(image: GoldenImage, other: GoldenImage, share: int) -> GoldenInput:
    return GoldenInput(
        blend(image.pixels, other.pixels, share),
        {"input": image.file, "blend": {"input": other.file, "share": share}},
    )
