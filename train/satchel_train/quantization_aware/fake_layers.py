"""Layers that round to int8 in the forward pass, and pass gradients on as if they did not.

Importing this module imports Keras.

Sources: Jacob et al. 2018 (see ``folding``), section 3; Bengio et al. 2013, Estimating or
Propagating Gradients Through Stochastic Neurons (the straight-through estimator).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

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
SIGNED = (-1.0, 127 / 128)
"""The output range of tanh in every model."""

Rounds: TypeAlias = Callable[[Any], Any]
"""Returns a tensor rounded to int8 levels, in the same dtype and shape"""
Rounding: TypeAlias = Callable[[Any], Sequence[tuple[Any, Rounds]]]
"""Returns the variables of a built layer that are rounded, each with its rounding"""


def rounded_silu(values: Any) -> Any:
    """Return the SiLU of ``values``, float32 of the same shape, with its sigmoid rounded."""
    return values * fake_quant_with_min_max_vars(ops.sigmoid(values), *SHARES)


class RoundedWeights(keras.layers.Layer):  # type: ignore[misc]
    """Calls a layer with some of its weights rounded to int8."""

    def __init__(self, layer: Any, *, rounding: Rounding, name: str) -> None:
        super().__init__(name=name, trainable=layer.trainable)
        self.layer = layer
        self.rounding = rounding
        self.supports_masking = layer.supports_masking

    def compute_mask(self, values: Any, previous_mask: Any = None) -> Any:
        """Return the inner layer's mask."""
        return self.layer.compute_mask(values, previous_mask)

    def called(self, *words: Any, **named: Any) -> Any:
        """Return the layer's output. The gradient ignores the rounding."""
        rounding = {id(variable): rounds for variable, rounds in self.rounding(self.layer)}

        def seen(variable: Any) -> Any:
            tensor = ops.convert_to_tensor(variable)
            if id(variable) not in rounding:
                return tensor
            return tensor + ops.stop_gradient(rounding[id(variable)](tensor) - tensor)

        trained = [seen(variable) for variable in self.layer.trainable_variables]
        fixed = [seen(variable) for variable in self.layer.non_trainable_variables]
        outputs, after = self.layer.stateless_call(trained, fixed, *words, **named)
        for variable, value in zip(self.layer.non_trainable_variables, after, strict=True):
            # Or a dropout inside would leave out the same values in every step.
            if id(variable) not in rounding:
                variable.assign(value)
        return outputs

    def rounded_weights(self) -> list[Any]:
        """Return the inner layer's weights as NumPy arrays, some of them on the levels of int8."""
        rounding = {id(variable): rounds for variable, rounds in self.rounding(self.layer)}
        return [
            ops.convert_to_numpy(rounding.get(id(variable), _unchanged)(variable.value))
            for variable in self.layer.weights
        ]


class RoundedLayer(RoundedWeights):
    """Calls a layer of one input with some of its weights rounded to int8."""

    def build(self, shape: Any) -> None:
        """Make the weights of the inner layer."""
        self.layer.build(shape)

    def call(self, values: Any) -> Any:
        """Return the layer's output for ``values``. The gradient ignores the rounding."""
        return self.called(values)


class RoundedKernel(RoundedLayer):
    """Calls a layer with its kernel rounded to int8, with a scale for each output channel."""

    def __init__(self, layer: Any, *, channel_axes: tuple[int, ...], name: str) -> None:
        def rounding(built: Any) -> list[tuple[Any, Rounds]]:
            return [(built.weights[0], partial(rounded, axes=channel_axes))]

        super().__init__(layer, rounding=rounding, name=name)
        self.channel_axes = channel_axes


def _unchanged(values: Any) -> Any:
    return values


def in_range(values: Any) -> Any:
    """Return ``values`` rounded to 256 levels between the smallest and the largest of them."""
    low = ops.stop_gradient(ops.minimum(ops.min(values), 0))
    high = ops.stop_gradient(ops.maximum(ops.max(values), NARROWEST))
    return fake_quant_with_min_max_vars(values, low, high)


def in_limits(values: Any, limits: tuple[float, float]) -> Any:
    """Return ``values`` rounded to 256 levels of a range that is the same in every model."""
    return fake_quant_with_min_max_vars(values, *limits)


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
