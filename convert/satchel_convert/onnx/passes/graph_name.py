"""Names the graph after the model, because the export's own name differs between two runs."""

from typing import Any


def name_graph(model: Any, *, name: str) -> None:
    """Name the main graph ``name`` and remove its description."""
    model.graph.name = name
    model.graph.doc_string = ""
