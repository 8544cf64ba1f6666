"""Batch normalization into the layer in front of it, or into a convolution of its own.

What is rounded to int8 is the folded kernel, so the folded one has to be fine-tuned. Importing this
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
    """Return a new functional keras.Model that answers as ``model`` does in inference.

    A BatchNormalization that alone takes the output of a convolution or a Dense layer is part of
    that layer in it. One that stands elsewhere in an image is a depthwise convolution of 1 by 1,
    which has a scale for each channel, a bias of 32 bits and one rounding, where a product and a
    sum have one scale for all channels and two roundings. All other layers are as they were.

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
        # Keras gives a normalization its mask by name, which a convolution does not take.
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
    """Return whether ``layer`` is a normalization of images that a convolution can do."""
    return (
        type(layer) is layers.BatchNormalization
        and layer.input_spec.ndim == 4
        and _is_last_axis(layer)
    )


def _find_folds(model: Any, graph: Graph) -> dict[str, str]:
    """Return the names of layers and of the normalization that alone takes their output."""
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
    """Return kernel and bias of ``layer`` with ``normalization`` in them."""
    kernel, *bias = layer.get_weights()
    factor, offset = _factor_and_offset(normalization)
    axes = channel_axes(layer)
    assert axes is not None, "only layers with a kernel are folded into"
    shape = [size if axis in axes else 1 for axis, size in enumerate(kernel.shape)]
    return [kernel * factor.reshape(shape), bias[0] * factor + offset if bias else offset]


def _factor_and_offset(normalization: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what ``normalization`` multiplies by and then adds in inference, (channels,) each."""
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
