"""Parses a .tflite file to a tree of objects and writes it, by the schema that LiteRT ships."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_IDENTIFIER = b"TFL3"
_BUFFER_ALIGNMENT = 16
"""The alignment in bytes that the schema's ``force_align`` demands; the generated Python code
ignores it"""


def read_tree(model: bytes) -> Any:
    """Return the model as the schema's ``ModelT``, which can be read and changed."""
    from ai_edge_litert import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))
    for each in tree.buffers:
        # Some writers append data after the flatbuffer, whose size is limited to 2 GB.
        if each.offset > 1:
            each.data = np.frombuffer(model, np.uint8, each.size, each.offset)
            each.offset = each.size = 0
    return tree


def builtin_code(tree: Any, operator: Any) -> int:
    """Return the schema's ``BuiltinOperator`` code of an operator in the tree."""
    code = tree.operatorCodes[operator.opcodeIndex]
    # Codes above 127 stand only in the newer field.
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def input_names(tree: Any) -> list[str]:
    """Return the name of each input of the first graph: that in a signature, or the tensor's."""
    graph = tree.subgraphs[0]
    named = {
        int(each.tensorIndex): each.name
        for signature in tree.signatureDefs or []
        if signature.subgraphIndex == 0
        for each in signature.inputs or []
    }
    found = [named.get(int(at), graph.tensors[at].name) or b"" for at in graph.inputs]
    return [name.decode("utf-8", "replace") for name in found]


def add_buffer(tree: Any, data: NDArray[np.uint8]) -> int:
    """Add a buffer with ``data``; return its number."""
    from ai_edge_litert import schema_py_generated as schema

    buffer = schema.BufferT()
    buffer.data = data
    tree.buffers.append(buffer)
    return len(tree.buffers) - 1


def write_tree(tree: Any) -> bytes:
    """Return the tree as a .tflite file, with every buffer aligned as kernels expect.

    Equal vectors of numbers are written once: shapes, scales and zero points. The zero points of
    all channels alone are a tenth of the file of a network with many channels.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
        """A buffer whose data begins at a multiple of 16."""

        def __init__(self, buffer: Any) -> None:
            super().__init__(buffer.data, buffer.offset, buffer.size)

        def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated code calls it so
            """Write the aligned data, then the table that points to it."""
            data = None
            if self.data is not None and len(self.data):
                raw = np.asarray(self.data, np.uint8).tobytes()
                builder.StartVector(1, len(raw), _BUFFER_ALIGNMENT)
                builder.head -= len(raw)
                builder.Bytes[builder.head : builder.head + len(raw)] = raw
                data = builder.EndVector()
            schema.BufferStart(builder)
            if data is not None:
                schema.BufferAddData(builder, data)
            return schema.BufferEnd(builder)

    class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
        """A builder that writes equal vectors only once."""

        def __init__(self) -> None:
            super().__init__(1024)
            self._written: dict[tuple[str, bytes], Any] = {}

        def CreateNumpyVector(self, x: Any) -> Any:  # noqa: N802 - the name in the library
            """Return the place of a vector with the numbers of ``x``."""
            key = (x.dtype.str, x.tobytes())
            if key not in self._written:
                self._written[key] = super().CreateNumpyVector(x)
            return self._written[key]

    tree.buffers = [AlignedBuffer(each) for each in tree.buffers]
    builder = SharingBuilder()
    builder.Finish(tree.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())
