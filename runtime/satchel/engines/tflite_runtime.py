"""tflite-runtime 2.14, the last with wheels for 32-bit Arm; it needs NumPy 1."""

from tflite_runtime.interpreter import Interpreter

from satchel.engines.interpreter import InterpreterEngine
from satchel.engines.tflite_tensors import check_tensors


def open_engine(model: bytes, *, threads: int) -> InterpreterEngine:
    """Return tflite-runtime with ``model`` loaded; raises EngineError where it refuses."""
    check_tensors(model)
    return InterpreterEngine(Interpreter, model, threads=threads)
