"""How many bytes a graph's tensors need at once, from what its file declares."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from satchel import limits
from satchel.errors import EngineError

Name = TypeVar("Name", bound=Hashable)
"""Of a tensor: its name in ONNX, its index in TFLite"""


def peak_bytes(
    sizes: Mapping[Name, int],
    steps: Sequence[tuple[Iterable[Name], Iterable[Name]]],
    *,
    first: Iterable[Name],
    last: Iterable[Name],
) -> int:
    """Return the most bytes that are in use at any one step.

    ``sizes`` are those of the tensors that an engine allocates, by name; each of
    ``steps`` reads some and writes some; ``first`` are there before and ``last`` behind them. A
    tensor is in use from the first step that names it to the last.

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


def check_tensor_bytes(needed: int) -> None:
    """Raise EngineError where tensors need more than MAX_TENSOR_BYTES."""
    if needed > limits.MAX_TENSOR_BYTES:
        raise EngineError(
            f"Expected a model whose tensors need at most {limits.MAX_TENSOR_BYTES:,} bytes,"
            f" got one of {min(needed, 10**18):,}: if you trust it, raise"
            " satchel.limits.MAX_TENSOR_BYTES."
        )
