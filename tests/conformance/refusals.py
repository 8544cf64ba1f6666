"""Files as edits of valid ones, with the error that reading each gives."""

from collections.abc import Callable, Iterator, Mapping

from conformance.edits import edits_of, spelled
from satchel.errors import SatchelError

MOST_BYTES = 400
"""Of an insertion: longer ones try a limit with its own size, and each port has tests for those"""


def refusals(
    bases: Mapping[str, bytes],
    base: str,
    contents: Mapping[str, bytes],
    read: Callable[[bytes], object],
) -> Iterator[dict]:
    """Yield a case for each file, by what is wrong with it, that is not too long to be carried."""
    for what, content in contents.items():
        edits = edits_of(bases[base], content)
        if sum(len(insert) for *_, insert in edits) <= MOST_BYTES:
            error = error_of(read, content)
            yield {"what": what, "base": base, "edits": spelled(edits), "error": error}


def error_of(read: Callable[..., object], *given: object) -> str | None:
    """Return the name of the error that reading gives, None where it gives none."""
    try:
        read(*given)
    except SatchelError as error:
        return type(error).__name__
    return None
