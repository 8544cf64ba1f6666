"""An engine without a model, with which an application tests the code around it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class FakeEngine:
    """Returns the same output for every input, and keeps all inputs."""

    def __init__(self, output: NDArray[Any]) -> None:
        self.output = np.asarray(output)
        self.inputs: list[NDArray[Any]] = []

    def run(self, *tensors: NDArray[Any]) -> NDArray[Any]:
        """Return the output, whatever the inputs are."""
        self.inputs.extend(tensors)
        return self.output
