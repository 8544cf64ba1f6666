"""Each kind of model that people have becomes a bundle that says what its author's model says.

The command alone is used, so that the tests can run on older commits. On 87721f8, before own models
were mended, all fail but the logits of all labels.
"""

import numpy as np
import pytest
from PIL import Image

from helpers.commands import run_satchel
from satchel import ImageClassifier

SIDE = 12
LABELS = ("a", "b", "c")
SAME_SUMS = 1e-5  # float32 sums in another order
HALF = 5e-3  # the author's model computes in half precision, the bundle's in float32


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def two_of(probability):
    return np.array([1 - probability.item(), probability.item()])


def scores_of(values, count, finish=None, shape=(SIDE, SIDE, 3)):
    """Return a model whose ``count`` logits go through ``finish``."""
    import keras

    pixels = keras.Input(shape)
    wide = keras.initializers.RandomNormal(stddev=0.3)
    features = keras.layers.Flatten()(values(pixels))
    logits = keras.layers.Dense(count, kernel_initializer=wide)(features)
    return keras.Model(pixels, logits if finish is None else finish(logits))


def scaled(pixels):
    import keras

    return keras.layers.Rescaling(1 / 255)(pixels)


def ends_in(finish, count=3):
    return lambda: scores_of(scaled, count, finish)


def softmax_operation(logits):
    import keras

    return keras.ops.softmax(logits)


def sigmoids(logits):
    import keras

    return keras.ops.sigmoid(logits)


def no_channel(*shape):
    return lambda: scores_of(scaled, 3, softmax_operation, shape)


def unit_dimensions():
    import keras

    def finish(logits):
        return keras.layers.Softmax()(keras.layers.Reshape((1, 1, 3))(logits))

    return scores_of(scaled, 3, finish)


def augmented():
    import keras

    layers = keras.layers
    inner = keras.Sequential([layers.RandomContrast(0.5), layers.RandomRotation(0.2)])
    return scores_of(lambda pixels: scaled(inner(layers.RandomFlip()(pixels))), 3, layers.Softmax())


def nested():
    import keras

    pixels = keras.Input((SIDE, SIDE, 3))
    layers = keras.layers
    wide = keras.initializers.RandomNormal(stddev=3.0)
    head = layers.Dense(3, "softmax", kernel_initializer=wide)
    inner = [layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), head]
    base = keras.Sequential([keras.Input((SIDE, SIDE, 3)), *inner], name="base")
    return keras.Model(pixels, base(scaled(pixels)))


def batch_of_32():
    import keras

    layers = keras.layers
    pixels = keras.Input((SIDE, SIDE, 3), batch_size=32)
    return keras.Model(pixels, layers.Dense(3, "softmax")(layers.Flatten()(scaled(pixels))))


def half_precision():
    import keras

    keras.config.set_dtype_policy("mixed_float16")
    try:
        return scores_of(scaled, 3, keras.layers.Softmax())
    finally:
        keras.config.set_dtype_policy("float32")


def flat(pixels):
    return pixels.reshape(len(pixels), -1)


def channels_first(pixels):
    return pixels.transpose(0, 3, 1, 2)


KINDS = {
    "a softmax that is no layer": (ends_in(softmax_operation), None, None),
    "logits of all labels": (ends_in(None), softmax, None),
    "one logit": (ends_in(None, 1), lambda logit: two_of(sigmoid(logit)), None),
    "two sigmoids": (ends_in(sigmoids, 2), None, None),
    "several sigmoids": (ends_in(sigmoids), None, None),
    "augmentation": (augmented, None, None),
    "a base model behind Rescaling": (nested, None, None),
    "unit dimensions": (unit_dimensions, None, None),
    "mixed_float16": (half_precision, None, None),
    "a batch of 32": (batch_of_32, None, None),
    "grey without a channel": (no_channel(SIDE, SIDE), None, lambda pixels: pixels[..., 0]),
    "one row": (no_channel(SIDE * SIDE), None, lambda pixels: flat(pixels[..., :1])),
    "channels first": (no_channel(3, SIDE, SIDE), None, channels_first),
}
"""A model, what its author makes of one sample's outputs, and of the pixels of all samples"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_bundle_says_what_the_author_s_model_says(kind, tmp_path):
    import keras

    build, say, feed = KINDS[kind]
    keras.utils.set_random_seed(2)
    model = build()
    model.save(tmp_path / "model.keras")
    coarse = np.random.default_rng(1).integers(0, 256, (32, 3, 3, 3), np.uint8)
    images = [Image.fromarray(each).resize((SIDE, SIDE)) for each in coarse]
    if feed is not None and model.inputs[0].shape[1] != 3:
        images = [image.convert("L").convert("RGB") for image in images]
    pixels = np.stack([np.asarray(image) for image in images]).astype(np.float32)
    outputs = np.asarray(model(pixels if feed is None else feed(pixels), training=False))
    outputs = outputs.astype(np.float32).reshape(len(images), -1)
    expected = outputs if say is None else np.stack([say(each) for each in outputs])
    labels = LABELS[: expected.shape[1]]
    (tmp_path / "labels.txt").write_text("\n".join(labels))
    paths = []
    # The labels are the model's own answers, so that no doubt about its accuracy is in the way.
    for at, (image, scores) in enumerate(zip(images, expected, strict=True)):
        path = tmp_path / "evaluation" / labels[scores.argmax()] / f"{at}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        paths.append(path)
    out = tmp_path / "x.satchel"
    words = ("--labels", tmp_path / "labels.txt", "--evaluation", tmp_path / "evaluation")
    more = ("--schemes", "float32", "--out", out)
    assert run_satchel("convert", tmp_path / "model.keras", *words, *more) == 0
    for name in ("float32.onnx", "float32.tflite"):
        classifier = ImageClassifier(out, model=name)
        found = np.stack([classifier.scores(path) for path in paths])
        tolerance = HALF if kind == "mixed_float16" else SAME_SUMS
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    assert np.ptp(expected, axis=0).max() > 1e-2
