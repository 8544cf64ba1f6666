"""Layers that round to int8 in the forward pass, and pass gradients on as if they did not.

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
"""The share of the old range that is kept after a batch with a narrower range."""
NARROWEST = 1e-6
"""The narrowest range, so that a tensor of zeros has a scale, too."""
SHARES = (0.0, 255 / 256)
"""The output range of sigmoid and softmax in every model: 256 levels from 0."""


def rounded_silu(values: Any) -> Any:
    """Return the SiLU of ``values``, float32 of the same shape, with its sigmoid rounded."""
    return values * fake_quant_with_min_max_vars(ops.sigmoid(values), *SHARES)


class RoundedKernel(keras.layers.Layer):  # type: ignore[misc]
    """Calls a layer with its kernel rounded to int8, with a scale for each output channel."""

    def __init__(self, layer: Any, *, channel_axes: tuple[int, ...], name: str) -> None:
        super().__init__(name=name)
        self.layer = layer
        self.channel_axes = channel_axes

    def build(self, shape: Any) -> None:
        """Make the weights of the inner layer."""
        self.layer.build(shape)

    def call(self, values: Any) -> Any:
        """Return the layer's output for ``values``. The gradient ignores the rounding."""
        kernel = self.layer.weights[0]

        def seen(variable: Any) -> Any:
            tensor = ops.convert_to_tensor(variable)
            if variable is not kernel:
                return tensor
            return tensor + ops.stop_gradient(rounded(tensor, self.channel_axes) - tensor)

        trained = [seen(variable) for variable in self.layer.trainable_variables]
        fixed = [seen(variable) for variable in self.layer.non_trainable_variables]
        outputs, _ = self.layer.stateless_call(trained, fixed, values)
        return outputs


class RoundedValues(keras.layers.Layer):  # type: ignore[misc]
    """Rounds a tensor to 256 levels within the range that training saw.

    A batch with a wider range widens it at once, and narrower batches narrow it by a moving
    average. 0 is always one of the levels. Values outside the range are clipped and get no
    gradient.
    """

    def __init__(self, *, limits: tuple[float, float] | None = None, name: str) -> None:
        super().__init__(name=name)
        self.limits = limits
        self.supports_masking = True

    def build(self, shape: Any) -> None:  # noqa: ARG002
        """Make the weights that hold the range."""
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
        # Keras 3.15 would try the layer, and treat a product with a number as a sparse tensor.
        return keras.KerasTensor(values.shape, dtype=values.dtype)

    def call(self, values: Any, training: bool = False) -> Any:  # noqa: FBT001
        """Return ``values`` rounded. In training, they first widen or narrow the range."""
        if self.limits is not None:
            return fake_quant_with_min_max_vars(values, *self.limits)
        if training:
            self._follow(ops.stop_gradient(values))
        return fake_quant_with_min_max_vars(values, self.low, self.high)

    def _follow(self, values: Any) -> None:
        # A converter uses the extremes of all samples, which a mean over batches would clip.
        low = ops.minimum(ops.min(values), 0)
        high = ops.maximum(ops.max(values), NARROWEST)
        self.low.assign(ops.minimum(low, MOMENTUM * self.low + (1 - MOMENTUM) * low))
        self.high.assign(ops.maximum(high, MOMENTUM * self.high + (1 - MOMENTUM) * high))
