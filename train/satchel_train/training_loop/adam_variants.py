"""Three variants of Adam that Keras does not have. Importing this module imports Keras.

Learning rates, schedules, weight decay and clipping are those of keras.optimizers.Adam.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="satchel_train")
class RectifiedAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam with safer first steps: it adapts only when the variance is known well enough.

    Source: Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2.
    """

    LEAST_LENGTH = 5.0
    """The shortest averaged sequence that adapts: 5 as in the authors' code; the paper has 4."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change ``variable`` in place, as Keras calls it for each."""
        rate, gradient = _as_variable(variable, learning_rate, gradient)
        step, beta_1, beta_2 = _as_variable(variable, self.iterations + 1, self.beta_1, self.beta_2)
        momentum, velocity = _moments(self, variable)
        self.assign(momentum, beta_1 * momentum + (1 - beta_1) * gradient)
        self.assign(velocity, beta_2 * velocity + (1 - beta_2) * ops.square(gradient))
        decayed = ops.power(beta_2, step)
        longest = 2 / (1 - beta_2) - 1
        length = longest - 2 * step * decayed / (1 - decayed)
        # Avoid a negative root for a short sequence, whose result is not used.
        safe = ops.maximum(length, self.LEAST_LENGTH)
        rectified = ops.sqrt(
            (safe - 4) * (safe - 2) * longest / ((longest - 4) * (longest - 2) * safe)
        )
        mean = momentum / (1 - ops.power(beta_1, step))
        adapted = rectified / (ops.sqrt(velocity / (1 - decayed)) + self.epsilon)
        factor = ops.where(length > self.LEAST_LENGTH, adapted, ops.ones_like(adapted))
        self.assign_sub(variable, rate * mean * factor)


@keras.saving.register_keras_serializable(package="satchel_train")
class AdaBelief(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam with long steps when gradients are as expected, and short steps when they differ.

    Source: Zhuang et al. 2020, AdaBelief Optimizer, algorithm 2.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change ``variable`` in place, as Keras calls it for each."""
        rate, gradient = _as_variable(variable, learning_rate, gradient)
        step, beta_1, beta_2 = _as_variable(variable, self.iterations + 1, self.beta_1, self.beta_2)
        momentum, surprise = _moments(self, variable)
        self.assign(momentum, beta_1 * momentum + (1 - beta_1) * gradient)
        squared = ops.square(gradient - momentum)
        self.assign(surprise, beta_2 * surprise + (1 - beta_2) * squared + self.epsilon)
        mean = momentum / (1 - ops.power(beta_1, step))
        deviation = ops.sqrt(surprise / (1 - ops.power(beta_2, step)))
        self.assign_sub(variable, rate * mean / (deviation + self.epsilon))


@keras.saving.register_keras_serializable(package="satchel_train")
class LookaheadAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam that takes a few steps forward, and then goes back half of the way.

    Source: Zhang et al. 2019, Lookahead Optimizer: k steps forward, 1 step back.
    """

    STEPS = 5
    """The number of steps forward, k in the paper."""
    SHARE = 0.5
    """The share of the way that is kept, alpha in the paper."""

    def build(self, variables: Sequence[Any]) -> None:
        """Add the slow weights to Adam's two moments."""
        if self.built:
            return
        super().build(variables)
        self._slow = self.add_optimizer_variables(variables, "slow")

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change ``variable`` in place, as Keras calls it for each."""
        slow = self._slow[self._get_variable_index(variable)]
        start = ops.where(self.iterations == 0, variable, slow)
        super().update_step(gradient, variable, learning_rate)
        halfway = start + self.SHARE * (variable - start)
        turn = (self.iterations + 1) % self.STEPS == 0
        self.assign(slow, ops.where(turn, halfway, start))
        self.assign(variable, ops.where(turn, halfway, variable))


def _as_variable(variable: Any, *values: Any) -> list[Any]:
    return [ops.cast(value, variable.dtype) for value in values]


def _moments(optimizer: Any, variable: Any) -> tuple[Any, Any]:
    index = optimizer._get_variable_index(variable)
    return optimizer._momentums[index], optimizer._velocities[index]
