"""Corrects the biases of an int8 .onnx, as ``conversion.bias_correction`` says."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.bias_correction import FEWEST, SAMPLES, moved_bias
from satchel_convert.onnx.graphs import input_names
from satchel_convert.sample_inputs import Inputs, as_floats
from satchel_convert.text_rows import by_name


class Int8Layer(NamedTuple):
    """A layer of a model in QDQ form, whose bias is a constant of int32."""

    name: str
    """The name of its output in the float model"""
    rounded: str
    """The name of its output here, after int8 has clipped it"""
    bias: Any
    """The onnx.TensorProto of int32"""
    steps: NDArray[np.float32]
    """The size of a step of the bias, of all channels or of each"""


def correct_biases(quantized: bytes, model: bytes, calibration: Inputs) -> bytes:
    """Return ``quantized``, made of the float ``model``, with corrected biases of its int8 layers.

    Both have the same names of values, and read prepared ``calibration``. The model stays as it is
    if there are too few samples, or if the output of its last layer would be further from the float
    model's.
    """
    import onnx

    tree, source = onnx.load_from_string(quantized), onnx.load_from_string(model)
    known = {name for node in source.graph.node for name in node.output}
    layers = [layer for layer in int8_layers(tree.graph) if layer.name in known]
    samples = calibration[:SAMPLES]
    if not layers or len(samples) < FEWEST:
        return quantized
    wanted = _means(source, samples, [layer.name for layer in layers])
    for layer, mean in zip(layers, wanted, strict=True):
        (found,) = _means(tree, samples, [layer.rounded])
        levels = onnx.numpy_helper.to_array(layer.bias)
        moved = moved_bias(levels, mean - found, layer.steps)
        layer.bias.CopyFrom(onnx.numpy_helper.from_array(moved, layer.bias.name))
    corrected: bytes = tree.SerializeToString(deterministic=True)
    last = layers[-1]
    expected = [values for (values,) in _run(source, samples, [last.name])]
    before, after = (
        _error(each, samples, last.rounded, expected)
        for each in (onnx.load_from_string(quantized), tree)
    )
    return corrected if after < before else quantized


def int8_layers(graph: Any) -> Iterator[Int8Layer]:
    """Yield the layers of an onnx.GraphProto in QDQ form that have a bias of int32, in order."""
    from onnx import TensorProto, numpy_helper

    ends = {each.name for each in graph.output}
    constants = {each.name: each for each in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}
    readers = {
        (node.op_type, node.input[0]): node.output[0]
        for node in graph.node
        if node.op_type in ("QuantizeLinear", "DequantizeLinear")
    }
    for node in graph.node:
        if node.op_type not in ("Conv", "ConvTranspose", "Gemm") or len(node.input) < 3:
            continue
        maker = makers.get(node.input[2])
        if maker is None or maker.op_type != "DequantizeLinear":
            continue
        bias = constants.get(maker.input[0])
        if bias is None or bias.data_type != TensorProto.INT32:
            continue
        exact = node.output[0]
        levels = readers.get(("QuantizeLinear", exact), "")
        rounded = readers.get(("DequantizeLinear", levels), exact)
        # The tool keeps the name of an output of the model for the rounded values.
        name = rounded if rounded in ends else exact
        yield Int8Layer(name, rounded, bias, numpy_helper.to_array(constants[maker.input[1]]))


def _means(model: Any, samples: Inputs, values: Sequence[str]) -> list[NDArray[np.float64]]:
    """Return the mean of each channel, (channels,), of each of ``values`` of an onnx.ModelProto."""
    runs = [
        [each.mean((0, *range(2, each.ndim)), np.float64) for each in found]
        for found in _run(model, samples, values)
    ]
    return [np.mean(each, axis=0) for each in zip(*runs, strict=True)]


def _error(model: Any, samples: Inputs, value: str, expected: Sequence[NDArray[Any]]) -> float:
    """Return the mean squared difference between a value of a model and what is expected."""
    pairs = zip(_run(model, samples, [value]), expected, strict=True)
    return float(np.mean([np.square(found - wanted).mean() for (found,), wanted in pairs]))


def _run(model: Any, samples: Inputs, values: Sequence[str]) -> Iterator[list[NDArray[np.float32]]]:
    """Yield ``values`` of an onnx.ModelProto for each sample. Only what makes them runs."""
    import onnx
    import onnxruntime

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    del shown.graph.output[:]
    shown.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in values
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    content = shown.SerializeToString()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = input_names(content)
    for sample in samples:
        yield session.run(list(values), by_name(as_floats(sample[np.newaxis]), names))
