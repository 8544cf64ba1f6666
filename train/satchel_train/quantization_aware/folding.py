"""Folds batch normalization into the layer before it, or into a convolution of its own.

TFLite rounds the folded kernel to int8, so the folded kernel has to be fine-tuned. Importing this
module imports Keras.

Source: Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference, section 3.2.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from satchel_train.quantization_aware.graph import (
    Graph,
    find_layer,
    functional,
    new_copy,
    read_graph,
    with_weights,
)
from satchel_train.quantization_aware.kernels import channel_axes


def fold_normalization(model: Any) -> Any:
    """Return a new functional keras.Model with the same predictions in inference as ``model``.

    A BatchNormalization that is the only consumer of a convolution or a Dense layer becomes part of
    that layer. Any other BatchNormalization of images becomes a depthwise convolution of 1 by 1.
    That has a scale for each channel, a bias of 32 bits and one rounding, while a product and a sum
    have one scale for all channels and two roundings. All other layers stay the same.

    Raises SettingsError for a subclassed model.
    """
    model = functional(model)
    folds = _find_folds(model, read_graph(model))
    folded_away = set(folds.values())
    replaced = {each.name for each in model.layers if _is_alone(each)} - folded_away

    def copy(layer: Any) -> Any:
        if layer.name in replaced:
            return layers.DepthwiseConv2D(1, name=layer.name, trainable=layer.trainable)
        if layer.name in folds:
            return type(layer).from_config(layer.get_config() | {"use_bias": True})
        return new_copy(layer)

    def call(layer: Any, *words: Any, **named: Any) -> Any:
        if layer.name in folded_away:
            return words[0]
        # Keras passes a mask to a normalization by name, which a convolution does not accept.
        return layer(words[0]) if layer.name in replaced else layer(*words, **named)

    folded = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer in with_weights(folded):
        found = model.get_layer(layer.name)
        if layer.name in folds:
            weights = _fold(found, model.get_layer(folds[layer.name]))
        elif layer.name in replaced:
            factor, offset = _factor_and_offset(found)
            weights = [factor.reshape(1, 1, -1, 1), offset]
        else:
            weights = found.get_weights()
        layer.set_weights(weights)
    return folded


def _is_alone(layer: Any) -> bool:
    """Return whether ``layer`` is a normalization of images that a convolution can replace."""
    return (
        type(layer) is layers.BatchNormalization
        and layer.input_spec.ndim == 4
        and _is_last_axis(layer)
    )


def _find_folds(model: Any, graph: Graph) -> dict[str, str]:
    """Return names of layers, each with that of the normalization that alone takes its output."""
    found = {}
    for layer in model.layers:
        if channel_axes(layer) is None or layer.activation is not keras.activations.linear:
            continue
        after = find_layer(model, graph.only_consumer(layer.name))
        if isinstance(after, layers.BatchNormalization) and _is_last_axis(after):
            found[layer.name] = after.name
    return found


def _is_last_axis(normalization: Any) -> bool:
    return bool(normalization.axis in (-1, normalization.input_spec.ndim - 1))


def _fold(layer: Any, normalization: Any) -> list[NDArray[np.float32]]:
    """Return the kernel and the bias of ``layer`` with ``normalization`` folded in."""
    kernel, *bias = layer.get_weights()
    factor, offset = _factor_and_offset(normalization)
    axes = channel_axes(layer)
    assert axes is not None, "only layers with a kernel are folded into"
    shape = [size if axis in axes else 1 for axis, size in enumerate(kernel.shape)]
    return [kernel * factor.reshape(shape), bias[0] * factor + offset if bias else offset]


def _factor_and_offset(normalization: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the factor and the offset of ``normalization`` in inference, (channels,) each."""
    mean, variance = (
        ops.convert_to_numpy(variable)
        for variable in (normalization.moving_mean, normalization.moving_variance)
    )
    factor = 1 / np.sqrt(variance + normalization.epsilon)
    if normalization.scale:
        factor = factor * ops.convert_to_numpy(normalization.gamma)
    offset = -mean * factor
    if normalization.center:
        offset = offset + ops.convert_to_numpy(normalization.beta)
    return factor, offset
