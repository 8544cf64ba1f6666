"""The graph called after the model: names that count up in one process differ between two runs."""

from typing import Any


def name_graph(model: Any, *, name: str) -> None:
    """Call the main graph ``name``, without a description."""
    model.graph.name = name
    model.graph.doc_string = ""
