"""Rebuilds a Keras model so that its layers read channels last, as a processor's kernels do.

TensorFlow has no convolution with channels first for a processor, and neither has TFLite. Each such
layer gets its channels moved behind and put back, so that all other layers see what they saw. The
converters remove two moves that undo each other.
"""

from typing import Any

from satchel_convert.errors import ConversionError

_BEHIND, _IN_FRONT = (2, 3, 1), (3, 1, 2)


def with_channels_last(model: Any, *, name: str) -> Any:
    """Return the Keras model with the same weights, and no layer that reads channels first.

    Raises ConversionError if such a layer is in a model inside of the model ``name``, or does not
    read two-dimensional maps.
    """
    import keras

    if not any(map(_is_first, model._flatten_layers())):
        return model
    # A Sequential model cannot be rebuilt with another way to call its layers.
    ends = [each[0] if len(each) == 1 else each for each in (model.inputs, model.outputs)]
    graph = keras.Model(*ends, name=model.name)
    moved = {layer.name for layer in graph.layers if _is_first(layer)}
    inner = [each for each in model._flatten_layers() if _is_first(each) and each.name not in moved]
    odd = [each for each in graph.layers if each.name in moved and len(each.input.shape) != 4]
    for layer in (*inner, *odd):
        raise ConversionError(
            f"Expected channels in the last dimension in {name!r}, the layer {layer.name!r} reads"
            " them first: build the model with data_format='channels_last' and set its weights."
        )

    def call(layer: Any, *arguments: Any, **named: Any) -> Any:
        if layer.name not in moved:
            return layer(*arguments, **named)
        (values,) = arguments
        found = layer(keras.layers.Permute(_BEHIND)(values), **named)
        return keras.layers.Permute(_IN_FRONT)(found) if len(found.shape) == 4 else found

    clone = keras.models.clone_model(graph, clone_function=_last, call_function=call)
    clone.set_weights(graph.get_weights())
    return clone


def _is_first(layer: Any) -> bool:
    return getattr(layer, "data_format", None) == "channels_first"


def _last(layer: Any) -> Any:
    """Return a layer of the same configuration that reads channels last."""
    config = layer.get_config()
    if _is_first(layer):
        config["data_format"] = "channels_last"
    return layer.__class__.from_config(config)
