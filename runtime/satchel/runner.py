"""A bundle, open for what it is made for: what all four public classes have in common."""

import os
from typing import ClassVar

from satchel.bundle import Bundle, open_bundle_for
from satchel.card import Task
from satchel.model import open_model
from satchel.reader import open_reader
from satchel.scaled import Decoding


class Runner:
    """One model of a bundle, open in one engine.

    ``bundle`` is a path or an open Bundle; ``model`` a file in it (``full_int8.tflite``) and
    ``engine`` a name in ``satchel.engines.ENGINES``, by default the first that run here.
    ``decoding="scaled"`` reads JPEG files several times as fast, a few levels off the contract.

    Raises BundleError for a bundle of another kind, EngineError where no engine here runs it,
    InputError for a decoding that does not exist, or where the model takes no pictures.
    """

    TASK: ClassVar[Task]
    """What the bundle must be for"""

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | None = None,
        threads: int = 1,
        decoding: Decoding = "exact",
    ) -> None:
        self.bundle = open_bundle_for(self.TASK, bundle)
        self._read = open_reader(self.bundle.card.input, self.bundle.files, decoding=decoding)
        self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)
