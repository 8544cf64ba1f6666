"""A SavedModel as a Keras model of one input, so that it is converted as any other.

The graph is TensorFlow's, Keras only calls it: no code of Python's is in such a folder. But
TensorFlow's operators can read and write files, so a folder of a untrusted is a program of a
untrusted: https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md.
"""

from pathlib import Path
from typing import Any

from satchel.errors import first_line
from satchel_convert.errors import ConversionError

SAVED_MODEL = "saved_model.pb"
"""What every SavedModel's folder has"""
_SIGNATURES = ("serving_default", "serve")


def load_saved_model(path: Path) -> Any:
    """Return the SavedModel in the folder ``path`` as a functional Keras model.

    It takes float32 or int32, and casts to what the SavedModel takes. Raises ConversionError for a
    folder that is none, and for one without a signature of one input.
    """
    import keras
    import tensorflow as tf

    try:
        signatures = tf.saved_model.load(str(path)).signatures
    except Exception as error:
        # What a damaged folder raises is of many kinds.
        raise ConversionError(
            f"Expected a SavedModel in {path.name!r}, got: {first_line(error)}"
        ) from error
    name = next((each for each in _SIGNATURES if each in signatures), None)
    if name is None:
        raise ConversionError(
            f"Expected a SavedModel with the signature serving_default in {path.name!r},"
            f" got {', '.join(signatures) or 'none'}: save it with model.export(FOLDER)."
        )
    taken = list(signatures[name].structured_input_signature[1].values())
    if len(taken) != 1 or taken[0].shape.rank is None:
        shapes = ", ".join(str(each.shape) for each in taken)
        raise ConversionError(
            f"Expected a SavedModel of one input with a shape in {path.name!r}, got {shapes}."
        )
    (spec,) = taken
    dtype = "int32" if spec.shape.rank == 2 and spec.dtype.is_integer else "float32"
    tensor = keras.Input(batch_shape=spec.shape.as_list(), dtype=dtype)
    cast = keras.ops.cast(tensor, spec.dtype.name)
    # The signature, and not a function of the same name, whose arguments may be others.
    layer = keras.layers.TFSMLayer(str(path), call_endpoint=name)
    return keras.Model(tensor, layer(cast), name="saved_model")
