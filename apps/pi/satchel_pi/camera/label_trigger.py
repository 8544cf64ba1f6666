"""A command that runs when a camera sees a label."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Sequence

from satchel.errors import SatchelError
from satchel.inference import Prediction

COOLDOWN_S = 10.0
LEAST_SCORE = 0.5
ENDING_S = 5.0
"""The time that a running command has to end by itself when watching stops."""


class LabelTrigger:
    """Runs a command when the best label is one of ``labels``: one at a time, with pauses."""

    def __init__(
        self,
        labels: Collection[str],
        command: Sequence[str],
        *,
        cooldown_s: float = COOLDOWN_S,
        least_score: float = LEAST_SCORE,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._labels = frozenset(labels)
        self._command = list(command)
        self._cooldown_s = cooldown_s
        self._least_score = least_score
        self._say = say
        self._clock = clock
        self._running: subprocess.Popen[bytes] | None = None
        self._started = -float("inf")

    def see(self, best: Prediction) -> bool:
        """Run the command if ``best`` asks for it; return whether it was started."""
        if best.label not in self._labels or best.score < self._least_score:
            return False
        if self._is_running() or self._clock() - self._started < self._cooldown_s:
            return False
        said = {"SATCHEL_LABEL": best.label, "SATCHEL_SCORE": f"{best.score:.4f}"}
        self._started = self._clock()
        try:
            # The words come from the user who started this process, and no shell reads a label as a
            # command. Its output goes to standard error, so that it does not mix with ours.
            self._running = subprocess.Popen(  # noqa: S603
                self._command, env={**os.environ, **said}, stdin=subprocess.DEVNULL, stdout=2
            )
        except (OSError, ValueError) as error:
            self._say(f"Expected {self._command[0]!r} to run, it does not start: {error}.")
            return False
        return True

    def close(self) -> None:
        """Wait a moment for a command that runs, then end it."""
        if self._running is None:
            return
        try:
            self._running.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._running.terminate()
            self._running.wait()

    def _is_running(self) -> bool:
        if self._running is None:
            return False
        code = self._running.poll()
        if code is None:
            return True
        if code != 0:
            self._say(f"Expected {self._command[0]!r} to end with 0, it ended with {code}.")
        self._running = None
        return False


def parse_command(text: str) -> list[str]:
    """Return the words of a command line; raises SatchelError for one that cannot be run.

    >>> parse_command("sh -c 'echo $SATCHEL_LABEL'")
    ['sh', '-c', 'echo $SATCHEL_LABEL']
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SatchelError(f"Expected a command, got {text[:100]!r}: {error}.") from error
    if not words or shutil.which(words[0]) is None:
        raise SatchelError(f"Expected a program that is installed, got {text[:100]!r}.")
    return words
