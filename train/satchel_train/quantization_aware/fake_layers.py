"""Layers that round in the forward pass as int8 does, and let gradients pass as if they did not.

Importing this module imports Keras.

Sources: Jacob et al. 2018 (see ``folding``), section 3; Bengio et al. 2013, Estimating or
Propagating Gradients Through Stochastic Neurons (the straight-through estimator).
"""

from typing import Any

import keras
from keras import ops
from keras.quantizers import fake_quant_with_min_max_vars

from satchel_train.quantization_aware.kernels import rounded

MOMENTUM = 0.99
"""Share of a range that a narrower batch leaves as it is"""
NARROWEST = 1e-6
"""A tensor that is zero everywhere has a scale all the same"""
SHARES = (0.0, 255 / 256)
"""What sigmoid and softmax put out, whatever the model: 256 levels from 0"""


def rounded_silu(values: Any) -> Any:
    """Return SiLU of ``values``, float32 of the same shape, with its sigmoid rounded."""
    return values * fake_quant_with_min_max_vars(ops.sigmoid(values), *SHARES)


class RoundedKernel(keras.layers.Layer):  # type: ignore[misc]
    """Calls a layer with its kernel rounded to int8, a scale an output channel."""

    def __init__(self, layer: Any, *, channel_axes: tuple[int, ...], name: str) -> None:
        super().__init__(name=name)
        self.layer = layer
        self.channel_axes = channel_axes

    def build(self, shape: Any) -> None:
        """Make the layer's own weights."""
        self.layer.build(shape)

    def call(self, values: Any) -> Any:
        """Return what the layer makes of ``values``; the gradient is that of the kernel itself."""
        kernel = self.layer.weights[0]

        def seen(variable: Any) -> Any:
            tensor = ops.convert_to_tensor(variable)
            if variable is not kernel:
                return tensor
            return tensor + ops.stop_gradient(rounded(tensor, self.channel_axes) - tensor)

        trained = [seen(variable) for variable in self.layer.trainable_variables]
        fixed = [seen(variable) for variable in self.layer.non_trainable_variables]
        prediction, _ = self.layer.stateless_call(trained, fixed, values)
        return prediction


class RoundedValues(keras.layers.Layer):  # type: ignore[misc]
    """Rounds a tensor to 256 levels between the ends of the range that training saw.

    A wider batch widens it at once, and narrower ones draw it in by a moving average; 0 is always
    one of the levels. What lies outside is cut off, and gets no gradient.
    """

    def __init__(self, *, limits: tuple[float, float] | None = None, name: str) -> None:
        super().__init__(name=name)
        self.limits = limits
        self.supports_masking = True

    def build(self, shape: Any) -> None:  # noqa: ARG002
        """Make the range."""
        if self.limits is None:
            self.low = self.add_weight(shape=(), initializer="zeros", trainable=False, name="low")
            self.high = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(NARROWEST),
                trainable=False,
                name="high",
            )

    def compute_output_spec(self, values: Any, **_named: Any) -> Any:
        """Return the dtype and shape of ``values``."""
        # Not by a trial: Keras 3.15 takes what is multiplied by a number for a sparse tensor.
        return keras.KerasTensor(values.shape, dtype=values.dtype)

    def call(self, values: Any, training: bool = False) -> Any:  # noqa: FBT001
        """Return ``values`` rounded; in training, they widen or narrow the range first."""
        if self.limits is not None:
            return fake_quant_with_min_max_vars(values, *self.limits)
        if training:
            self._follow(ops.stop_gradient(values))
        return fake_quant_with_min_max_vars(values, self.low, self.high)

    def _follow(self, values: Any) -> None:
        # A converter takes the ends of all its samples: a mean of the batches' would cut them off.
        low = ops.minimum(ops.min(values), 0)
        high = ops.maximum(ops.max(values), NARROWEST)
        self.low.assign(ops.minimum(low, MOMENTUM * self.low + (1 - MOMENTUM) * low))
        self.high.assign(ops.maximum(high, MOMENTUM * self.high + (1 - MOMENTUM) * high))
