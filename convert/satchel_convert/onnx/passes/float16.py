"""Stores weights and activations in float16, by ONNX Runtime's tool."""

from typing import Any


def store_float16(model: Any) -> None:
    """Make a float32 model compute in float16; its input and output stay float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model.CopyFrom(convert_float_to_float16(model, keep_io_types=True))
