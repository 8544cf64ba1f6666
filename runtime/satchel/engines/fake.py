"""An engine without a model, so that an application is tested through the same seam."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class FakeEngine:
    """Answers every input with the same output and keeps what it was given."""

    def __init__(self, output: NDArray[Any]) -> None:
        self.output = np.asarray(output)
        self.inputs: list[NDArray[Any]] = []

    def run(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """Return the output, whatever ``tensor`` is."""
        self.inputs.append(tensor)
        return self.output
