"""Starts processes that measure, and outlives what becomes of them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from types import TracebackType
from typing import Any

from satchel.errors import EngineError

_PROGRAM = "satchel.tuning.worker_main"
_CHATTER = ("INFO", "WARNING")
"""What engines begin lines with that say nothing of an end"""


class Measuring:
    """A process that measures models of the bundle at ``path``; started by its first job.

    One that a model has killed, or that took too long, is replaced for the next job.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)

    @property
    def is_running(self) -> bool:
        """Whether the next job finds a process, and need not start one."""
        return self._process is not None

    def ask(self, job: str, *, deadline_s: float, **words: Any) -> dict[str, Any]:
        """Return the answer to one of ``worker_main.JOBS``.

        Raises EngineError where the model cannot be opened or run, kills the process or is not done
        in time.
        """
        process = self._process = self._process or self._start()
        assert process.stdin
        assert process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(deadline_s, stop)
        timer.start()
        try:
            process.stdin.write(json.dumps({"job": job, **words}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self.close()
            taken = f"took longer than {deadline_s:.0f} s"
            raise EngineError(taken if late.is_set() else self._last_words(process.wait()))
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def __enter__(self) -> "Measuring":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._errors.close()

    def _start(self) -> subprocess.Popen[str]:
        self._errors.truncate(0)
        return subprocess.Popen(  # noqa: S603 (this Python, a module of ours, a path)
            # -P: the folder that it is started in may hold modules of the same names.
            [sys.executable, "-P", "-m", _PROGRAM, self._path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )

    def _last_words(self, code: int) -> str:
        """Return how the process has ended, with the last line that it wrote."""
        self._errors.seek(0)
        lines = map(str.strip, self._errors.read().decode("utf-8", "replace").split("\n"))
        said = [line for line in lines if line and not line.startswith(_CHATTER)]
        names = {each.value: each.name for each in signal.Signals}
        ended = f"with exit code {code}"
        if code < 0:
            ended = f"by {names.get(-code, f'signal {-code}')}"
        return f"its process ended {ended}" + (f": {said[-1][:200]}" if said else "")
