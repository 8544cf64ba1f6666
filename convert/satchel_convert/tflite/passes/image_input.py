"""Lets images enter a quantized model as bytes, so that pixels are not rounded first."""

from typing import Any

import numpy as np

from satchel_convert.tflite.flatbuffer import builtin_code
from satchel_convert.tflite.passes.images import is_image


def feed_pixels(tree: Any) -> None:
    """Make an image input uint8 pixels if every operator that reads its floats quantizes them.

    A model whose first layer stays a float, or whose input is not an image, is not changed. A
    latent stays a float too: it has to be rounded to int8 anyway, and so an application need not
    know the scale.
    """
    from ai_edge_litert import schema_py_generated as schema

    graph = tree.subgraphs[0]
    number = graph.inputs[0]
    tensor = graph.tensors[number]
    codes = {builtin_code(tree, each) for each in graph.operators if number in each.inputs}
    if not is_image(tensor) or codes != {schema.BuiltinOperator.QUANTIZE}:
        return
    tensor.type = schema.TensorType.UINT8
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale = np.ones(1, np.float32)
    tensor.quantization.zeroPoint = np.zeros(1, np.int64)
