"""Files of Keras 2 open as models of Keras 3 that say the same."""

import numpy as np
import pytest

from helpers import keras_2_files
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.float_model import describe_model, load_reference, only_output
from satchel_convert.keras_models.keras_2 import open_keras_2

ROUNDING = 1e-5  # float32 kernels of two versions of Keras
MODELS = {
    "depthwise": keras_2_files.depthwise,
    "models": keras_2_files.of_models,
    "texts": keras_2_files.of_texts,
    "operations": keras_2_files.of_operations,
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The folder of all files, and each model."""
    folder = tmp_path_factory.mktemp("keras_2")
    models = {name: make() for name, make in MODELS.items()}
    with keras_2_files.saving_quietly():
        for name, model in models.items():
            model.save(folder / f"{name}.h5")
            model.save(folder / f"{name}.keras")
            (folder / f"{name}_inside.keras").write_bytes((folder / f"{name}.h5").read_bytes())
            (folder / f"{name}.hdf5").write_bytes((folder / f"{name}.h5").read_bytes())
    return folder, models


def inputs_of(model):
    random = np.random.default_rng(0)
    shape = (3, *model.input_shape[1:])
    if model.input.dtype.is_integer:
        return random.integers(0, 20, shape)
    return random.uniform(0, 255, shape).astype(np.float32)


@pytest.mark.parametrize("suffix", [".h5", ".keras", "_inside.keras", ".hdf5"])
@pytest.mark.parametrize("name", list(MODELS))
def test_a_keras_2_file_says_what_keras_2_says(saved, name, suffix):
    folder, models = saved
    inputs = inputs_of(models[name])
    expected = np.asarray(models[name](inputs, training=False))
    found = np.asarray(load_reference(folder / f"{name}{suffix}")(inputs, training=False))
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@pytest.mark.parametrize("name", ["depthwise", "models", "texts"])
def test_the_layers_are_those_of_keras_3(saved, name):
    folder, _ = saved
    assert "Keras2" not in {
        type(layer).__name__
        for layer in open_keras_2(folder / f"{name}.h5").model._flatten_layers()
    }


def test_the_activation_of_a_translated_model_is_known(saved):
    folder, _ = saved
    assert describe_model(folder / "depthwise.h5").activation == "softmax"
    assert describe_model(folder / "operations.h5").activation is None


def test_a_trained_saved_model_opens_with_the_slots_of_its_optimizer(tmp_path):
    model = keras_2_files.trained(tmp_path / "saved")
    inputs = inputs_of(model)
    found = only_output(load_reference(tmp_path / "saved")(inputs, training=False))
    np.testing.assert_allclose(found, model(inputs, training=False), atol=ROUNDING)


def test_half_precision_opens_in_float32(tmp_path):
    import tf_keras

    layers = tf_keras.layers
    pixels = layers.Input((8, 8, 3))
    features = layers.Flatten()(layers.Conv2D(4, 3, dtype="mixed_float16")(pixels))
    model = tf_keras.Model(pixels, layers.Dense(2, "softmax", dtype="float32")(features))
    model.save(tmp_path / "half.keras")
    opened = load_reference(tmp_path / "half.keras")
    assert {layer.compute_dtype for layer in opened.layers} == {"float32"}
    inputs = inputs_of(model) / 255
    expected = np.asarray(model(inputs, training=False))
    # The original computes in half precision: 11 bits.
    np.testing.assert_allclose(opened(inputs, training=False), expected, atol=0.01)


def test_a_model_of_several_inputs_is_refused_with_their_names(tmp_path):
    import tf_keras

    pair = [tf_keras.Input((4,), name=name) for name in ("input_ids", "attention_mask")]
    scores = tf_keras.layers.Dense(2)(tf_keras.layers.Multiply()(pair))
    with keras_2_files.saving_quietly():
        tf_keras.Model(pair, scores).save(tmp_path / "bert.h5")
    with pytest.raises(ConversionError) as caught:
        open_keras_2(tmp_path / "bert.h5")
    line = str(caught.value)
    assert "one output in 'bert.h5', got 2 (input_ids, attention_mask) and 1: export it" in line
    assert "\n" not in line
