"""LiteRT, the maintained TFLite runtime (PyPI ``ai-edge-litert``)."""

from ai_edge_litert.interpreter import Interpreter

from satchel.engines.interpreter import InterpreterEngine


def open_engine(model: bytes, *, threads: int) -> InterpreterEngine:
    """Return LiteRT with ``model`` loaded; raises EngineError where it refuses."""
    return InterpreterEngine(Interpreter, model, threads=threads)
