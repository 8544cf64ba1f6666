"""Runs a TFLite model in the interpreter that LiteRT and tflite-runtime have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from satchel.engines import start_line
from satchel.errors import EngineError, first_line

if TYPE_CHECKING:
    from numpy.typing import NDArray


class InterpreterEngine:
    """A TFLite model with one input and one output, ready to run."""

    def __init__(self, interpreter_class: Any, model: bytes, *, threads: int) -> None:
        start_line.start(interpreter_class)
        try:
            self._interpreter = interpreter_class(model_content=model, num_threads=threads)
            self._interpreter.allocate_tensors()
        except SystemError as error:
            # A module that was built for NumPy 1 fails like this under NumPy 2.
            raise EngineError(
                f"Expected an engine built for NumPy {np.__version__}, got one for another:"
                " pip install 'numpy<2'."
            ) from error
        except (ValueError, RuntimeError) as error:
            raise EngineError(
                f"Expected a TFLite model that loads here, got: {first_line(error)}"
            ) from error
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        if len(inputs) != 1 or len(outputs) != 1:
            raise EngineError(
                "Expected a TFLite model with one input and one output,"
                f" got {len(inputs)} and {len(outputs)}."
            )
        self._input, self._output = inputs[0], outputs[0]
        self._dtype = np.dtype(inputs[0]["dtype"])
        self._shape = tuple(map(int, inputs[0]["shape"]))

    def run(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """Return the output for ``tensor``, a copy that the next run does not change."""
        if tensor.dtype != self._dtype or tensor.shape != self._shape:
            raise EngineError(
                f"Expected {self._dtype} {self._shape} by the model,"
                f" got {tensor.dtype} {tensor.shape}."
            )
        try:
            # A recurrent layer may keep its state in the interpreter; each input starts anew.
            self._interpreter.reset_all_variables()
            self._interpreter.set_tensor(self._input["index"], tensor)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise EngineError(
                f"Expected a TFLite model that runs, got: {first_line(error)}"
            ) from error
        output: NDArray[Any] = self._interpreter.get_tensor(self._output["index"])
        return output
