"""Pictures to pictures in another style."""

import os

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, open_bundle_for
from satchel.images import Picture
from satchel.model import open_model
from satchel.reader import open_reader


class StyleTransfer:
    """Paints a picture anew, in the style that the model has learned.

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
        self.bundle = open_bundle_for("style-transfer", bundle)
        self._read = open_reader(self.bundle.card.input, self.bundle.files)
        self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)

    def apply(self, picture: Picture) -> NDArray[np.uint8]:
        """Return ``picture`` in the model's style and size, uint8 (height, width, 3).

        Raises InputError for what is no picture, is damaged or too large.
        """
        return self.model.answer(self._read(picture))
