"""Smooths the scores of a model over the frames of a camera."""

import math

import numpy as np
from numpy.typing import NDArray


class Smoother:
    """A mean of scores in which a frame counts less with time, for frames that come at any times.

    A frame counts by ``exp(-age / time_constant_s)``, and the weights sum to 1. With frames at even
    intervals that is the exponential mean, after a start in which the first frames count alike. So
    the mean does not depend on how many frames a device classifies in a second, forgets what was
    before a long pause, and its scores sum to 1 if those of each frame do.

    Source: G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu, "Forward Decay: A Practical Time Decay
    Model for Streaming Systems" (ICDE 2009), the average under exponential decay.
    """

    def __init__(self, time_constant_s: float) -> None:
        """Begin without a frame. A label that comes to stay has 63 % after ``time_constant_s``."""
        self._time_constant_s = time_constant_s
        self._mean: NDArray[np.float32] | None = None
        self._weight = 0.0
        """The sum of the weights of all frames, that of the newest being 1."""
        self._at = 0.0

    def add(self, scores: NDArray[np.float32], at: float) -> NDArray[np.float32]:
        """Return the mean with the scores, float32 (labels,), of the frame at the second ``at``.

        Times never go back.

        >>> smoother = Smoother(1.0)
        >>> smoother.add(np.float32([1, 0]), 0.0)
        array([1., 0.], dtype=float32)
        >>> smoother.add(np.float32([0, 1]), math.log(3)).round(3)
        array([0.25, 0.75], dtype=float32)
        """
        if self._mean is None:
            self._mean, self._weight = scores, 1.0
        else:
            self._weight = 1 + self._weight * math.exp((self._at - at) / self._time_constant_s)
            self._mean = self._mean + (scores - self._mean) / np.float32(self._weight)
        self._at = at
        return self._mean
