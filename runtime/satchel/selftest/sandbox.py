"""Runs golden vectors in a child process, for an untrusted bundle.

A model file is a program for its engine, and engines are C++: a file can make one crash, loop for
ever or take all memory. In a child process with a deadline and a memory limit this causes one
EngineError and no more.

The child is a new interpreter and gets the bytes that were checked here, so it does not matter if
the file changes meanwhile. The child still has the rights of this user. It protects against
accidents and vandalism, but not against code that breaks out of an engine.
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
"""The largest size of the reply, which holds the results."""

_CHILD = "from satchel.selftest.sandbox_child import main; main()"


def selftest_isolated(
    bundle: Bundle,
    *,
    model: str | None = None,
    engine: str | None = None,
    deadline_s: float | None = None,
    memory_bytes: int | None = None,
) -> list[GoldenResult]:
    """Return the results of ``selftest`` from a child process.

    By default, the deadline and the memory are ``limits.ISOLATED_DEADLINE_S`` and
    ``ISOLATED_MEMORY_BYTES``. If a policy asks for such a child process, ``open_model`` opens the
    models that have passed from now on.

    Raises EngineError if the child crashes, is too slow or takes too much memory, and what
    ``selftest`` raises there.
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
    results = [
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
    if bundle.proven is not None:
        failed = {(result.file, result.engine) for result in results if not result.passed}
        bundle.proven.update((result.file, result.engine) for result in results)
        bundle.proven.difference_update(failed)
    return results


def check_isolated(bundle: Bundle, *, model: str | None = None, engine: str | None = None) -> None:
    """Check that all golden vectors pass in a child process.

    A model and engine of this open bundle that have passed because a policy asks for it are not run
    again.

    Raises EngineError if one does not, and what ``selftest_isolated`` raises.
    """
    if (model, engine) in (bundle.proven or ()):
        return
    for result in selftest_isolated(bundle, model=model, engine=engine):
        if not result.passed:
            raise EngineError(
                f"Expected a difference of at most {result.tolerance:g} for {result.vector} from"
                f" {result.file} in {result.engine}, got {result.difference:.3g}: do not use it."
            )


def _ask_child(name: str, request: bytes, deadline_s: float) -> bytes:
    """Return the reply of the child process; raises EngineError if it died or was ended."""
    # No word of the command line comes from the bundle.
    reply = run_child(
        ["-c", _CHILD], request=request, deadline_s=deadline_s, most_bytes=MAX_REPLY_BYTES
    )
    if not isinstance(reply, Ending):
        return reply
    if reply.exit_code is None:
        raise EngineError(
            f"Expected {name} to finish its self-test within {deadline_s:g} s, got no result by"
            " then: do not use the bundle, or allow more time with --deadline."
        )
    said = f", whose last line is {reply.last_words!r:.160}" if reply.last_words else ""
    raise EngineError(
        f"Expected {name} to finish its self-test, got a process that died ({reply.cause}){said}:"
        " do not use the bundle."
    )
