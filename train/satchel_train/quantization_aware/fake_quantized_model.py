"""A trained model and its fake-quantized model, which rounds wherever full_int8 TFLite rounds.

The fake-quantized model is only for training: its weights go back into the plain model. Importing
this module imports Keras.

Source: the operators' rules in https://ai.google.dev/edge/litert/models/quantization_spec.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
from keras import activations, layers

from satchel_train.quantization_aware.fake_layers import (
    SHARES,
    SIGNED,
    RoundedKernel,
    RoundedValues,
    RoundedWeights,
    rounded_silu,
)
from satchel_train.quantization_aware.folding import fold_normalization
from satchel_train.quantization_aware.graph import (
    Graph,
    find_layer,
    new_copy,
    read_graph,
    with_weights,
)
from satchel_train.quantization_aware.kernels import channel_axes
from satchel_train.quantization_aware.text_layers import (
    SELECTED,
    RoundedQueries,
    round_text_layer,
)

FUSED = (activations.relu, activations.relu6)
"""Activations that are part of the operator before them: no rounding happens in between."""
LIMITS = {
    activations.sigmoid: SHARES,
    activations.softmax: SHARES,
    activations.tanh: SIGNED,
}
"""Activations whose output has the same range in every model."""
IN_STEPS = {activations.silu: rounded_silu}
"""Activations that TFLite computes by several operators, each of which rounds."""
ACTIVATIONS = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax)
ARITHMETIC = (layers.Add, layers.Subtract, layers.Multiply)
"""Layers besides those with a kernel that ReLU can be fused with."""
OPERATIONS = ("Add", "Subtract", "Multiply")
"""The same operations, written as ``+``, ``-`` and ``*``."""
RESCALING = (
    *(layers.Average, layers.Concatenate, layers.Maximum, layers.Minimum),
    *(layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D),
    *(layers.BatchNormalization, layers.Rescaling),
    *(layers.LayerNormalization, RoundedQueries),
)
"""Layers whose output has a scale of its own."""
SAME_SCALE = (
    *(layers.Flatten, layers.Reshape, layers.Permute, layers.RepeatVector, layers.Identity),
    *(layers.AveragePooling1D, layers.AveragePooling2D, layers.MaxPooling1D, layers.MaxPooling2D),
    *(layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D, layers.UpSampling2D),
    *(layers.ZeroPadding1D, layers.ZeroPadding2D, layers.Cropping1D, layers.Cropping2D),
    *(layers.Dropout, layers.SpatialDropout1D, layers.SpatialDropout2D),
    *(layers.GaussianNoise, layers.GaussianDropout, layers.InputLayer),
)
"""Layers whose output has the scale of their input, and layers that only act in training."""


class FakeQuantized(NamedTuple):
    """The model to keep, and the model to train."""

    plain: Any
    """A keras.Model of the user's layers, without normalization that can be folded."""
    rounded: Any
    """A keras.Model whose predictions are close to those of the converted model."""
    left_in_float: tuple[str, ...]
    """Names of the layers that ``rounded`` does not round, although a converter may."""

    def export_weights(self) -> None:
        """Copy the rounded model's weights to the plain model, kernels rounded to int8 levels."""
        for layer in with_weights(self.plain):
            learned = self.rounded.get_layer(layer.name)
            is_rounded = isinstance(learned, RoundedWeights)
            layer.set_weights(learned.rounded_weights() if is_rounded else learned.get_weights())


def fake_quantize(model: Any) -> FakeQuantized:
    """Return ``model`` with its normalization folded, and its fake-quantized model.

    Raises SettingsError for a model that is neither functional nor Sequential.
    """
    plain = fold_normalization(model)
    graph = read_graph(plain)
    inputs = keras.tree.map_structure(
        lambda tensor: keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name),
        plain.input,
    )
    entering = {
        id(tensor): _rounded_input(tensor)
        for tensor in keras.tree.flatten(inputs)
        if tensor.dtype == "float32"
    }
    left_in_float: list[str] = []

    def call(layer: Any, *words: Any, **named: Any) -> Any:
        words = keras.tree.map_structure(lambda value: entering.get(id(value), value), words)
        values = layer(*words, **named)
        if not keras.backend.is_float_dtype(values.dtype):
            return values
        after = _after(layer, plain, graph)
        if after is None:
            left_in_float.append(layer.name)
            return values
        return after(values)

    fake_quantized = keras.models.clone_model(
        plain, input_tensors=inputs, clone_function=_copy, call_function=call
    )
    for layer in with_weights(plain):
        fake_quantized.get_layer(layer.name).set_weights(layer.get_weights())
    return FakeQuantized(plain, fake_quantized, tuple(left_in_float))


def _rounded_input(tensor: Any) -> Any:
    return RoundedValues(name=f"{tensor.name}_rounded")(tensor)


def _copy(layer: Any) -> Any:
    """Return a new layer with its kernel rounded and without its activation."""
    axes = channel_axes(layer)
    if axes is None and _activation(layer) in IN_STEPS:
        return layers.Activation(IN_STEPS[layer.activation], name=layer.name)
    if (text_layer := round_text_layer(layer)) is not None:
        return text_layer
    if axes is None:
        copy = new_copy(layer)
        if isinstance(copy, layers.BatchNormalization):
            # This one could not be folded. Freeze it, so that its statistics do not change.
            copy.trainable = False
        return copy
    inner = type(layer).from_config(layer.get_config() | {"activation": "linear"})
    return RoundedKernel(inner, channel_axes=axes, name=layer.name)


def _after(layer: Any, plain: Any, graph: Graph) -> Callable[[Any], Any] | None:
    """Return a function for the output of ``layer``, or None for an unknown kind of layer."""
    name, kind = layer.name, type(layer)
    into_relu = _is_fused(find_layer(plain, graph.only_consumer(name)))
    if isinstance(layer, RoundedKernel):
        activation = plain.get_layer(name).activation
        if activation is activations.linear:
            return _unchanged if into_relu else RoundedValues(name=f"{name}_rounded")
        return _activated(activation, name)
    if kind in ARITHMETIC or _is_operation(layer):
        return _unchanged if into_relu else RoundedValues(name=f"{name}_rounded")
    if kind in ACTIVATIONS:
        limits = LIMITS.get(_activation(layer))
        return RoundedValues(limits=limits, name=f"{name}_rounded")
    if kind in RESCALING:
        return RoundedValues(name=f"{name}_rounded")
    if isinstance(layer, RoundedWeights) or _is_operation(layer, SELECTED):
        return _unchanged
    return _unchanged if kind in SAME_SCALE else None


def _activated(activation: Any, name: str) -> Callable[[Any], Any]:
    """Return a function that rounds before and after ``activation``, or only after a fused one."""
    before = _unchanged if activation in FUSED else RoundedValues(name=f"{name}_linear_rounded")
    behind = RoundedValues(limits=LIMITS.get(activation), name=f"{name}_rounded")
    stand_in = IN_STEPS.get(activation, activation)
    layer = layers.Activation(stand_in, name=f"{name}_activation")
    return lambda values: behind(layer(before(values)))


def _is_operation(operation: Any, names: Sequence[str] = OPERATIONS) -> bool:
    """Return whether it is one of ``keras.ops``. Keras does not export these classes."""
    return not isinstance(operation, keras.Layer) and type(operation).__name__ in names


def _is_fused(layer: Any) -> bool:
    if type(layer) is layers.ReLU:
        return layer.max_value in (None, 6) and layer.negative_slope == layer.threshold == 0
    return _activation(layer) in FUSED


def _activation(layer: Any) -> Any:
    """Return the function of an Activation or a Softmax layer; None for any other layer."""
    if type(layer) is layers.Softmax:
        return activations.softmax
    return layer.activation if type(layer) is layers.Activation else None


def _unchanged(values: Any) -> Any:
    return values
