"""Keeps the line that a TFLite runtime prints at its start off the output of a command.

"INFO: Created TensorFlow Lite XNNPACK delegate for CPU." goes to file descriptor 2 when a process
opens its first model. Python cannot reach a setting of the logger that prints it. So the process of
a command first opens a tiny model while that descriptor leads nowhere, and everything that the
runtime prints about other models is still shown. A library must not touch the descriptors of its
user, so only a command asks for this.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_TINY_MODEL = (
    "GAAAAFRGTDMAAA4AFAAQAAwACAAAAAQADgAAABAAAAAcAAAAtAAAAAMAAAABAAAACAAAAAQABAAEAAAAAQAAABAAAAAMABQA"
    "EAAMAAgABAAMAAAAEAAAADwAAABAAAAARAAAAAEAAAAQAAAAAAAKAAwAAAAIAAQACgAAAAgAAAAMAAAAAQAAAAEAAAABAAAA"
    "AAAAAAEAAAABAAAAAQAAAAAAAAACAAAAIAAAAAQAAADu////BAAAAAEAAAABAAAAAAAGAAgABAAGAAAABAAAAAEAAAABAAAA"
    "AQAAABAAAAAMAAwACwAAAAAABAAMAAAAEwAAAAAAABM="
)
"""A .tflite file in base64: one RELU over one float32."""
_wanted: list[bool] = []
"""Not empty if the next runtime must start silently. The runtime's start empties it."""


def keep_off() -> None:
    """Keep the line off the standard error of this process. Only a command may ask for this."""
    _wanted.append(True)


def start(interpreter_class: Any) -> None:
    """Let the runtime of ``interpreter_class`` print its line to nowhere, if that was asked for."""
    if not _wanted:
        return
    from base64 import b64decode

    _wanted.clear()
    # A broken runtime fails again with the model that is opened next, and that error is shown.
    with _standard_error_to_nowhere(), suppress(SystemError, ValueError, RuntimeError):
        interpreter_class(model_content=b64decode(_TINY_MODEL), num_threads=1).allocate_tensors()


@contextmanager
def _standard_error_to_nowhere() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
