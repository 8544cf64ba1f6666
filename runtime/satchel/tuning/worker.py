"""Runs measurements in child processes and survives their crashes."""

import json
import os
from types import TracebackType
from typing import Any

from satchel.device.child_process import Child, Ending
from satchel.errors import EngineError

_PROGRAM = "satchel.tuning.worker_main"


class Measuring:
    """A process that measures models of a bundle. The first job starts it.

    ``path`` is the bundle's and ``card_digest`` is that of the open bundle, so that nothing else is
    measured if the file is replaced.

    If a model has killed it, or it took too long, the next job starts a new one.
    """

    def __init__(self, path: str | os.PathLike[str], card_digest: str) -> None:
        self._child = Child(["-m", _PROGRAM, os.fspath(path), card_digest])

    @property
    def is_running(self) -> bool:
        """Whether there is a process. Without one, the next job starts it."""
        return self._child.is_running

    def ask(self, job: str, *, deadline_s: float, **words: Any) -> dict[str, Any]:
        """Return the reply to one of ``worker_main.JOBS``.

        Raises EngineError if the model cannot be opened or run, kills the process or does not end
        in time.
        """
        line = self._child.ask(json.dumps({"job": job, **words}), deadline_s=deadline_s)
        if isinstance(line, Ending):
            raise EngineError(_reason(line, deadline_s))
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise EngineError(reply["error"])
        return reply

    def close(self) -> None:
        """End the process."""
        self._child.close()

    def __enter__(self) -> "Measuring":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.__exit__(kind, error, trace)


def _reason(ending: Ending, deadline_s: float) -> str:
    if ending.exit_code is None:
        return f"took longer than {deadline_s:.0f} s"
    how = "with" if ending.exit_code >= 0 else "by"
    said = f": {ending.last_words}" if ending.last_words else ""
    return f"its process ended {how} {ending.cause}{said}"
