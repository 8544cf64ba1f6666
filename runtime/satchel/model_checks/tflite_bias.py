"""Finds where tflite-runtime's kernels for Arm read a bias though a TFLite file has none.

Such a model ends the process with tflite-runtime 2.14 on Arm, of 32 bits and of 64. Its matrix
products go to gemmlowp, whose stage for a scale a channel adds a bias without a look whether there
is one (tensorflow/lite/kernels/cpu_backend_gemm_gemmlowp.h).
"""

from collections.abc import Sequence
from math import prod

from satchel.errors import EngineError
from satchel.model_checks import tflite_schema as schema
from satchel.model_checks.flatbuffer import INT8, INT32, UINT8, UINT32, Flatbuffer

_LEAST_INPUTS, _LEAST_OUTPUTS = 8, 4
"""Of the kernel for a matrix and one vector, which does look (cpu_backend_gemm_custom_gemv.h)"""


def misses_bias(model: bytes) -> bool:
    """Return whether a FULLY_CONNECTED of the file would read a bias that is not there.

    Raises EngineError for a damaged file.
    """
    file = Flatbuffer(model)
    try:
        root = file.root(schema.IDENTIFIER)
        codes = [_builtin(file, code) for code in file.tables(root, schema.MODEL_CODES)]
        return any(
            _any_missed(file, graph, codes) for graph in file.tables(root, schema.MODEL_SUBGRAPHS)
        )
    except (IndexError, ValueError) as error:
        raise EngineError(f"Expected a TFLite model, got a damaged file: {error}.") from error


def goes_to_gemmlowp(values: Sequence[int], weights: Sequence[int]) -> bool:
    """Return whether gemmlowp multiplies such shapes, and not the kernel for a vector."""
    outputs, inputs = weights
    one_vector = prod(values) == inputs
    return not (one_vector and inputs >= _LEAST_INPUTS and outputs >= _LEAST_OUTPUTS)


def _builtin(file: Flatbuffer, code: int) -> int:
    # Those above 127 stand in the newer field alone.
    older = file.scalar(code, schema.CODE_DEPRECATED, INT8)
    return max(older, file.scalar(code, schema.CODE_BUILTIN, INT32))


def _any_missed(file: Flatbuffer, graph: int, codes: list[int]) -> bool:
    tensors = list(file.tables(graph, schema.SUBGRAPH_TENSORS))
    for operator in file.tables(graph, schema.SUBGRAPH_OPERATORS):
        code = codes[file.scalar(operator, schema.OPERATOR_CODE, UINT32)]
        if code != schema.FULLY_CONNECTED:
            continue
        values, weights, *bias = file.integers(operator, schema.OPERATOR_INPUTS)
        if bias in ([], [schema.NONE]) and _is_read(file, tensors[values], tensors[weights]):
            return True
    return False


def _is_read(file: Flatbuffer, values: int, weights: int) -> bool:
    """Return whether the product of two tensors has a bias read: int8, a scale a channel."""
    quantization = file.table(weights, schema.TENSOR_QUANTIZATION)
    if not quantization or file.scalar(values, schema.TENSOR_TYPE, UINT8) != schema.INT8:
        return False
    if file.vector(quantization, schema.QUANTIZATION_SCALE, 4)[1] < 2:
        return False
    shapes = (file.integers(tensor, schema.TENSOR_SHAPE) for tensor in (values, weights))
    return goes_to_gemmlowp(*shapes)
