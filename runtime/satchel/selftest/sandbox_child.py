"""What runs in the child process of ``satchel.selftest.sandbox``."""

import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from satchel import limits
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import parse_card
from satchel.bundle.reading import Bundle
from satchel.engines.engine import ENGINES, installed_engines
from satchel.errors import SatchelError
from satchel.selftest.replay import selftest

MAX_WRITTEN_BYTES = 4 << 20
"""Of any file, the reply and the log among them"""


def main() -> None:
    """Read a request and a bundle from standard input, write the reply to standard output."""
    # Engines print to the file descriptors: what they say goes to the log.
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    for name, value in request["limits"].items():
        setattr(limits, name, value)
    entries = unpack(sys.stdin.buffer.read())
    bundle = Bundle(parse_card(entries.pop(CARD_NAME)), entries)
    _import_what_runs(request["engine"])
    _limit_this_process(request["memory_bytes"])
    json.dump(_answer(bundle, request), reply)
    reply.flush()
    # Engines may not survive their own ends under a limit, and there is nothing left to do.
    os._exit(0)


def _answer(bundle: Bundle, request: dict[str, Any]) -> dict[str, Any]:
    try:
        results = selftest(bundle, model=request["model"], engine=request["engine"])
    except SatchelError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        mebibytes = request["memory_bytes"] >> 20
        return {
            "error": "EngineError",
            "message": f"Expected a self-test that takes at most {mebibytes:,} MiB, this one wants"
            " more: do not use the bundle, or allow more with --memory.",
        }
    return {"results": [result._asdict() for result in results]}


def _import_what_runs(engine: str | None) -> None:
    """Import what the bundle's memory is not to be charged with."""
    for name in installed_engines():
        if engine in (None, name):
            import_module(ENGINES[name].package)
            import_module(f"satchel.engines.{name}")
    if find_spec("PIL"):
        import_module("PIL.Image")


def _limit_this_process(memory_bytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    # A crash here is expected: it leaves no file behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(kind: int, most: int) -> None:
    """Set a limit, unless there is a lower one already."""
    import resource

    soft, hard = resource.getrlimit(kind)
    given = [limit for limit in (soft, hard, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min(given), hard))
