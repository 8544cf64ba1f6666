"""Seeds as samples of a model that takes their latents."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Json, LatentInput
from satchel.preprocessing import draw_latent


def model_inputs(
    contents: Sequence[int], latent: LatentInput, *, vocabulary: bytes | None
) -> NDArray[np.float32]:
    """Return the latents of seeds, float32 (n, length)."""
    return np.concatenate([draw_latent(int(seed), latent.length) for seed in contents])


def sample_fields(contents: Sequence[int], folder: Path, part: str) -> list[dict[str, Json]]:
    """Return a field with the seed of each sample."""
    return [{"seed": int(seed)} for seed in contents]
