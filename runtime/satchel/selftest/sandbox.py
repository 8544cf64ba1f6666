"""Golden vectors in a child process, for a bundle that nobody vouches for.

A model file is a program for its engine, and engines are C++: a file can make one crash, loop for
ever or take all memory. In a child with a deadline and a memory limit that costs one EngineError.

The child is a new interpreter and gets the bytes that were checked here, so that the file may be
swapped meanwhile. It has this user's rights still: it contains accidents and vandalism, and is no
sandbox against code that breaks out of an engine.
"""

import json

from satchel import errors, limits
from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.card import card_to_json
from satchel.bundle.reading import Bundle
from satchel.bundle.strict_json import Fields, load_json
from satchel.device.child_process import Ending, run_child
from satchel.errors import EngineError, SatchelError
from satchel.selftest.replay import GoldenResult

MAX_REPLY_BYTES = 4 << 20
"""Of results, and of what the engines print"""

_CHILD = "from satchel.selftest.sandbox_child import main; main()"


def selftest_isolated(
    bundle: Bundle,
    *,
    model: str | None = None,
    engine: str | None = None,
    deadline_s: float | None = None,
    memory_bytes: int | None = None,
) -> list[GoldenResult]:
    """Return what ``selftest`` returns, found in a child process.

    The deadline and the memory are ``limits.ISOLATED_DEADLINE_S`` and ``ISOLATED_MEMORY_BYTES``
    unless given.

    Raises EngineError where the child crashes, is too slow or takes too much, and what ``selftest``
    raises there.
    """
    request = {
        "model": model,
        "engine": engine,
        "memory_bytes": memory_bytes or limits.ISOLATED_MEMORY_BYTES,
        "limits": {name: value for name, value in vars(limits).items() if name.isupper()},
    }
    archive = pack({CARD_NAME: card_to_json(bundle.card), **bundle.files})
    reply = Fields(
        load_json(
            _ask_child(
                bundle.card.name,
                json.dumps(request).encode() + b"\n" + archive,
                deadline_s or limits.ISOLATED_DEADLINE_S,
            ),
            MAX_REPLY_BYTES,
        ),
        "reply",
    )
    if "error" in reply.values:
        kind = getattr(errors, reply.take("error", str), None)
        assert isinstance(kind, type), "the child names one of our errors"
        assert issubclass(kind, SatchelError), "the child names one of our errors"
        raise kind(reply.take("message", str))
    return [
        GoldenResult(
            file=result.take("file", str),
            engine=result.take("engine", str),
            vector=result.take("vector", str),
            difference=result.number("difference", 0, 1e38),
            tolerance=result.number("tolerance", 0, 1),
            passed=result.values.get("passed") is True,
            exact=None if (exact := result.values.get("exact")) is None else exact is True,
        )
        for result in reply.objects("results", MAX_REPLY_BYTES)
    ]


def check_isolated(bundle: Bundle, *, model: str | None = None, engine: str | None = None) -> None:
    """Return if all golden vectors pass in a child process.

    Raises EngineError where one does not, and what ``selftest_isolated`` raises.
    """
    for result in selftest_isolated(bundle, model=model, engine=engine):
        if not result.passed:
            raise EngineError(
                f"Expected {result.file} on {result.engine} to answer {result.vector} within"
                f" {result.tolerance:g}, it is off by {result.difference:.3g}: do not use it."
            )


def _ask_child(name: str, request: bytes, deadline_s: float) -> bytes:
    """Return what the child wrote; raises EngineError where it died or was ended."""
    # No word of the command comes from the bundle.
    reply = run_child(
        ["-c", _CHILD], request=request, deadline_s=deadline_s, most_bytes=MAX_REPLY_BYTES
    )
    if not isinstance(reply, Ending):
        return reply
    if reply.exit_code is None:
        raise EngineError(
            f"Expected {name} to finish its self-test within {deadline_s:g} s, its process was"
            " ended: do not use the bundle, or allow more time with --deadline."
        )
    said = f", last it said {reply.last_words!r:.160}" if reply.last_words else ""
    raise EngineError(
        f"Expected {name} to finish its self-test, its process died ({reply.cause}){said}:"
        " do not use the bundle."
    )
