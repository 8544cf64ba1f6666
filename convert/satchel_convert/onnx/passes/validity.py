"""Checks that a model is still valid by the specification."""

from typing import Any


def check_validity(model: Any) -> None:
    """Raise onnx.checker.ValidationError for an invalid model; nothing is changed."""
    from onnx import checker

    checker.check_model(model)
