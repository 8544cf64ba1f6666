"""Adds metadata to a file, in a named buffer, for applications and other libraries."""

from typing import Any

import numpy as np

from satchel_convert.tflite.flatbuffer import add_buffer

METADATA_NAME = "TFLITE_METADATA"


def add_metadata(tree: Any, *, content: bytes) -> None:
    """Add ``content``, the flatbuffer from ``describe``, under the name that readers expect."""
    from ai_edge_litert import schema_py_generated as schema

    entry = schema.MetadataT()
    entry.name = METADATA_NAME
    entry.buffer = add_buffer(tree, np.frombuffer(content, np.uint8))
    tree.metadata = [*(tree.metadata or []), entry]
