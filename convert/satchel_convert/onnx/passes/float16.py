"""Weights and activations in float16, by ONNX Runtime's tool; input and output stay float32."""

from typing import Any


def store_float16(model: Any) -> None:
    """Make a float32 model compute in float16 between its input and its output."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model.CopyFrom(convert_float_to_float16(model, keep_io_types=True))
