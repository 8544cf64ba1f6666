"""The engines that run a converted model, each with its lowest version."""

from collections.abc import Mapping
from typing import Any

from satchel.engines import engine_version, release
from satchel.model_checks import misses_bias
from satchel_convert.schemes import Scheme
from satchel_convert.tflite.flatbuffer import builtin_code, read_tree

ONNX_NEEDS: Mapping[str, str] = {"onnx": "1.17"}
"""The oldest release that was tested"""
_ONNX_LATER: Mapping[Scheme, Mapping[str, str]] = {
    # Opset 21 brought tensors of 16 bits.
    "int16x8": {"onnx": "1.18"},
}
"""The oldest tested release that runs a scheme"""
ONNX_OPSET = 20
"""The newest opset that the release in ``ONNX_NEEDS`` reads, see
https://onnxruntime.ai/docs/reference/compatibility.html"""
_KNOWN_OPSETS: Mapping[Scheme, int] = {"int16x8": 21}
"""The newest opset that the release in ``_ONNX_LATER`` reads"""

_LITERT = "1.4"
"""The oldest release that was tested with NumPy 2"""
_TFLITE_RUNTIME = "2.14"
"""The last release of tflite-runtime"""
_LATER_INT8 = frozenset({"DIV"})
"""The operators whose int8 kernels came after 2.14 without a new version number"""


def onnx_needs(scheme: Scheme, content: bytes) -> Mapping[str, str]:
    """Return the lowest version of each engine that runs an ONNX model which was converted here.

    A file of another framework may have newer operators than tf2onnx's export. For these, it is the
    release that is installed, which has run them.
    """
    import onnx

    model = onnx.load_from_string(content)
    opset = max(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    if opset > _KNOWN_OPSETS.get(scheme, ONNX_OPSET):
        return {"onnx": engine_version("onnx")}
    return _ONNX_LATER.get(scheme, ONNX_NEEDS)


def tflite_needs(model: bytes) -> dict[str, str]:
    """Return the lowest version of each engine that runs a TFLite model.

    LiteRT runs every file of the converter. tflite-runtime is named on two conditions: the lowest
    runtime that the converter notes in the file, derived from the operators' versions, allows it,
    and the model has none of the operators on which it is known to fail.
    """
    from ai_edge_litert import schema_py_generated as schema

    tree = read_tree(model)
    needs = {"litert": _LITERT}
    later = _int8_operators(tree, schema) & _LATER_INT8 or _has_int4(tree, schema)
    fails = later or misses_bias(model)
    if release(_minimum_runtime(tree)) <= release(_TFLITE_RUNTIME) and not fails:
        needs["tflite_runtime"] = _TFLITE_RUNTIME
    return needs


def _minimum_runtime(tree: Any) -> str:
    for entry in tree.metadata or []:
        if entry.name == b"min_runtime_version":
            return bytes(tree.buffers[entry.buffer].data).rstrip(b"\0").decode()
    # The converter left no note, so expect no old runtime to work.
    return "999"


def _has_int4(tree: Any, schema: Any) -> bool:
    """Return whether any weights have 4 bits, which the converter's note does not consider."""
    int4 = schema.TensorType.INT4
    return any(tensor.type == int4 for graph in tree.subgraphs for tensor in graph.tensors)


def _int8_operators(tree: Any, schema: Any) -> set[str]:
    """Return the names of the operators with an int8 output."""
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    found = set()
    for graph in tree.subgraphs:
        for operator in graph.operators:
            name = names[builtin_code(tree, operator)]
            if any(graph.tensors[at].type == schema.TensorType.INT8 for at in operator.outputs):
                found.add(name)
    return found
