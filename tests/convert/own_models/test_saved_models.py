"""SavedModels, which hold a graph and no code of Python's: subclassed models among them."""

import shutil

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel import ImageClassifier, TextClassifier
from satchel.bundle import open_bundle
from satchel.preprocessing.images import decode
from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.keras_models.recurrent import unroll
from satchel_convert.keras_models.saved_model import open_saved_model

LABELS = ("red", "green", "blue")
# TensorFlow says so of every model whose input is not the converter's to quantize.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)


def subclassed():
    """Return a model that is no graph of layers, and has been called."""
    import keras

    class Colours(keras.Model):
        def __init__(self):
            super().__init__()
            self.features = keras.layers.Conv2D(6, 3, activation="relu")
            self.mean = keras.layers.GlobalAveragePooling2D()
            self.scores = keras.layers.Dense(3)

        def call(self, pixels):
            return self.scores(self.mean(self.features(pixels)))

    keras.utils.set_random_seed(5)
    model = Colours()
    model(np.zeros((1, 8, 8, 3), np.float32))
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """SavedModels of Keras's and of TensorFlow's, and images."""
    import tensorflow as tf
    from PIL import Image

    folder = tmp_path_factory.mktemp("saved")
    model = subclassed()
    model.export(folder / "colours", verbose=False)
    model.save(folder / "colours.keras")

    class Plain(tf.Module):
        def __init__(self):
            super().__init__()
            weights = np.random.default_rng(1).normal(0, 0.3, (3, 3)).astype(np.float32)
            self.weights = tf.Variable(weights)

        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.uint8, name="pixels")])
        def probabilities(self, pixels):
            means = tf.reduce_mean(tf.cast(pixels, tf.float32), (1, 2)) / 255
            return {"probabilities": tf.nn.softmax(means @ self.weights)}

    plain = Plain()
    tf.saved_model.save(plain, str(folder / "plain"), signatures=plain.probabilities)
    tf.saved_model.save(tf.Module(), str(folder / "empty"))
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    for part, count in (("evaluation", 1), ("calibration", 2)):
        for at in range(3 * count):
            random = np.random.default_rng([count, at])
            pixels = random.integers(0, 100, (8, 8, 3), np.uint8)
            pixels[..., at % 3] += 100
            place = folder / part / LABELS[at % 3]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(place / f"{at}.png")
    return folder


def words(files, model, *more):
    return [
        *(files / model, "--labels", files / "labels.txt", "--evaluation", files / "evaluation"),
        *("--calibration", files / "calibration", *more),
    ]


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def test_a_subclassed_model_that_was_exported_is_converted(files, tmp_path, capsys):
    out = tmp_path / "colours.satchel"
    more = ("--activation", "none", "--std", "255", "--schemes", "float32,full_int8", "--out", out)
    # Untrained, it is no matter whose top label stays within a margin.
    limits = ("--margin", "100", "--int8-agreement", "0")
    assert run_satchel("convert", *words(files, "colours", *more, *limits)) == 0
    captured = capsys.readouterr()
    assert "pinned (None, 8, 8, 3) to (1, 8, 8, 3)" in captured.err
    model = subclassed()
    for file, tolerance in (
        ("float32.tflite", 1e-5),
        ("float32.onnx", 1e-5),
        ("full_int8.tflite", 0.05),
    ):
        classifier = ImageClassifier(out, model=file)
        for path in sorted(files.glob("evaluation/*/*.png")):
            pixels = decode(path)[np.newaxis].astype(np.float32) / 255
            expected = softmax(np.asarray(model(pixels))[0])
            np.testing.assert_allclose(classifier.scores(path), expected, atol=tolerance)


def test_a_saved_model_of_bytes_is_converted(files, tmp_path):
    import tensorflow as tf

    out = tmp_path / "plain.satchel"
    more = ("--activation", "softmax", "--formats", "tflite", "--schemes", "float32", "--out", out)
    assert run_satchel("convert", *words(files, "plain", *more)) == 0
    signature = tf.saved_model.load(str(files / "plain")).signatures["serving_default"]
    path = min(files.glob("evaluation/red/*.png"))
    pixels = decode(path)[np.newaxis]
    expected = signature(pixels=tf.constant(pixels))["probabilities"][0]
    np.testing.assert_allclose(ImageClassifier(out).scores(path), expected, atol=1e-5)


def test_a_saved_model_may_take_blue_first(files, tmp_path):
    out = tmp_path / "colours.satchel"
    more = ("--activation", "none", "--preprocess", "keras:vgg16")
    one = ("--formats", "onnx", "--schemes", "float32", "--out", out)
    assert run_satchel("convert", *words(files, "colours", *more, *one)) == 0
    path = min(files.glob("evaluation/red/*.png"))
    blue_first = decode(path)[np.newaxis, ..., ::-1].astype(np.float32)
    means = np.float32([103.939, 116.779, 123.68])
    expected = softmax(np.asarray(subclassed()(blue_first - means))[0])
    np.testing.assert_allclose(ImageClassifier(out).scores(path), expected, atol=1e-4)


def test_the_outputs_of_a_saved_model_say_what_they_are(files, tmp_path):
    out = tmp_path / "x.satchel"
    assert (
        run_satchel(
            "convert",
            *words(files, "colours", "--formats", "tflite", "--schemes", "float32", "--out", out),
        )
        == 0
    )
    provenance = open_bundle(out).card.provenance
    assert provenance["outputs"].startswith("a logit for each label: they lie in -")


def test_a_subclassed_model_in_a_keras_file_is_to_be_exported(files, tmp_path, capsys):
    assert (
        run_satchel("convert", *words(files, "colours.keras", "--out", tmp_path / "x.satchel")) == 2
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "satchel convert: Expected only Keras's own layers in 'colours.keras', got 'Colours', whose"
        " code is not in the file: export the model with model.export(FOLDER) and convert that."
    )


def test_a_layer_of_one_s_own_in_an_h5_file_is_named(tmp_path):
    import keras

    class Doubled(keras.layers.Layer):
        def call(self, values):
            return 2 * values

    path = tmp_path / "own.h5"
    keras.Sequential([keras.Input((3,)), Doubled()]).save(path)
    with pytest.raises(ConversionError, match=r"own layers in 'own.h5', got 'Doubled', whose"):
        load_reference(path)


def test_a_saved_model_without_a_signature_is_refused(files):
    reason = "with the signature serving_default in 'empty', got none: save it with model.export"
    with pytest.raises(ConversionError, match=reason):
        open_saved_model(files / "empty")


def test_a_saved_model_of_several_unusual_signatures_is_refused(tmp_path):
    import tensorflow as tf

    module, function = halved()
    tf.saved_model.save(module, str(tmp_path / "two"), signatures={"b": function, "c": function})
    reason = "signature serving_default in 'two', got b, c: .* signatures=FUNCTION"
    with pytest.raises(ConversionError, match=reason):
        open_saved_model(tmp_path / "two")


@pytest.mark.parametrize("name", ["predict", "serve"])
def test_the_only_signature_is_called_and_no_function_of_its_name(name, tmp_path):
    import tensorflow as tf

    module, function = halved()
    other = tf.function(lambda values, factor: values * factor)
    specs = [tf.TensorSpec((None, 3), tf.float32), tf.TensorSpec((), tf.float32)]
    other.get_concrete_function(*specs)
    setattr(module, name, other)
    tf.saved_model.save(module, str(tmp_path / "one"), signatures={name: function})
    values = np.float32([[1, 2, 4]])
    (found,) = open_saved_model(tmp_path / "one").model(values).values()
    np.testing.assert_array_equal(found, values / 2)


def halved():
    """Return a tf.Module and a function of one input that can be its signature."""
    import tensorflow as tf

    spec = tf.TensorSpec((None, 3), tf.float32)
    return tf.Module(), tf.function(lambda values: values / 2, input_signature=[spec])


def test_a_saved_model_of_two_inputs_is_refused(tmp_path):
    import keras

    pair = [keras.Input((3,)), keras.Input((4,))]
    model = keras.Model(pair, keras.layers.Concatenate()(pair))
    model.export(tmp_path / "pair", verbose=False)
    with pytest.raises(ConversionError, match=r"of one input with a shape in 'pair', got"):
        open_saved_model(tmp_path / "pair")


def test_a_damaged_saved_model_is_said_to_be_one(files, tmp_path):
    damaged = shutil.copytree(files / "colours", tmp_path / "damaged")
    (damaged / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(ConversionError, match=r"Expected a SavedModel in 'damaged', got: "):
        open_saved_model(damaged)


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory):
    """SavedModels of a recurrent network, with a free batch and with one of 1, and texts."""
    import keras
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("recurrent")
    keras.utils.set_random_seed(6)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(10, 4, embeddings_initializer=keras.initializers.RandomNormal(0, 1)),
            layers.LSTM(5),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.export(folder / "free", verbose=False)
    one = [tf.TensorSpec((1, None), tf.int32)]
    model.export(folder / "one", verbose=False, input_signature=one)
    (folder / "labels.txt").write_text("bad\ngood\n")
    (folder / "words.txt").write_text("<PAD> 0\n<START> 1\n<UNKNOWN> 2\nfine 3\nawful 4\nfilm 5\n")
    (folder / "texts.jsonl").write_text(
        '{"text": "fine film", "label": "good"}\n{"text": "awful", "label": "bad"}\n'
    )
    return folder, model


def recurrent_words(folder, name, *more):
    return [
        *(folder / name, "--labels", folder / "labels.txt", "--vocabulary", folder / "words.txt"),
        *("--evaluation", folder / "texts.jsonl", "--activation", "softmax", "--length", "4"),
        *("--formats", "tflite", "--schemes", "float32", "--margin", "100", *more),
    ]


def test_a_loop_over_a_batch_of_1_is_converted(recurrent, tmp_path, capsys):
    folder, model = recurrent
    out = tmp_path / "x.satchel"
    assert run_satchel("convert", *recurrent_words(folder, "one", "--out", out)) == 0
    assert "pinned (1, None) to (1, 4)" in capsys.readouterr().err
    expected = np.asarray(model(np.int32([[1, 3, 5, 0]])))[0]
    np.testing.assert_allclose(TextClassifier(out).scores("fine film"), expected, atol=1e-5)


def test_a_loop_over_a_free_batch_is_to_be_exported_with_one(recurrent, tmp_path, capsys):
    words = recurrent_words(recurrent[0], "free", "--out", tmp_path / "x.satchel")
    assert run_satchel("convert", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "float32.tflite: has a loop with a free batch in a SavedModel: export it" in line


def test_a_loop_is_not_quantized_with_calibrated_ranges(recurrent):
    reason = "has a loop in a SavedModel, .*: build its recurrent layers with unroll=True"
    with pytest.raises(ConversionError, match=reason):
        unroll(open_saved_model(recurrent[0] / "one").model)


def test_a_saved_model_without_a_loop_has_nothing_to_unroll(files):
    model = open_saved_model(files / "colours").model
    assert unroll(model) is model
