"""Opens a SavedModel as a Keras model of its inputs, so that it is converted like any other.

The graph is TensorFlow's and Keras only calls it, so such a folder holds no Python code. But
TensorFlow's operators can read and write files, so an untrusted folder is an untrusted program:
https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satchel.errors import first_line
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.graph_model import take_graph_apart
from satchel_convert.keras_models.string_input import OpenedModel
from satchel_convert.text_rows import naming_hint, tensors_named

_SIGNATURES = ("serving_default", "serve")


def open_saved_model(path: Path) -> OpenedModel:
    """Return the SavedModel in the folder ``path`` as a functional Keras model.

    Its inputs are float32 or int32, and are cast to the dtypes of the SavedModel. One that takes
    strings is taken apart. Raises ConversionError for a folder that is not a SavedModel, for one of
    several signatures of which none is the usual one, for a signature that has neither one input
    nor a text's inputs, and for strings that no bundle can read.
    """
    import keras
    import tensorflow as tf

    # Registers the optimizers that TensorFlow 2.0 to 2.15 saved with a trained model. Without it,
    # TensorFlow restores their slots in an object that has none. No code of the folder is run.
    import tf_keras  # noqa: F401

    try:
        loaded = tf.saved_model.load(str(path))
        signatures = loaded.signatures
    except Exception as error:
        # A damaged folder raises exceptions of many classes.
        raise ConversionError(
            f"Expected a SavedModel in {path.name!r}, got: {first_line(error)}"
        ) from error
    name = _signature(list(signatures), path.name)
    specs = dict(sorted(signatures[name].structured_input_signature[1].items()))
    is_text = bool(tensors_named(list(specs)))
    ranks = {spec.shape.rank for spec in specs.values()}
    if (len(specs) != 1 and not is_text) or not specs or None in ranks:
        shapes = ", ".join(f"{key} {spec.shape}" for key, spec in specs.items())
        raise ConversionError(
            f"Expected a SavedModel of one input with a shape in {path.name!r}, got {shapes}. For"
            f" ids with a mask and segments, {naming_hint()}."
        )
    if any(spec.dtype == tf.string for spec in specs.values()):
        return take_graph_apart(loaded, name, path.name)
    tensors = {
        key: keras.Input(
            batch_shape=spec.shape.as_list(),
            dtype="int32" if spec.shape.rank == 2 and spec.dtype.is_integer else "float32",
            name=key if is_text else None,
        )
        for key, spec in specs.items()
    }
    casts = {key: keras.ops.cast(tensors[key], spec.dtype.name) for key, spec in specs.items()}
    layer_class = _by_name() if is_text else keras.layers.TFSMLayer
    layer = layer_class(str(path), call_endpoint=name)
    # Keras prefers an attribute of this name, which may be a function with other arguments or
    # another answer than the signature, whose inputs and output were read above.
    layer.call_endpoint_fn = layer._reloaded_obj.signatures[name]
    if is_text:
        return OpenedModel(keras.Model(tensors, layer(casts), name="saved_model"), None)
    [(key, tensor)] = tensors.items()
    return OpenedModel(keras.Model(tensor, layer(casts[key]), name="saved_model"), None)


def _signature(names: Sequence[str], model: str) -> str:
    """Return the usual signature of ``names``, or the only one."""
    for name in _SIGNATURES:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    raise ConversionError(
        f"Expected a SavedModel with the signature serving_default in {model!r}, got"
        f" {', '.join(names) or 'none'}: save it with model.export(FOLDER), or a tf.Module with"
        " tf.saved_model.save(MODULE, FOLDER, signatures=FUNCTION)."
    )


def _by_name() -> Any:
    """Return the class of a layer that calls a signature of several inputs, a mapping."""
    import keras

    class NamedInputs(keras.layers.TFSMLayer):  # type: ignore[misc]
        """Calls a signature with its arguments' names, without which it takes only one."""

        def call(self, inputs: Any, training: Any = None) -> Any:  # noqa: ARG002
            """Return the outputs for a tensor for each name."""
            return self.call_endpoint_fn(**inputs)

    return NamedInputs
