"""Images that may become golden vectors of a classifier: clear ones, doubtful ones, and blends."""

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
    one_a_label,
    picture_file,
)
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.sample_inputs import Inputs, SampleInputs

NOISE = "golden/noise.png"
NOISE_SHARE = 77
"""Of a picture blended with it, in 256ths"""
NOISE_SIDE = 64
"""Pixels at most: it is resized to what the model takes"""
TRIED_BYTES = 32 << 20
"""Of pixels: of large pictures fewer are tried, and fewer are near a tie"""
BLENDED_SHARES = (64, 192)
"""256ths, from and to"""


class GoldenPicture(NamedTuple):
    """A picture by itself, to be blended with others."""

    file: str
    content: bytes
    pixels: NDArray[np.uint8]
    """At the model's size, (height, width, 3)"""


def image_candidates(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,
    surest: Sequence[int],
    doubtful: Sequence[int],
) -> Candidates:
    """Return a clear image for each label, with noise too, doubtful ones, and blends of two."""
    truth = folder.truth
    assert truth is not None, "a task with labels"
    clear = one_a_label(surest, truth)
    height, width, _ = folder.card.input.shape
    most = _at_most(DOUBTFUL, 3 * height * width)
    near = [at for at in doubtful if at not in clear][:most]
    pictures = []
    for number, at in enumerate((*clear, *near)):
        pixels = inputs[at : at + 1][0]
        file = Path(str(folder.evaluation[at].value))
        pictures.append(GoldenPicture(*picture_file(number, file, pixels), pixels))
    noise = _noise(folder, height, width)
    return picture_candidates(pictures, noise=noise, noisy=len(clear))


def picture_candidates(
    pictures: Sequence[GoldenPicture], *, noise: GoldenPicture | None = None, noisy: int = 0
) -> Candidates:
    """Return each picture, the first ``noisy`` with ``noise`` too, and blends of two."""
    alone = [GoldenInput(each.content, {"input": each.file}) for each in pictures]
    certain = alone
    if noise is not None:
        blends = [_blended(each, noise, NOISE_SHARE) for each in pictures[:noisy]]
        both = itertools.chain.from_iterable(zip(alone[:noisy], blends, strict=True))
        certain = [*both, *alone[noisy:]]
    held = [*pictures, *([] if noise is None else [noise])]
    return Candidates(
        certain, _blended_pictures(pictures), {each.file: each.content for each in held}
    )


def _blended_pictures(pictures: Sequence[GoldenPicture]) -> list[GoldenInput]:
    """Return blends of two of ``pictures``, the same ones every time."""
    random = np.random.default_rng(0)
    pairs = list(itertools.permutations(range(len(pictures)), 2))
    most = _at_most(TRIED, pictures[0].pixels.nbytes)
    chosen = random.permutation(len(pairs))[:most]
    return [
        _blended(pictures[first], pictures[second], int(random.integers(*BLENDED_SHARES)))
        for first, second in (pairs[at] for at in chosen)
    ]


def _at_most(count: int, picture_bytes: int) -> int:
    """Return ``count``, or how many pictures of that size TRIED_BYTES have room for."""
    return min(count, TRIED_BYTES // picture_bytes)


def _noise(folder: ModelFolder, height: int, width: int) -> GoldenPicture:
    shape = min(height, NOISE_SIDE), min(width, NOISE_SIDE), 3
    content = to_png(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return GoldenPicture(NOISE, content, prepare(folder, [content])[0])


def _blended(picture: GoldenPicture, other: GoldenPicture, share: int) -> GoldenInput:
    return GoldenInput(
        blend(picture.pixels, other.pixels, share),
        {"input": picture.file, "blend": {"input": other.file, "share": share}},
    )
