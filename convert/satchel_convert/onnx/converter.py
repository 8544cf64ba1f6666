"""Converts a deployable Keras model to ONNX, and float32 ONNX to the other schemes.

The tools are tf2onnx and ONNX Runtime's float16 and quantization tools
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
"""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from satchel_convert.keras_models.constants import hold_as_arrays
from satchel_convert.onnx.bias_correction import correct_biases
from satchel_convert.onnx.dynamic_quantization import quantize_dynamic
from satchel_convert.onnx.export import export_onnx
from satchel_convert.onnx.passes.graph_name import name_graph
from satchel_convert.onnx.passes.plan import EXPORTED
from satchel_convert.onnx.passes.run import run_passes
from satchel_convert.onnx.static_quantization import StaticQuantizer
from satchel_convert.onnx.weight_quantization import quantize_weights
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import WEIGHT_BITS, Backend, Scheme

_BY_PASSES: tuple[Scheme, ...] = ("float32", "float16")
"""The schemes that passes make in memory. The tools for the others read and write files."""


def to_onnx(model: Any) -> bytes:
    """Return the Keras model as float32 ONNX."""
    from tf2onnx.graph import Node

    # tf2onnx iterates over sets of nodes, by default in the order of their addresses. With this
    # hash and the hash seed that ``isolation`` fixes, the same model gives the same bytes.
    Node.__hash__ = lambda node: hash(node.name)
    hold_as_arrays(model)
    exported = export_onnx(model).SerializeToString(deterministic=True)
    return run_passes(exported, [partial(name_graph, name=model.name), *EXPORTED])


def quantize_onnx(
    model: bytes, *, scheme: Scheme, calibration: Inputs, backend: Backend = "min_max"
) -> bytes:
    """Return a float32 ONNX model as ONNX Runtime's tools quantize it, before any pass.

    The model is returned unchanged if the passes of ``scheme`` do all the work. Schemes that are
    not calibrated make less of a model without ``calibration`` samples. ``backend`` is the method
    that finds ranges.
    """
    if scheme in _BY_PASSES:
        return model
    return _to_integers(model, scheme=scheme, calibration=calibration, backend=backend)


def _to_integers(model: bytes, *, scheme: Scheme, calibration: Inputs, backend: Backend) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, prepared = Path(folder) / "source.onnx", Path(folder) / "prepared.onnx"
        source.write_bytes(model)
        _prepare(source, prepared)
        if scheme == "dynamic_int8":
            return quantize_dynamic(prepared, calibration)
        if scheme in WEIGHT_BITS:
            bits = WEIGHT_BITS[scheme]
            return quantize_weights(prepared.read_bytes(), bits=bits, calibration=calibration)
        static = StaticQuantizer(prepared, calibration, backend=backend)
        if scheme == "int16x8":
            return static.quantize(bits=16)
        floats = static.sensitive_nodes() if scheme == "mixed_int8" else frozenset[str]()
        quantized = static.quantize(bits=8, floats=floats)
        return correct_biases(quantized, prepared.read_bytes(), calibration)


def _prepare(source: Path, target: Path) -> None:
    """Infer shapes and fold constants, because quantization needs both."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
