"""Names each tensor after one operator, because converters name it after all fused operators.

In a network with thousands of operators, the names can be larger than the weights.
"""

from collections import Counter
from typing import Any

NAMED_BY = 3
"""The number of parts at the end of a path that identify an operator: layer, cell and operation"""


def shorten_names(tree: Any) -> None:
    """Name each tensor after the last operator that made it, with a number if that is not unique.

    The model's inputs and outputs keep their names.
    """
    for graph in tree.subgraphs:
        named = {*graph.inputs, *graph.outputs}
        short = {
            at: short_name(each.name) for at, each in enumerate(graph.tensors) if at not in named
        }
        often = Counter(short.values())
        for at, name in short.items():
            unique = name if often[name] == 1 else f"{name}#{at}"
            graph.tensors[at].name = unique.encode()


def short_name(name: bytes) -> str:
    """Return the end of the path of the last operator in a tensor's name, without its number."""
    last = name.decode().rstrip(";0123456789").rsplit(";", 1)[-1]
    return "/".join(last.split("/")[-NAMED_BY:])
