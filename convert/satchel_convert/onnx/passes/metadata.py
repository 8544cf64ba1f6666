"""Adds metadata to a model, for applications and other libraries."""

from collections.abc import Mapping
from typing import Any


def add_metadata(model: Any, *, properties: Mapping[str, str]) -> None:
    """Replace the model's metadata by ``properties``."""
    from onnx import helper

    helper.set_model_props(model, dict(properties))
