"""Checks a model file by its format, as the engines of that format do."""

from satchel.errors import EngineError
from satchel.model_checks import onnx_tensors, tflite_tensors
from satchel.model_checks.onnx_external import has_external_data


def check_tflite(model: bytes) -> None:
    """Raise EngineError for a TFLite file that no engine here should see."""
    tflite_tensors.check_tensors(model)


def check_onnx(model: bytes) -> None:
    """Raise EngineError for an ONNX file that no engine here should see."""
    check_own_weights(model)
    onnx_tensors.check_tensors(model)


def check_own_weights(model: bytes) -> None:
    """Raise EngineError for an ONNX file that is damaged or names other files."""
    if has_external_data(model):
        raise EngineError(
            "Expected an ONNX model that holds its weights, got one that names files."
        )
