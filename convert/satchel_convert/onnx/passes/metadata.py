"""Properties for those who read the model: applications and other libraries."""

from collections.abc import Mapping
from typing import Any


def add_metadata(model: Any, *, properties: Mapping[str, str]) -> None:
    """Put ``properties`` in the place of the model's metadata."""
    from onnx import helper

    helper.set_model_props(model, dict(properties))
