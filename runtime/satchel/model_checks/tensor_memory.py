"""Computes how many bytes a graph's tensors need at once, from what its file declares."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from satchel import limits
from satchel.errors import EngineError

Name = TypeVar("Name", bound=Hashable)
"""The identity of a tensor: its name in ONNX, its index in TFLite."""


def peak_bytes(
    sizes: Mapping[Name, int],
    steps: Sequence[tuple[Iterable[Name], Iterable[Name]]],
    *,
    first: Iterable[Name],
    last: Iterable[Name],
) -> int:
    """Return the largest number of bytes that are in use at any one step.

    ``sizes`` are the bytes of the tensors that an engine allocates, by name. Each of ``steps``
    reads some tensors and writes some. ``first`` are needed before the steps, ``last`` after them.
    A tensor is in use from the first step that names it to the last.

    >>> peak_bytes({"x": 4, "y": 2, "z": 1}, [("x", "y"), ("y", "z")], first="x", last="z")
    6
    """
    begin = dict.fromkeys(first, 0)
    end = dict.fromkeys(begin, 0)
    for at, (reads, writes) in enumerate(steps):
        for names in (reads, writes):
            for name in names:
                begin.setdefault(name, at)
                end[name] = at
    for name in last:
        begin.setdefault(name, len(steps))
        end[name] = len(steps)
    change = [0] * (len(steps) + 2)
    for name, at in begin.items():
        change[at] += sizes.get(name, 0)
        change[end[name] + 1] -= sizes.get(name, 0)
    in_use = most = 0
    for difference in change:
        in_use += difference
        most = max(most, in_use)
    return most


class BrokenRuleError(ValueError):
    """A file that an engine might run breaks a rule of this package, which keeps devices safe."""


def refused(kind: str, error: Exception) -> EngineError:
    """Return the error for a file of that kind that cannot be read, or that breaks a rule.

    What an engine might run is not called damaged.
    """
    if isinstance(error, BrokenRuleError):
        return EngineError(f"Expected {kind} that keeps Satchel's rules, got another: {error}.")
    return EngineError(f"Expected {kind}, got a damaged file: {error}.")


def check_tensor_bytes(needed: int) -> None:
    """Raise EngineError if tensors need more than MAX_TENSOR_BYTES."""
    if needed > limits.MAX_TENSOR_BYTES:
        raise EngineError(
            f"Expected a model whose tensors need at most {limits.MAX_TENSOR_BYTES:,} bytes,"
            f" got one that needs {min(needed, 10**18):,}: if you trust it, raise"
            " satchel.limits.MAX_TENSOR_BYTES."
        )
