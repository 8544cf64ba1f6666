"""What a Keras file alone decides is said without TensorFlow, by its content and not its name."""

import subprocess
import sys
import zipfile

import numpy as np
import pytest

from helpers import keras_2_files
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.keras_models.configuration import container_of
from satchel_convert.model_kinds import kind_of
from satchel_convert.own_models.inspection import inspect_file

LABELS = ("a", "b")
PROCESSOR_S = 2.0
"""The longest processor time of a refusal, in seconds"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Keras files of many kinds."""
    import keras

    folder = tmp_path_factory.mktemp("files")
    layers = keras.layers

    @keras.saving.register_keras_serializable("mine")
    class Own(layers.Layer):
        def call(self, values):
            return values

    def save(name, *inner, shape=(4,)):
        keras.Sequential([layers.Input(shape), *inner]).save(folder / name)

    save("good.keras", layers.Dense(2, activation="softmax"), layers.Dropout(0.1))
    save("lambda.keras", layers.Lambda(lambda x: x * 2, name="double"), layers.Dense(2))
    save("own.keras", Own(name="special"), layers.Dense(2))
    save("autoencoder.keras", layers.Dense(3), layers.Dense(640), shape=(640,))
    save("three.keras", layers.Dense(3), layers.Softmax())
    keras.models.load_model(folder / "good.keras").save_weights(folder / "only.weights.h5")
    first, second = keras.Input((4,)), keras.Input((4,))
    both = layers.Add()([first, second])
    keras.Model([first, second], layers.Dense(2)(both)).save(folder / "two_inputs.keras")
    keras.Model(first, [layers.Dense(2)(first), layers.Dense(2)(first)]).save(folder / "two.keras")
    with keras_2_files.saving_quietly():
        keras_2_files.depthwise().save(folder / "keras_2.h5")
        keras_2_files.of_operations().save(folder / "operations.h5")
        _save_keras_2_lambda(folder)
    content = (folder / "good.keras").read_bytes()
    (folder / "short.keras").write_bytes(content[: len(content) // 2])
    (folder / "short.h5").write_bytes((folder / "keras_2.h5").read_bytes()[:3000])
    middle = content.index(b"model.weights.h5") + 2000
    (folder / "flipped.keras").write_bytes(content[:middle] + b"\0\1\2\3" + content[middle + 4 :])
    (folder / "text.keras").write_text("no model")
    return folder


def _save_keras_2_lambda(folder):
    import tf_keras

    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.Input((4,)), layers.Lambda(lambda x: x * 2, name="twice")])
    model.save(folder / "lambda.h5")
    model.save(folder / "lambda_2.keras")
    import tensorflow as tf

    values = layers.Input((4,))
    read = tf.io.decode_raw(tf.strings.as_string(values), tf.uint8, fixed_length=4)
    tf_keras.Model(values, read).save(folder / "harmful.h5")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lambda.keras", "the `Lambda` layer 'double', whose Python code is not run here: export"),
        ("lambda.h5", "the `Lambda` layer 'twice', whose Python code is not run here: export the"),
        ("lambda_2.keras", "the `Lambda` layer 'twice', whose Python code is not run here: export"),
        ("own.keras", "got 'Own', whose code is not in the file: export the model with model.exp"),
        ("harmful.h5", "got TensorFlow's 'io.decode_raw', which is not called here: export the"),
        ("only.weights.h5", "got its weights alone: save the whole model with model.save("),
        ("short.keras", "that is no archive of Keras and no HDF5 file: it is damaged or of anoth"),
        ("flipped.keras", "the file is damaged: "),
        ("short.h5", "the file is damaged: "),
        ("text.keras", "it is damaged or of another kind."),
        ("nowhere.keras", "there is no such file."),
        ("two_inputs.keras", "with one input and one output in 'two_inputs.keras', got 2 and 1: "),
        ("two.keras", "with one input and one output in 'two.keras', got 1 and 2: "),
        ("autoencoder.keras", "a model that puts out 640 numbers for the same many that it reads"),
    ],
)
def test_a_file_that_is_no_classifier_is_refused(folder, name, words):
    with pytest.raises(ConversionError) as caught:
        inspect_file(folder / name, LABELS)
    line = str(caught.value)
    assert words in line
    assert "\n" not in line
    assert name in line


def test_labels_that_cannot_fit_are_refused(folder):
    with pytest.raises(ModelFolderError, match="Expected 3 labels for the 3 outputs of 'three"):
        inspect_file(folder / "three.keras", LABELS)


@pytest.mark.parametrize("name", ["good.keras", "keras_2.h5"])
def test_a_classifier_is_let_through(folder, name):
    inspect_file(folder / name, LABELS)


def test_harmless_functions_of_tensorflow_are_let_through(folder):
    inspect_file(folder / "operations.h5", ("a", "b", "c"))


def test_a_keras_file_is_known_by_its_content(folder, tmp_path):
    for source, container in (("good.keras", "archive"), ("keras_2.h5", "hdf5")):
        copy = tmp_path / "model.bin"
        copy.write_bytes((folder / source).read_bytes())
        assert container_of(copy) == container
        assert kind_of(copy) == "keras"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("config.json", "{}")
    assert kind_of(tmp_path / "other.zip") == "folder"


def test_a_refusal_imports_neither_tensorflow_nor_keras(folder):
    program = f"""
import resource, sys
from pathlib import Path
from satchel_convert.errors import ConversionError
from satchel_convert.own_models.inspection import inspect_file
try:
    inspect_file(Path({str(folder / "lambda.h5")!r}), ("a", "b"))
except ConversionError:
    used = resource.getrusage(resource.RUSAGE_SELF)
    slow = [name for name in ("tensorflow", "keras", "tf_keras") if name in sys.modules]
    print(used.ru_utime + used.ru_stime, *slow)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    seconds, *slow = done.stdout.split()
    assert slow == []
    assert float(seconds) < PROCESSOR_S


def test_every_layer_of_keras_2_is_known():
    import tf_keras

    from satchel_convert.keras_models.foreign_code import KERAS_2

    own = {"AbstractRNNCell", "InputSpec", "Lambda", "Layer", "Wrapper"}
    names = {
        found.__name__
        for found in vars(tf_keras.layers).values()
        if isinstance(found, type) and found.__name__[0].isupper()
    }
    assert names - own <= KERAS_2
    assert np.all([name.isidentifier() for name in KERAS_2])
