"""Opens a file of Keras 2 as a model of Keras 3, with the same layers and weights.

tf_keras is Keras 2, kept alive: it reads what TensorFlow 2.0 to 2.15 wrote. Each of its layers
becomes the layer of the same name in Keras 3, and both models must say the same of random inputs.
A layer that Keras 3 does not have is called as it is, inside of one layer of Keras 3.
"""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.string_input import OpenedModel
from satchel_convert.keras_models.text_layers import (
    as_layer_output,
    find_layer,
    read_layer,
    string_input,
    takes_strings,
)

_SIDE = 64
"""The length of a side of any size in the inputs that both models are compared on"""
_TOLERANCE = 1e-4
"""Two versions of a convolution differ by less, relative to the largest output"""
_HALF_TOLERANCE = 0.02
"""The original computes in half precision, the translation in float32"""
_DROPPED = ("_initializer", "_regularizer", "_constraint")
"""The endings of the settings that only training needs"""
_RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}}
"""The settings of a layer that have another name in Keras 3"""
_OF_EVERY_LAYER = frozenset({"name", "trainable"})


class _UntranslatedError(Exception):
    """Keras 3 has no layer that does the same."""


def open_keras_2(path: Path) -> OpenedModel:
    """Return the Keras 2 model in the file ``path`` as a functional model of Keras 3.

    One that takes strings is taken apart. The caller has checked that the file needs no code but
    Keras's (``check_code``). Raises ConversionError for a model that was never called and for
    strings that no bundle can read, and the exceptions of tf_keras.
    """
    import tf_keras

    original = tf_keras.models.load_model(path, compile=False)
    if not getattr(original, "inputs", None):
        raise ConversionError(
            f"Expected a model whose input has a shape in {path.name!r}, got a"
            f" {type(original).__name__} that was never called: call it once and save it again."
        )
    if len(original.inputs) != 1 or len(original.outputs) != 1:
        raise ConversionError(
            f"Expected a Keras 2 model with one input and one output in {path.name!r}, got"
            f" {len(original.inputs)} ({', '.join(original.input_names)}) and"
            f" {len(original.outputs)}: export it with tf.saved_model.save and convert the folder."
        )
    if takes_strings(original):
        return _take_apart(original, path.name)
    return OpenedModel(_as_keras_3(original), None)


def _take_apart(original: Any, name: str) -> OpenedModel:
    import keras
    import tf_keras

    layer = find_layer(original, name)
    found = read_layer(layer, name)
    rest = _as_keras_3(tf_keras.Model(layer.output, original.output, name=original.name))
    ids = keras.Input((found.tokenizer.length,), dtype="int32", name="ids")
    outputs = rest(as_layer_output(ids, layer, found))
    model = keras.Model(ids, outputs, name=_name(original.name))
    return OpenedModel(model, string_input(original, layer, found))


def _as_keras_3(original: Any) -> Any:
    try:
        translated = _translate(original)
        if _agree(original, translated):
            return translated
    except Exception:  # noqa: BLE001 - any layer may raise any exception, and none is fatal here
        # What cannot be translated is called, which is slower to quantize and as right.
        return _called(original)
    return _called(original)


def _translate(original: Any) -> Any:
    """Return a functional Keras 3 model of the same layers; raises if there is no such layer."""
    import keras

    (source,) = original.inputs
    tensor = keras.Input(batch_shape=(None, *source.shape[1:]), dtype=_dtype(source.dtype.name))
    known = {str(id(source)): [tensor] * original._tensor_usage_count[str(id(source))]}
    layers: dict[int, Any] = {}
    for depth in sorted(original._nodes_by_depth, reverse=True):
        for node in original._nodes_by_depth[depth]:
            if node.is_input:
                continue
            if id(node.layer) not in layers:
                layers[id(node.layer)] = _layer(node.layer)
            layer = layers[id(node.layer)]
            arguments, named = node.map_arguments(known)
            named.pop("training", None)
            values = keras.tree.flatten(layer(*arguments, **named))
            for key, value in zip(node.flat_output_ids, values, strict=True):
                known[str(key)] = [value] * original._tensor_usage_count[str(key)]
    for old in original.layers:
        if (new := layers.get(id(old))) is not None:
            _copy_weights(old, new)
    (output,) = original.outputs
    return keras.Model(tensor, known[str(id(output))].pop(), name=_name(original.name))


def _layer(layer: Any) -> Any:
    """Return the layer of Keras 3 for a layer, or a model, of Keras 2."""
    import keras

    kind = type(layer).__name__
    if hasattr(layer, "_nodes_by_depth") and getattr(layer, "inputs", None):
        return _translate(layer)
    if kind == "Lambda" or not hasattr(keras.layers, kind):
        raise _UntranslatedError(kind)
    config = _config(layer, getattr(keras.layers, kind))
    if kind == "Bidirectional":
        return keras.layers.Bidirectional(
            _layer(layer.forward_layer), backward_layer=_layer(layer.backward_layer), **config
        )
    if kind == "TimeDistributed":
        return keras.layers.TimeDistributed(_layer(layer.layer), **config)
    if kind == "Normalization":
        config |= {"mean": _values(layer, "mean"), "variance": _values(layer, "variance")}
    return getattr(keras.layers, kind)(**config)


def _config(layer: Any, kind: type) -> dict[str, Any]:
    """Return the settings of a layer that Keras 3 has too, without those of its training."""
    known = set(inspect.signature(kind).parameters) | _OF_EVERY_LAYER
    renamed = _RENAMED.get(kind.__name__, {})
    config = {renamed.get(key, key): value for key, value in layer.get_config().items()}
    found = {
        key: value
        for key, value in config.items()
        if key in known
        and key not in ("dtype", "layer", "backward_layer")
        and not key.endswith(_DROPPED)
    }
    if kind.__name__ == "BatchNormalization" and not isinstance(found["axis"], int):
        (found["axis"],) = found["axis"]
    if "stateful" in found:
        # Every sample of a classifier stands for itself.
        found["stateful"] = False
    return found | {"name": _name(layer.name)}


def _values(layer: Any, name: str) -> list[float]:
    found = getattr(layer, f"input_{name}", None)
    values = getattr(layer, name) if found is None else found
    return [float(each) for each in np.asarray(values).reshape(-1)]


def _copy_weights(old: Any, new: Any) -> None:
    # A model in the model has its weights already, and a Normalization its numbers.
    if not new.weights or hasattr(old, "_nodes_by_depth") or type(old).__name__ == "Normalization":
        return
    new.set_weights([_in_float32(each) for each in old.get_weights()])


def _in_float32(weight: NDArray[Any]) -> NDArray[Any]:
    return weight.astype(np.float32) if weight.dtype.kind == "f" else weight


def _agree(original: Any, translated: Any) -> bool:
    """Return whether both models say the same of random inputs."""
    (source,) = original.inputs
    random = np.random.default_rng(0)
    shape = [2 if source.shape[0] is None else source.shape[0]]
    shape += [_SIDE if side is None else side for side in source.shape[1:]]
    # Every vocabulary has the ids 0 and 1, and pixels may be as large as 255.
    whole = source.dtype.is_integer
    highs = (2,) if whole else (1.0, 255.0)
    for high in highs:
        values = random.integers(0, 2, shape) if whole else random.uniform(0, high, shape)
        values = values.astype(source.dtype.as_numpy_dtype)
        expected = np.asarray(original(values, training=False), np.float32)
        found = np.asarray(translated(values, training=False), np.float32)
        tolerance = _HALF_TOLERANCE if _is_half(original) else _TOLERANCE
        if expected.shape != found.shape or not np.allclose(
            found, expected, rtol=0, atol=tolerance * max(1.0, float(np.abs(expected).max()))
        ):
            return False
    return True


def _is_half(model: Any) -> bool:
    return any("16" in str(layer.compute_dtype) for layer in model.layers)


def _dtype(name: str) -> str:
    return "float32" if name in ("float16", "bfloat16", "float64") else name


def _name(name: str) -> str:
    return name.replace("/", "_").replace(".", "_")


def _called(original: Any) -> Any:
    """Return a functional Keras 3 model with one layer, which calls the Keras 2 model."""
    import keras

    class Keras2(keras.layers.Layer):  # type: ignore[misc]
        """Calls a model of Keras 2."""

        def __init__(self) -> None:
            super().__init__(name="keras_2", trainable=False)
            # Tracked by TensorFlow, so that an export finds the variables.
            self.model = original

        def call(self, values: Any) -> Any:
            """Return the outputs of the model for ``values``."""
            return self.model(values, training=False)

        def compute_output_shape(self, _: Any) -> tuple[int | None, ...]:
            """Return the shape of the outputs, with the batch."""
            return tuple(original.outputs[0].shape)

    (source,) = original.inputs
    tensor = keras.Input(batch_shape=tuple(source.shape), dtype=source.dtype.name)
    return keras.Model(tensor, Keras2()(tensor), name=_name(original.name))
