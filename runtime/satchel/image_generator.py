"""Seeds to pictures."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, open_bundle_for
from satchel.card import LatentInput
from satchel.latent import draw_latent, to_latent
from satchel.model import open_model


class ImageGenerator:
    """Makes a picture of a seed, the same one every time.

    ``bundle`` is a path or an open Bundle; ``model`` a file in it (``full_int8.tflite``) and
    ``engine`` a name in ``satchel.engines.ENGINES``, by default the first that run here.

    Raises BundleError for a bundle of another kind, EngineError where no engine here runs it.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | None = None,
        threads: int = 1,
    ) -> None:
        self.bundle = open_bundle_for("image-generation", bundle)
        taken = self.bundle.card.input
        # What parse_card holds of every such task.
        assert isinstance(taken, LatentInput)
        self._input = taken
        self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)

    def generate(self, seed: int) -> NDArray[np.uint8]:
        """Return the picture of ``seed``, uint8 (height, width, 3).

        Raises InputError for what is no whole number from 0 to 2**53 - 1.
        """
        return self.render(self.latent(seed))

    def generate_many(self, seeds: Iterable[int]) -> list[NDArray[np.uint8]]:
        """Return what ``generate`` returns for each of ``seeds``, in their order."""
        return [self.generate(seed) for seed in seeds]

    def latent(self, seed: int) -> NDArray[np.float32]:
        """Return what the picture of ``seed`` is rendered from, float32 (length,).

        A latent between those of two seeds gives a picture between theirs.
        """
        latent: NDArray[np.float32] = draw_latent(seed, self._input.length)[0]
        return latent

    def render(self, latent: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
        """Return the picture of ``latent``, floats (length,), as uint8 (height, width, 3).

        Raises InputError for another shape, and for numbers that are not finite.
        """
        return self.model.answer(to_latent(latent, self._input))
