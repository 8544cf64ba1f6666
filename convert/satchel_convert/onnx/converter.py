"""A deployable Keras model to ONNX, and float32 ONNX to the other schemes.

Route: Keras's own export (tf2onnx), ONNX Runtime's float16 and quantization tools
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satchel_convert.onnx.compact import make_compact
from satchel_convert.onnx.hard_sigmoid import fuse_hard_sigmoids
from satchel_convert.onnx.order import sort_nodes
from satchel_convert.onnx.static_quantization import StaticQuantizer
from satchel_convert.onnx.weight_int4 import quantize_weights
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import Route, Scheme


def to_onnx(model: Any) -> bytes:
    """Return ``model`` as ONNX in float32."""
    import onnx
    import tensorflow as tf
    from tf2onnx.graph import Node

    # tf2onnx walks over sets of nodes: in the order of their addresses, unless told otherwise. With
    # this and the hash seed that ``isolation`` fixes, the same model gives the same bytes.
    Node.__hash__ = lambda node: hash(node.name)
    taken = model.inputs[0]
    # Stated as a TensorSpec: Keras would free the batch dimension of anything else.
    signature = [tf.TensorSpec(taken.shape, taken.dtype, name=taken.name)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False, input_signature=signature)
        exported = onnx.load(path)
    # Names that count up in one process would differ between two runs.
    exported.graph.name = model.name
    exported.graph.doc_string = ""
    fuse_hard_sigmoids(exported)
    serialized: bytes = exported.SerializeToString(deterministic=True)
    return serialized


def quantize_onnx(
    model: bytes, *, scheme: Scheme, calibration: Inputs, route: Route = "min_max"
) -> bytes:
    """Return a float32 ONNX model in another scheme, with the same input and output.

    ``calibration`` is used by calibrated schemes only; ``route`` is how they find ranges.
    """
    if scheme == "float32":
        return model
    if scheme == "float16":
        quantized = _to_float16(model)
    elif scheme == "weight_int4":
        quantized = quantize_weights(model)
    else:
        quantized = _to_integers(model, scheme=scheme, calibration=calibration, route=route)
    sort_nodes(quantized.graph)
    make_compact(quantized)
    serialized: bytes = quantized.SerializeToString(deterministic=True)
    return serialized


def add_onnx_metadata(model: bytes, properties: Mapping[str, str]) -> bytes:
    """Return ``model`` with ``properties`` among its metadata."""
    import onnx

    loaded = onnx.load_from_string(model)
    onnx.helper.set_model_props(loaded, dict(properties))
    onnx.checker.check_model(loaded)
    serialized: bytes = loaded.SerializeToString(deterministic=True)
    return serialized


def _to_float16(model: bytes) -> Any:
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(onnx.load_from_string(model), keep_io_types=True)


def _to_integers(model: bytes, *, scheme: Scheme, calibration: Inputs, route: Route) -> Any:
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        source, prepared = Path(folder) / "source.onnx", Path(folder) / "prepared.onnx"
        source.write_bytes(model)
        _prepare(source, prepared)
        if scheme == "dynamic_int8":
            target = Path(folder) / "target.onnx"
            _quantize_dynamic(prepared, target)
            return onnx.load(target)
        static = StaticQuantizer(prepared, calibration, route=route)
        if scheme == "int16x8":
            return static.quantize(bits=16)
        floats = static.sensitive_nodes() if scheme == "mixed_int8" else frozenset[str]()
        return static.quantize(bits=8, floats=floats)


def _prepare(source: Path, target: Path) -> None:
    """Infer shapes and fold constants, which quantization needs to see through."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(str(source), str(target), skip_symbolic_shape=True)


def _quantize_dynamic(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Unsigned weights: signed ones overflow 16 bits on x86 without VNNI.
    quantize_dynamic(source, target, weight_type=QuantType.QUInt8, per_channel=False)
