"""Unrolls recurrent layers, because TFLite runs and quantizes them best without a loop.

A loop of TFLite runs a subgraph for each step, which costs more than the step itself. It cannot be
calibrated either: quantizing a loop crashes the converter. In an unrolled layer, every step
consists of operators of the graph. ``docs/decisions/0011-unrolled-recurrent-layers.md`` says why
TFLite's own LSTM operator is not used.
"""

from typing import Any

from satchel_convert.errors import ConversionError

_LOOPS = ("While", "StatelessWhile")
"""TensorFlow's operators that run a function again and again"""


def unroll(model: Any) -> Any:
    """Return the Keras model with unrolled recurrent layers and the same weights.

    A model without recurrent layers is returned unchanged. Raises ConversionError for a SavedModel
    with a loop, because its layers are gone.
    """
    import keras

    _check_saved_models(model)
    recurrent = (keras.layers.RNN, keras.layers.Bidirectional)
    if not any(isinstance(layer, recurrent) for layer in model._flatten_layers()):
        return model
    clone = keras.models.clone_model(model, clone_function=_unrolled, recursive=True)
    clone.set_weights(model.get_weights())
    return clone


def _unrolled(layer: Any) -> Any:
    """Return a layer of the same configuration, unrolled if it is recurrent."""
    import keras

    config = layer.get_config()
    if isinstance(layer, keras.layers.Bidirectional):
        del config["layer"]
        config.pop("backward_layer", None)
        forward, backward = _unrolled(layer.forward_layer), _unrolled(layer.backward_layer)
        return keras.layers.Bidirectional(forward, backward_layer=backward, **config)
    if isinstance(layer, keras.layers.RNN):
        config["unroll"] = True
    return layer.__class__.from_config(config)


def _check_saved_models(model: Any) -> None:
    """Raise ConversionError if a SavedModel in the Keras model has a loop, at any depth."""
    import keras

    for layer in model._flatten_layers():
        if not isinstance(layer, keras.layers.TFSMLayer):
            continue
        graph = layer.call_endpoint_fn.graph.as_graph_def()
        bodies = (graph.node, *(each.node_def for each in graph.library.function))
        if any(node.op in _LOOPS for nodes in bodies for node in nodes):
            raise ConversionError(
                "has a loop in a SavedModel, whose ranges no converter to .tflite can find: build"
                " its recurrent layers with unroll=True and export it again, or choose"
                " --schemes dynamic_int8"
            )
