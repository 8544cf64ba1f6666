"""Variants of Adam that Keras does not have. Importing this module imports Keras.

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

    ``epsilon`` is added to the variance at every step, where it adds up, and once more to the root.
    Choose it for the squares of gradients, not for gradients: with Adam's 1e-7, gradients of 1e-4
    would move a weight a hundred times too little.

    Source: Zhuang et al. 2020, AdaBelief Optimizer, algorithm 2, without the rectification that
    later versions of the authors' code add.
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
class AdaBound(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam whose rate for each weight is held between two bounds that meet at SGD's rate.

    With ``amsgrad``, this is AMSBound: the variance never falls.

    Source: Luo et al. 2019, Adaptive Gradient Methods with Dynamic Bound of Learning Rate,
    algorithm 2, as in the authors' code: both moments are corrected for their bias, the rate is not
    divided by the root of the step, and the bounds follow the schedule.
    """

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        *,
        highest_rate: float | None = None,
        final_rate: float = 0.1,
        convergence: float = 1e-3,
        **adam: Any,
    ) -> None:
        """Take Adam's arguments and those of the bounds.

        Args:
            learning_rate: a number or a schedule.
            highest_rate: the rate at which the bounds meet at ``final_rate``. None takes
                ``learning_rate``, which must be a number then.
            final_rate: the rate of SGD at the end.
            convergence: the speed of the bounds, gamma in the paper.
            adam: further arguments of keras.optimizers.Adam.

        """
        super().__init__(learning_rate=learning_rate, **adam)
        self.highest_rate = float(learning_rate if highest_rate is None else highest_rate)
        self.final_rate = final_rate
        self.convergence = convergence

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change ``variable`` in place, as Keras calls it for each."""
        rate, gradient = _as_variable(variable, learning_rate, gradient)
        step, beta_1, beta_2 = _as_variable(variable, self.iterations + 1, self.beta_1, self.beta_2)
        momentum, velocity = _moments(self, variable)
        self.assign(momentum, beta_1 * momentum + (1 - beta_1) * gradient)
        self.assign(velocity, beta_2 * velocity + (1 - beta_2) * ops.square(gradient))
        if self.amsgrad:
            highest = self._velocity_hats[self._get_variable_index(variable)]
            self.assign(highest, ops.maximum(highest, velocity))
            velocity = highest
        corrected = rate * ops.sqrt(1 - ops.power(beta_2, step)) / (1 - ops.power(beta_1, step))
        final = self.final_rate * rate / self.highest_rate
        lower = final * (1 - 1 / (self.convergence * step + 1))
        upper = final * (1 + 1 / (self.convergence * step))
        rates = ops.clip(corrected / (ops.sqrt(velocity) + self.epsilon), lower, upper)
        self.assign_sub(variable, rates * momentum)

    def get_config(self) -> dict[str, Any]:
        """Return all arguments, for Keras to save."""
        bounds = ("highest_rate", "final_rate", "convergence")
        return {**super().get_config(), **{name: getattr(self, name) for name in bounds}}


class _Lookahead:
    """Goes back half of the way after a few steps of the optimizer that it is mixed into.

    The slow weights begin as the weights are when the optimizer is built.

    Source: Zhang et al. 2019, Lookahead Optimizer: k steps forward, 1 step back.
    """

    STEPS: int
    """The number of steps forward, k in the paper."""
    SHARE = 0.5
    """The share of the way that is kept, alpha in the paper."""

    def build(self: Any, variables: Sequence[Any]) -> None:
        """Add the slow weights to the variables of the other optimizer."""
        if self.built:
            return
        super().build(variables)  # type: ignore[misc]
        self._slow = self.add_optimizer_variables(variables, "slow")
        for slow, variable in zip(self._slow, variables, strict=True):
            slow.assign(variable)

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change ``variable`` in place, as Keras calls it for each."""
        slow = self._slow[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
        halfway = slow + self.SHARE * (variable - slow)
        turn = (self.iterations + 1) % self.STEPS == 0
        self.assign(slow, ops.where(turn, halfway, slow))
        self.assign(variable, ops.where(turn, halfway, variable))


@keras.saving.register_keras_serializable(package="satchel_train")
class LookaheadAdam(_Lookahead, keras.optimizers.Adam):  # type: ignore[misc]
    """Adam that takes five steps forward, and then goes back half of the way."""

    STEPS = 5


@keras.saving.register_keras_serializable(package="satchel_train")
class Ranger(_Lookahead, RectifiedAdam):
    """Rectified Adam that takes six steps forward, and then goes back half of the way.

    Source: Wright 2019, Ranger, a synergistic optimizer (the repository
    lessw2020/Ranger-Deep-Learning-Optimizer), without gradient centralization, which its later
    versions can add.
    """

    STEPS = 6


def _as_variable(variable: Any, *values: Any) -> list[Any]:
    return [ops.cast(value, variable.dtype) for value in values]


def _moments(optimizer: Any, variable: Any) -> tuple[Any, Any]:
    index = optimizer._get_variable_index(variable)
    return optimizer._momentums[index], optimizer._velocities[index]
