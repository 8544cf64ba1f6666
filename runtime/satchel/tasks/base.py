"""Opens a bundle for its task. All four public classes have this in common."""

import os
from typing import TYPE_CHECKING, ClassVar

from satchel.bundle.reading import Bundle, open_bundle_for, read_ahead
from satchel.engines.engine import Engine
from satchel.errors import EngineError
from satchel.faces import collection_put_off

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy
    from satchel.bundle.trust import TrustSource
    from satchel.preprocessing.preprocessor import Decoding


class Runner:
    """One model of a bundle, open in one engine.

    ``bundle`` is a path or an open Bundle. ``model`` is a file in it, such as ``full_int8.tflite``,
    and ``engine`` is a name in ``satchel.engines.ENGINES``. Without these two and ``threads``, the
    choice of ``satchel tune`` on this device is used, else the first model and engine that run
    here, with one thread. ``engine`` may also be an open Engine of your own, which then runs
    instead of the model: a fake in a test, or an accelerator.

    The policy of this device applies to a path, and ``policy`` takes the place of the user's own
    (``docs/guides/policy.md``). ``trust`` is a further condition, a file of public keys or a Trust:
    one of these keys must have signed the bundle. ``isolated=True`` is for an untrusted bundle: it
    first runs the model's golden vectors in a child process (``satchel.selftest``).
    ``decoding="scaled"`` reads JPEG files several times as fast, but the pixels differ by a few
    levels from the contract's.

    Raises BundleError for a bundle for another task, TrustError for one that is not trusted,
    EngineError if no engine here runs it or its golden vectors do not pass in the child process,
    InputError for an unknown decoding, for one that does not fit the kind of input, and for a wrong
    file of keys or of a policy.
    """

    TASK: ClassVar[str]
    """The task that the bundle must be for."""

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        *,
        model: str | None = None,
        engine: str | Engine | None = None,
        threads: int | None = None,
        trust: "TrustSource | None" = None,
        policy: "Policy | None" = None,
        isolated: bool = False,
        decoding: "Decoding" = "exact",
    ) -> None:
        with collection_put_off():
            self.bundle = open_bundle_for(self.TASK, bundle, trust=trust, policy=policy)
            try:
                self._open_model(model, engine, threads, isolated=isolated, decoding=decoding)
            except BaseException:
                if self.bundle is not bundle:
                    self.bundle.close()
                raise

    def _open_model(
        self,
        model: str | None,
        engine: str | Engine | None,
        threads: int | None,
        *,
        isolated: bool,
        decoding: "Decoding",
    ) -> None:
        # A card is read without these.
        from satchel.inference.selection import asked_model
        from satchel.preprocessing.preprocessor import open_reader

        # A policy asks for it where the bundle has a list of what has passed.
        isolated = isolated or self.bundle.proven is not None
        if not isinstance(engine, Engine):
            asked = asked_model(self.bundle, file=model, engine=engine, threads=threads)
            if isolated:
                from satchel.selftest.sandbox import check_isolated

                check_isolated(self.bundle, model=asked.entry.file, engine=asked.engine)
            content = read_ahead(self.bundle, asked.entry)
        elif isolated:
            raise EngineError(
                "Expected the name of an engine with isolated, got an open engine: a child process"
                " cannot have it."
            )
        # NumPy is imported from here on, while the file is read and hashed.
        self._read = open_reader(self.bundle.card, self.bundle.files, decoding=decoding)
        from satchel.inference.model import open_asked, wrap_engine

        if isinstance(engine, Engine):
            self.model = wrap_engine(engine, self.bundle, file=model)
        else:
            self.model = open_asked(self.bundle, asked, content)
