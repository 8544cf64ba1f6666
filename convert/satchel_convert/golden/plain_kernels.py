"""Runs a model with its engine's plain kernels, which stand in for another processor.

LiteRT without XNNPACK rounds as tflite-runtime and microcontrollers do. ONNX Runtime without its
optimizations fuses no operators, as on processors that lack the instructions
(docs/decisions/0016-golden-vectors.md).
"""

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from satchel.bundle import Card, ModelEntry
from satchel.engines import Engine, InterpreterEngine
from satchel.inference import Model


def plain_predictions(
    entry: ModelEntry, card: Card, content: bytes, prepared: NDArray[Any]
) -> NDArray[Any]:
    """Return the model's predictions for prepared inputs, computed by its engine's plain kernels.

    Raises EngineError if these kernels do not run the model.
    """
    engine = PLAIN[entry.format](content)
    return Model(entry, card, engine, "plain").predict_batch(prepared)


def _open_tflite(content: bytes) -> Engine:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    opened = functools.partial(Interpreter, experimental_op_resolver_type=plain)
    return InterpreterEngine(opened, content, threads=1)


class _PlainSession:
    def __init__(self, content: bytes) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def run(self, *tensors: NDArray[Any]) -> NDArray[Any]:
        names = [each.name for each in self._session.get_inputs()]
        output: NDArray[Any] = self._session.run(None, dict(zip(names, tensors, strict=True)))[0]
        return output


PLAIN: Mapping[str, Callable[[bytes], Engine]] = {"tflite": _open_tflite, "onnx": _PlainSession}
"""Opens a model file in its engine's plain kernels, by the card's name of its format"""
