"""Quantizes a float32 .tflite to every scheme, without the model that it was converted from.

The backends are the same as for a Keras model: TensorFlow's quantizer, which works on the file, and
ai-edge-quantizer.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import WEIGHT_BITS, Backend, Scheme
from satchel_convert.tflite import edge_quantizer
from satchel_convert.tflite.converter import (
    by_operator,
    pixels_to_their_ends,
    quantize_calibrated,
    quantize_weights,
)
from satchel_convert.tflite.flatbuffer import input_names, read_tree


def quantize_tflite(
    source: bytes, *, scheme: Scheme, calibration: Inputs, backend: Backend
) -> bytes:
    """Return the float32 .tflite ``source`` in ``scheme``, before any pass.

    Only calibrated schemes and gptq use ``calibration``.
    """
    if scheme == "float32":
        return source
    if scheme == "float16":
        return edge_quantizer.store_float16(source)
    if scheme == "dynamic_int8":
        return edge_quantizer.quantize_dynamic(source)
    if scheme in WEIGHT_BITS:
        return quantize_weights(source, calibration, bits=WEIGHT_BITS[scheme], backend=backend)
    if backend == "tensorflow":
        return _by_tensorflow(source, scheme, calibration)
    return by_operator(source, scheme, calibration)


def _by_tensorflow(source: bytes, scheme: Scheme, calibration: Inputs) -> bytes:
    import tensorflow as tf
    from tensorflow.lite.python.optimize.calibrator import Calibrator

    calibrator: Any = Calibrator(source)
    names = input_names(read_tree(source))

    def samples() -> Iterator[list[NDArray[Any]]]:
        # A list, because a mapping would be sorted by the numbers of tensors.
        for sample in pixels_to_their_ends(calibration, names):
            yield [*sample.values()]

    if scheme == "full_int8":
        calibrated = calibrator.calibrate(samples)
        return quantize_calibrated(calibrated, images=calibration.dtype == np.uint8)
    quantized: bytes = calibrator.calibrate_and_quantize(
        samples,
        tf.float32,
        tf.float32,
        allow_float=False,
        activations_type=tf.int16,
        bias_type=tf.int64,
    )
    return bytes(quantized)
