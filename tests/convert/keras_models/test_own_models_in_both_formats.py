"""What own models have beside weights: each format says what the author's model says."""

import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from helpers.model_folders import BANDS_CARD
from satchel.bundle import ImageInput, LabelOutput
from satchel_convert.float_models.predictions import reference_predictions
from satchel_convert.keras_models.deployable import to_deployable
from satchel_convert.keras_models.float_model import describe_model, load_reference
from satchel_convert.onnx.converter import to_onnx
from satchel_convert.tflite.converter import to_tflite

# Raised inside the packages that convert.
pytestmark = [
    # The interpreter is the one that bundles run on; TensorFlow's own is not used.
    pytest.mark.filterwarnings(r"ignore:Statistics for quantized inputs were expected:UserWarning"),
]

SIDE = 10
SAME_SUMS = 1e-5  # float32 sums in another order
HALF = 5e-3  # the author's model computes in half precision, all others in float32


def sequential(*layers, shape=(SIDE, SIDE, 3), **options):
    """Return a classifier of three labels whose first layers are ``layers``."""
    import keras

    return keras.Sequential(
        [
            keras.Input(shape, **options),
            *layers,
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def augmented():
    from keras import layers

    return sequential(
        layers.RandomFlip(),
        layers.RandomBrightness(0.3),
        layers.RandomContrast(0.3),
        layers.RandomRotation(0.2),
        layers.RandomZoom(0.2),
        layers.RandomTranslation(0.1, 0.1),
        layers.GaussianNoise(0.3),
        layers.Dropout(0.3),
    )


def augmented_inside():
    import keras
    from keras import layers

    pipeline = layers.Pipeline([layers.RandomRotation(0.2), layers.RandomZoom(0.3)])
    augmentation = keras.Sequential([layers.RandomFlip(), layers.GaussianNoise(0.3)])
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, sequential()(pipeline(augmentation(pixels))))


def normalized():
    from keras import layers

    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(1).uniform(0, 255, (8, SIDE, SIDE, 3)).astype(np.float32))
    return sequential(layer)


def minus_a_constant():
    import keras

    pixels = keras.Input((SIDE, SIDE, 3))
    centred = keras.ops.subtract(pixels, keras.ops.array([103.9, 116.8, 123.7]))
    return keras.Model(pixels, sequential()(centred))


def channels_first():
    import keras

    pixels = keras.Input((3, SIDE, SIDE))
    scaled = keras.layers.Rescaling(1 / 255)(pixels)
    return keras.Model(
        pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(scaled))
    )


def mixed(policy):
    import keras

    keras.config.set_dtype_policy(policy)
    try:
        return sequential()
    finally:
        keras.config.set_dtype_policy("float32")


MODELS = {
    "augmentation": augmented,
    "augmentation in models and pipelines": augmented_inside,
    "an adapted normalization": normalized,
    "a constant of the graph": minus_a_constant,
    "channels first": channels_first,
    "bytes": lambda: sequential(dtype="uint8"),
    "a batch of 32": lambda: sequential(batch_size=32),
    "mixed_float16": lambda: mixed("mixed_float16"),
    "mixed_bfloat16": lambda: mixed("mixed_bfloat16"),
    "float64": lambda: mixed("float64"),
}


def by_author(model, pixels):
    """Return the probabilities of the author's own model, one batch as it accepts it."""
    first = model.inputs[0].shape[1] == 3
    fed = (pixels.transpose(0, 3, 1, 2) if first else pixels).astype(model.inputs[0].dtype)
    fed = np.resize(fed, (model.inputs[0].shape[0] or len(fed), *fed.shape[1:]))
    return np.asarray(model(fed, training=False)).astype(np.float32)[: len(pixels)]


def by_onnx(content, pixels):
    session = onnxruntime.InferenceSession(content)
    (spec,) = session.get_inputs()
    return np.concatenate([session.run(None, {spec.name: each[np.newaxis]})[0] for each in pixels])


def by_tflite(content, pixels):
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    found = []
    for each in pixels:
        interpreter.set_tensor(source["index"], each[np.newaxis])
        interpreter.invoke()
        found.append(interpreter.get_tensor(target["index"])[0])
    return np.stack(found)


@pytest.mark.parametrize("kind", MODELS)
def test_both_formats_say_what_the_author_s_model_says(kind, tmp_path):
    import keras

    keras.utils.set_random_seed(1)
    model = MODELS[kind]()
    path = tmp_path / "model.keras"
    model.save(path)
    assert describe_model(path).activation == "softmax"
    pixels = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    card = BANDS_CARD._replace(
        input=ImageInput(SIDE, SIDE), output=LabelOutput(("a", "b", "c"), "softmax")
    )
    expected = by_author(model, pixels)
    reference = reference_predictions(path, card, pixels)
    tolerance = HALF if "mixed" in kind else SAME_SUMS
    np.testing.assert_allclose(reference, expected, rtol=0, atol=tolerance)
    # What the test compares is neither a constant nor certain.
    assert np.ptp(expected, axis=0).max() > 1e-3

    values = pixels.astype(np.float32)
    onnx = to_onnx(to_deployable(load_reference(path), card))
    np.testing.assert_allclose(by_onnx(onnx, values), reference, rtol=0, atol=SAME_SUMS)
    deployable = to_deployable(load_reference(path), card)
    tflite = to_tflite(deployable, scheme="float32", calibration=None)
    np.testing.assert_allclose(by_tflite(tflite, values), reference, rtol=0, atol=SAME_SUMS)
