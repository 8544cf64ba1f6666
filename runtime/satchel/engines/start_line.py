"""The line that a TFLite runtime prints of itself, kept off the output of a command.

"INFO: Created TensorFlow Lite XNNPACK delegate for CPU." goes to file descriptor 2 when a process
opens its first model. The logger behind it has no setting that Python reaches. So the process of a
command first opens a tiny model of ours while the descriptor leads nowhere: what the runtime says
of any other model is heard. A library leaves its user's descriptors alone, so it is asked for.
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
"""A .tflite of one RELU over one float32"""
_wanted: list[bool] = []
"""Whether the next runtime to start is to be silent; emptied by it"""


def keep_off() -> None:
    """Keep the line off this process's standard error; only a program of its own may ask it."""
    _wanted.append(True)


def start(interpreter_class: Any) -> None:
    """Let the runtime of ``interpreter_class`` say its line, to nobody, if that was asked for."""
    if not _wanted:
        return
    from base64 import b64decode

    _wanted.clear()
    # What is wrong with this runtime, the model that is opened next will say.
    with _standard_error_to_nobody(), suppress(SystemError, ValueError, RuntimeError):
        interpreter_class(model_content=b64decode(_TINY_MODEL), num_threads=1).allocate_tensors()


@contextmanager
def _standard_error_to_nobody() -> Iterator[None]:
    kept, nobody = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nobody)
