"""Runs ONNX models in ONNX Runtime on the CPU, with its telemetry off."""

import os
from typing import Any

from numpy.typing import NDArray

from satchel.engines.engine import check_counts, check_forms
from satchel.errors import EngineError, first_line
from satchel.model_checks.model_file import check_onnx

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}
_LOG_FATAL = 4


class OnnxEngine:
    """An ONNX model with one output, ready to run."""

    def __init__(self, model: bytes, *, threads: int) -> None:
        check_onnx(model)
        # The library reads it when it loads. An edge runtime does not phone home.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Waiting threads sleep. Spinning threads would cost half of a small board and would not be
        # faster (docs/decisions/0012-engine-options.md).
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # An error arrives as an exception, and need not be logged a second time.
        options.log_severity_level = _LOG_FATAL
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # The exceptions of the binding have no other common root.
            raise EngineError(
                f"Expected an ONNX model that loads here, got: {first_line(error)}"
            ) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        check_counts("ONNX", len(inputs), len(outputs))
        self._names = [each.name for each in inputs]
        self._forms = [(_DTYPES.get(each.type, each.type), tuple(each.shape)) for each in inputs]

    def run(self, *tensors: NDArray[Any]) -> NDArray[Any]:
        """Return the output for the inputs."""
        check_forms(tensors, self._forms)
        try:
            fed = dict(zip(self._names, tensors, strict=True))
            output: NDArray[Any] = self._session.run(None, fed)[0]
        except Exception as error:
            raise EngineError(
                f"Expected an ONNX model that runs, got: {first_line(error)}"
            ) from error
        return output


def open_engine(model: bytes, *, threads: int) -> OnnxEngine:
    """Return ONNX Runtime with ``model`` loaded; raises EngineError if it refuses the model."""
    return OnnxEngine(model, threads=threads)
