"""Finds layers without a bias for which tflite-runtime's kernels for Arm still read one.

Such a model ends the process of tflite-runtime 2.14 on Arm, both 32-bit and 64-bit. There gemmlowp
computes the matrix products, and its stage for one scale per channel adds a bias without checking
that there is one (tensorflow/lite/kernels/cpu_backend_gemm_gemmlowp.h).
"""

from collections.abc import Sequence
from math import prod

from satchel.errors import EngineError
from satchel.model_checks import tflite_schema as schema
from satchel.model_checks.flatbuffer import INT8, INT32, UINT8, UINT32, Flatbuffer

_LEAST_INPUTS, _LEAST_OUTPUTS = 8, 4
"""The smallest sizes for which another kernel multiplies a matrix with one vector. That kernel does
check for a bias (cpu_backend_gemm_custom_gemv.h)."""


def misses_bias(model: bytes) -> bool:
    """Return whether a FULLY_CONNECTED layer of the file would read a bias that does not exist.

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
    """Return whether gemmlowp multiplies these shapes, and not the kernel for one vector."""
    outputs, inputs = weights
    one_vector = prod(values) == inputs
    return not (one_vector and inputs >= _LEAST_INPUTS and outputs >= _LEAST_OUTPUTS)


def _builtin(file: Flatbuffer, code: int) -> int:
    # Codes above 127 stand only in the newer field.
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
    """Return whether their product reads a bias: both are int8, with one scale per channel."""
    quantization = file.table(weights, schema.TENSOR_QUANTIZATION)
    if not quantization or file.scalar(values, schema.TENSOR_TYPE, UINT8) != schema.INT8:
        return False
    if file.vector(quantization, schema.QUANTIZATION_SCALE, 4)[1] < 2:
        return False
    shapes = (file.integers(tensor, schema.TENSOR_SHAPE) for tensor in (values, weights))
    return goes_to_gemmlowp(*shapes)
