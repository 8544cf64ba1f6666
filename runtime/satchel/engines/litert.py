"""Opens models in LiteRT, the maintained TFLite runtime (PyPI ``ai-edge-litert``)."""

from ai_edge_litert.interpreter import Interpreter

from satchel.engines.interpreter import InterpreterEngine
from satchel.model_checks.tflite_tensors import check_tensors


def open_engine(model: bytes, *, threads: int) -> InterpreterEngine:
    """Return LiteRT with ``model`` loaded; raises EngineError if it refuses the model."""
    check_tensors(model)
    return InterpreterEngine(Interpreter, model, threads=threads)
