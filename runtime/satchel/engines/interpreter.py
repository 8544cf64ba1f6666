"""Runs a TFLite model in the interpreter that LiteRT and tflite-runtime have in common."""

from typing import TYPE_CHECKING, Any

import numpy as np

from satchel.engines import start_line
from satchel.engines.engine import check_counts, check_forms
from satchel.errors import EngineError, first_line

if TYPE_CHECKING:
    from numpy.typing import NDArray


class InterpreterEngine:
    """A TFLite model with one output, ready to run."""

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
        check_counts("TFLite", len(inputs), len(outputs))
        self._indices = [each["index"] for each in inputs]
        self._forms = [
            (str(np.dtype(each["dtype"])), tuple(map(int, each["shape"]))) for each in inputs
        ]
        self._output = outputs[0]

    def run(self, *tensors: "NDArray[Any]") -> "NDArray[Any]":
        """Return the output for the inputs, a copy that the next run does not change."""
        check_forms(tensors, self._forms)
        try:
            # A recurrent layer may keep its state in the interpreter; each input starts anew.
            self._interpreter.reset_all_variables()
            for index, tensor in zip(self._indices, tensors, strict=True):
                self._interpreter.set_tensor(index, tensor)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise EngineError(
                f"Expected a TFLite model that runs, got: {first_line(error)}"
            ) from error
        output: NDArray[Any] = self._interpreter.get_tensor(self._output["index"])
        return output
