"""Makes images come out as bytes, whatever range the calibration samples had."""

from typing import Any

import numpy as np

from satchel_convert.tflite.passes.images import is_image


def put_out_pixels(tree: Any) -> None:
    """Give a uint8 output of pixels the scale 1 and the zero point 0; other outputs do not change.

    Calibration gives the last convolution the range of the samples' pixels. With scale 1 and all
    levels from 0 to 255, an application can show the bytes, and no brighter pixel is cut off.
    """
    from ai_edge_litert import schema_py_generated as schema

    graph = tree.subgraphs[0]
    last, output = graph.operators[-1], graph.tensors[graph.outputs[0]]
    if output.type != schema.TensorType.UINT8 or not is_image(output):
        return
    # Both tensors hold the same levels: the int8 output of ``deployable``'s last convolution, and
    # its uint8 form. An int8 convolution computes its factors from its scales when it is loaded.
    for tensor, zero_point in ((graph.tensors[last.inputs[0]], -128), (output, 0)):
        tensor.quantization.scale = np.ones(1, np.float32)
        tensor.quantization.zeroPoint = np.array([zero_point], np.int64)
