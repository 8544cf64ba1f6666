"""Looks for new versions in a thread of its own, from time to time and when it is asked to."""

import queue
import threading
from collections.abc import Callable, Sequence

from satchel_pi.versions.candidates import Candidate
from satchel_pi.versions.updating import Updater

EVERY_S = 1.0
"""The time between two looks into a watched folder. A new file is taken at the second one, when
it has not changed any more."""


class Watching(threading.Thread):
    """A thread that takes new versions. The end of the process ends it, at any moment."""

    def __init__(
        self,
        *,
        every_s: float | None,
        began: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the thread. It looks every ``every_s`` seconds; None is only when it is asked to.

        ``began`` and ``ended`` are called around a look that somebody has asked for.
        """
        super().__init__(name="satchel-versions", daemon=True)
        self._every_s = every_s
        self._began = began
        self._ended = ended
        # Unlike an event, it may be used in a handler of signals at any moment.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._updater: Updater | None = None
        self._new: Sequence[Candidate] = ()

    def begin(self, updater: Updater, new: Sequence[Candidate] = ()) -> None:
        """Start with this updater, which first adopts what is ``new``."""
        self._updater = updater
        self._new = new
        self.start()

    def ask(self) -> None:
        """Let it look now. Handlers of signals may call this, also before it has started."""
        self._asked.put(None)

    def run(self) -> None:
        """Look until the process ends."""
        assert self._updater is not None, "begin was called"
        self._updater.adopt(self._new)
        if self._every_s is not None:
            self._updater.look()
        while True:
            try:
                self._asked.get(timeout=self._every_s)
            except queue.Empty:
                self._updater.look()
            else:
                self._began()
                self._updater.look(asked=True)
                self._ended()
