"""A bundle, open for what it is made for: what all four public classes have in common."""

import os
from typing import TYPE_CHECKING, ClassVar

from satchel.bundle.reading import Bundle, open_bundle_for
from satchel.engines.engine import Engine
from satchel.errors import EngineError
from satchel.inference.model import open_model, wrap_engine
from satchel.inference.selection import asked_model
from satchel.preprocessing.jpeg_scaling import Decoding
from satchel.preprocessing.preprocessor import open_reader

if TYPE_CHECKING:
    from satchel.bundle.trust import TrustSource


class Runner:
    """One model of a bundle, open in one engine.

    ``bundle`` is a path or an open Bundle; ``model`` a file in it (``full_int8.tflite``) and
    ``engine`` a name in ``satchel.engines.ENGINES``. Where neither they nor ``threads`` are given,
    it is what ``satchel tune`` chose on this device, else the first that run here, in one thread.
    An Engine of your own, open, answers in the model's stead: a fake in a test, or an accelerator.
    With ``trust``, a file of public keys or a Trust, one of these keys must have signed the bundle;
    ``isolated`` runs the model's golden vectors in a child process first, for a bundle that nobody
    vouches for (``satchel.selftest``). ``decoding="scaled"`` reads JPEG files several times as
    fast, a few levels off the contract.

    Raises BundleError for a bundle of another kind, TrustError for one that is not trusted,
    EngineError where no engine here runs it or where it does not pass in isolation, InputError for
    a decoding that does not exist, or where the model takes no images.
    """

    TASK: ClassVar[str]
    """What the bundle must be for"""

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | Engine | None = None,
        threads: int | None = None,
        trust: "TrustSource | None" = None,
        isolated: bool = False,
        decoding: Decoding = "exact",
    ) -> None:
        self.bundle = open_bundle_for(self.TASK, bundle, trust=trust)
        if isolated:
            if isinstance(engine, Engine):
                raise EngineError(
                    "Expected the name of an engine with isolated, got an open engine: a child"
                    " process cannot have it."
                )
            # Imported here: a cold start without it does not pay for it.
            from satchel.selftest.sandbox import check_isolated

            asked = asked_model(self.bundle, file=model, engine=engine, threads=threads)
            check_isolated(self.bundle, model=asked.entry.file, engine=asked.engine)
        self._read = open_reader(self.bundle.card, self.bundle.files, decoding=decoding)
        if isinstance(engine, Engine):
            self.model = wrap_engine(engine, self.bundle, file=model)
        else:
            self.model = open_model(self.bundle, file=model, engine=engine, threads=threads)
