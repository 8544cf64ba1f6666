"""Makes weight_int4 and weight_int8 models of float .tflite files by rounding layer by layer."""

from collections.abc import Mapping

import numpy as np

from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import COMPARED
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.flatbuffer import read_tree, write_tree
from satchel_convert.tflite.layerwise_rounding import round_layers
from satchel_convert.tflite.stored_weights import add_integers, dequantize_constants
from satchel_convert.tflite.weighted_layers import from_matrix, give_biases, weighted_layers

LEAST = 256
"""The fewest weights of a layer that is rounded. The operator that makes floats of fewer would take
more of the file than the levels save"""
OTHERS_BY: Mapping[int, str] = {4: "octav", 8: "min_max"}
"""The method that rounds the weights which no layer has for itself, by their bits"""


def round_weights_of(model: bytes, calibration: Inputs, *, bits: int) -> bytes:
    """Return a float .tflite with weights of ``bits`` bits, 4 or 8, rounded on ``calibration``.

    Of 4 bits, some layers have 8.

    The samples on which backends are compared are left out if there are enough others. Layers with
    few weights stay floats, and weights that no layer of the first graph has for itself are rounded
    by ai-edge-quantizer. Raises ConversionError for fewer than 8 samples.
    """
    tree = read_tree(model)
    give_biases(tree)
    tensors = tree.subgraphs[0].tensors
    own = [*weighted_layers(tree)]
    layers = [layer for layer in own if np.prod(tensors[layer.weights].shape) >= LEAST]
    if not layers:
        return edge_quantizer.quantize_weights(model, bits=bits, algorithm=OTHERS_BY[bits])
    others = calibration[COMPARED:]
    samples = others if len(others) >= COMPARED else calibration
    rounding = round_layers(tree, layers, samples, bits=bits)
    operators = tree.subgraphs[0].operators
    names = [tensors[operators[layer.operator].outputs[0]].name.decode() for layer in own]
    floats = write_tree(rounding.tree)
    rounded = read_tree(
        edge_quantizer.quantize_weights(floats, bits=bits, algorithm=OTHERS_BY[bits], floats=names)
    )
    stored = {}
    for layer in layers:
        # ai-edge-quantizer adds tensors at the end, so that the numbers stay.
        levels, bits = rounding.levels[layer.weights]
        tensor = rounded.subgraphs[0].tensors[layer.weights]
        stored[layer.weights] = add_integers(
            rounded,
            rounded.subgraphs[0],
            tensor.name + b"/int%d" % bits,
            from_matrix(layer, levels.levels, tensor.shape),
            levels.scales.ravel(),
            axis=layer.channel_axis,
            bits=bits,
        )
    dequantize_constants(rounded, rounded.subgraphs[0], stored)
    return write_tree(rounded)
