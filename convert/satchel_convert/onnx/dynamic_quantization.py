"""Quantizes a float32 ONNX model whose activations' ranges are found while it runs.

ONNX Runtime's tool gives all weights of a layer one scale. A layer whose channels differ, as those
of a depthwise convolution do, is then rounded to a few levels: EfficientNet-Lite0 lost 5.4 points
of accuracy. What that costs is measured on calibration samples. Where something is lost, each
channel gets a scale of its own, and the layers that int8 still harms most stay floats. A model
that loses nothing stays as small as the tool makes it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.bias_correction import FEWEST
from satchel_convert.conversion.mixed_precision import most_sensitive
from satchel_convert.onnx.layers import layers_of, run_floats
from satchel_convert.sample_inputs import Inputs

COMPARED = 16
"""The number of calibration samples for the comparison. ONNX Runtime has no fast kernel for
depthwise convolutions of integers, so a layer costs a second of a network for photographs."""
NEGLIGIBLE = 5e-3
"""The error's power, as a share of the variance of the float model's outputs, that costs no
accuracy: 23 dB. Of EfficientNet-Lite0, 9e-2 cost 5.4 points, 2e-2 0.6 and 4e-3 0.25; small models
have 1e-4 to 3e-4."""
FLOAT_SHARE = 0.05
"""The largest share of the weights that may stay floats. The file then grows by a seventh."""
_SYMMETRIC_ZERO = 128
"""The level of 0. With one zero point for all channels the kernel needs no more than one number."""
_MOST = 127
_LAYERS = ("Conv", "Gemm", "MatMul")


def quantize_dynamic(path: Path, calibration: Inputs) -> bytes:
    """Return the prepared float32 ONNX model at ``path`` with uint8 weights.

    Without calibration samples every channel has a scale of its own, and no layer stays a float.
    """
    import onnx

    samples = calibration[:COMPARED]
    if len(samples) < FEWEST:
        return _by_channel(path)
    expected = run_floats(path.read_bytes(), samples)
    negligible = NEGLIGIBLE * float(np.var(expected))

    def error(model: bytes) -> float:
        return float(np.square(run_floats(model, samples) - expected).mean())

    smallest = _quantize(path, per_channel=False)
    if error(smallest) <= negligible:
        return smallest
    by_channel = _by_channel(path)
    if error(by_channel) <= negligible:
        return by_channel
    floats = most_sensitive(
        layers_of(onnx.load(path).graph, _LAYERS),
        lambda floats: error(_by_channel(path, floats)),
        share=FLOAT_SHARE,
        enough=negligible,
    )
    return _by_channel(path, floats)


def _by_channel(path: Path, floats: frozenset[str] = frozenset()) -> bytes:
    """Return the model with a scale for each channel, except that nodes of ``floats`` are floats.

    ONNX Runtime's tool does so for every operator but Conv.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(_quantize(path, per_channel=True, floats=floats))
    real = {each.name: each for each in onnx.load(path).graph.initializer}
    stored = {each.name: each for each in model.graph.initializer}
    for node in model.graph.node:
        name = node.input[1].removesuffix("_quantized") if len(node.input) > 1 else ""
        # Weights that another operator makes have no levels in the file.
        if node.op_type != "ConvInteger" or name not in real:
            continue
        levels, scales = _channel_levels(numpy_helper.to_array(real[name]))
        zero = np.uint8(_SYMMETRIC_ZERO)
        for key, values in (
            (node.input[1], levels),
            (node.input[3], np.asarray(zero)),
            (f"{name}_scale", scales),
        ):
            stored[key].CopyFrom(numpy_helper.from_array(values, key))
    changed: bytes = model.SerializeToString(deterministic=True)
    return changed


def _channel_levels(
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the levels of a convolution's weights, (outputs, ...), and a scale for each output.

    The scales, (outputs, 1, ...), have the shape that multiplies the output, without its batch.
    """
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    scales = np.where(largest > 0, largest / _MOST, 1).astype(np.float32)
    levels = (weights / scales).round().clip(-_MOST, _MOST) + _SYMMETRIC_ZERO
    return levels.astype(np.uint8), scales[..., 0]


def _quantize(path: Path, *, per_channel: bool, floats: frozenset[str] = frozenset()) -> bytes:
    from onnxruntime import quantization as tools

    # The tool makes a MatMul of every Gemm, and calls it so.
    excluded = sorted(floats | {f"{name}_MatMul" for name in floats})
    target = path.with_suffix(".dynamic.onnx")
    # Unsigned weights: signed ones overflow 16 bits on x86 without VNNI.
    tools.quantize_dynamic(
        path,
        target,
        weight_type=tools.QuantType.QUInt8,
        per_channel=per_channel,
        nodes_to_exclude=excluded,
    )
    return target.read_bytes()
