"""Opens a SavedModel as a Keras model with one input, so that it is converted like any other.

The graph is TensorFlow's and Keras only calls it, so such a folder holds no Python code. But
TensorFlow's operators can read and write files, so an untrusted folder is an untrusted program:
https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md.
"""

from pathlib import Path
from typing import Any

from satchel.errors import first_line
from satchel_convert.errors import ConversionError

SAVED_MODEL = "saved_model.pb"
"""The file that every SavedModel's folder has"""
_SIGNATURES = ("serving_default", "serve")


def load_saved_model(path: Path) -> Any:
    """Return the SavedModel in the folder ``path`` as a functional Keras model.

    Its input is float32 or int32, and is cast to the dtype of the SavedModel. Raises
    ConversionError for a folder that is not a SavedModel, and for one without a signature of one
    input.
    """
    import keras
    import tensorflow as tf

    # Registers the optimizers that TensorFlow 2.0 to 2.15 saved with a trained model. Without it,
    # TensorFlow restores their slots in an object that has none. No code of the folder is run.
    import tf_keras  # noqa: F401

    try:
        signatures = tf.saved_model.load(str(path)).signatures
    except Exception as error:
        # A damaged folder raises exceptions of many classes.
        raise ConversionError(
            f"Expected a SavedModel in {path.name!r}, got: {first_line(error)}"
        ) from error
    name = next((each for each in _SIGNATURES if each in signatures), None)
    if name is None:
        raise ConversionError(
            f"Expected a SavedModel with the signature serving_default in {path.name!r},"
            f" got {', '.join(signatures) or 'none'}: save it with model.export(FOLDER)."
        )
    specs = list(signatures[name].structured_input_signature[1].values())
    if len(specs) != 1 or specs[0].shape.rank is None:
        shapes = ", ".join(str(each.shape) for each in specs)
        raise ConversionError(
            f"Expected a SavedModel of one input with a shape in {path.name!r}, got {shapes}."
        )
    (spec,) = specs
    dtype = "int32" if spec.shape.rank == 2 and spec.dtype.is_integer else "float32"
    tensor = keras.Input(batch_shape=spec.shape.as_list(), dtype=dtype)
    cast = keras.ops.cast(tensor, spec.dtype.name)
    # The signature is called, because a function of the same name may have other arguments.
    layer = keras.layers.TFSMLayer(str(path), call_endpoint=name)
    return keras.Model(tensor, layer(cast), name="saved_model")
