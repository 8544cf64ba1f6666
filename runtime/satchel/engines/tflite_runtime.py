"""Opens models in tflite-runtime 2.14, the last engine for 32-bit Arm; it needs NumPy 1."""

import platform

from tflite_runtime.interpreter import Interpreter

from satchel.engines.interpreter import InterpreterEngine
from satchel.errors import EngineError
from satchel.model_checks.tflite_bias import misses_bias
from satchel.model_checks.tflite_tensors import check_tensors


def open_engine(model: bytes, *, threads: int) -> InterpreterEngine:
    """Return tflite-runtime with ``model`` loaded; raises EngineError if it refuses the model."""
    check_tensors(model)
    if platform.machine().startswith(("arm", "aarch64")) and misses_bias(model):
        # The engine's plain kernels are no alternative: their SUM of int8 is wrong.
        raise EngineError(
            "Expected a TFLite model that tflite-runtime runs on Arm, got one with a dense int8"
            " layer without a bias, which ends the process: convert it again, or use another model"
            " of the bundle."
        )
    return InterpreterEngine(Interpreter, model, threads=threads)
