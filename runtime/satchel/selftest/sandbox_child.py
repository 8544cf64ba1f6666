"""The program that runs in the child process of ``satchel.selftest.sandbox``."""

import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from satchel import limits
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import parse_card
from satchel.bundle.reading import Bundle
from satchel.device.child_process import limit_this_process, reply_stream
from satchel.engines.engine import ENGINES, installed_engines
from satchel.errors import SatchelError
from satchel.selftest.replay import selftest


def main() -> None:
    """Read a request and a bundle from standard input, write the reply to standard output."""
    reply = reply_stream()
    request = json.loads(sys.stdin.buffer.readline())
    for name, value in request["limits"].items():
        setattr(limits, name, value)
    entries = unpack(sys.stdin.buffer.read())
    bundle = Bundle(parse_card(entries.pop(CARD_NAME)), entries)
    _import_what_runs(request["engine"])
    limit_this_process(request["memory_bytes"])
    json.dump(_results(bundle, request), reply)
    reply.flush()
    # Under a limit an engine may crash while it shuts down, and there is nothing left to do.
    os._exit(0)


def _results(bundle: Bundle, request: dict[str, Any]) -> dict[str, Any]:
    try:
        results = selftest(bundle, model=request["model"], engine=request["engine"])
    except SatchelError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        mebibytes = request["memory_bytes"] >> 20
        return {
            "error": "EngineError",
            "message": f"Expected a self-test that needs at most {mebibytes:,} MiB, got one that"
            " needs more: do not use the bundle, or allow more with --memory.",
        }
    return {"results": [result._asdict() for result in results]}


def _import_what_runs(engine: str | None) -> None:
    """Import everything whose memory must not count towards the bundle's limit."""
    for name in installed_engines():
        if engine in (None, name):
            import_module(ENGINES[name].package)
            import_module(f"satchel.engines.{name}")
    if find_spec("PIL"):
        import_module("PIL.Image")
