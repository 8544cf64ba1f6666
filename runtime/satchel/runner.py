"""A bundle, open for what it is made for: what all four public classes have in common."""

import os
from typing import ClassVar

from satchel.bundle import Bundle, open_bundle_for
from satchel.card import Task
from satchel.model import choose_model, open_model
from satchel.reader import open_reader


class Runner:
    """One model of a bundle, open in one engine.

    ``bundle`` is a path or an open Bundle; ``model`` a file in it (``full_int8.tflite``) and
    ``engine`` a name in ``satchel.engines.ENGINES``, by default the first that run here.
    ``isolated`` runs the model's golden vectors in a child process first, for a bundle that nobody
    vouches for (``satchel.isolated``).

    Raises BundleError for a bundle of another kind, EngineError where no engine here runs it, or
    where it does not pass in isolation.
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
        isolated: bool = False,
    ) -> None:
        self.bundle = open_bundle_for(self.TASK, bundle)
        if isolated:
            # Imported here: a cold start without it does not pay for it.
            from satchel.isolated import check_isolated

            entry, name = choose_model(self.bundle.card, file=model, engine=engine)
            check_isolated(self.bundle, model=entry.file, engine=name)
        self._read = open_reader(self.bundle.card.input, self.bundle.files)
        self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)
