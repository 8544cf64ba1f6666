"""What is wrong with a model or its samples: one line, exit 2, and nothing is left behind."""

import shutil

import numpy as np
import pytest
from PIL import Image

LABELS = ("left", "middle", "right")
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


@pytest.fixture(scope="module")
def files(images, tmp_path_factory):
    """The image model and its samples, as somebody has them who never saw Satchel."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copy(images.path / "model.keras", folder / "bands.keras")
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    for sample in images.folder.evaluation[:6]:
        place = folder / "evaluation" / LABELS[sample.label]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.value, place)
    (folder / "calibration").mkdir()
    for sample in images.folder.calibration[:3]:
        shutil.copy(sample.value, folder / "calibration" / f"c{sample.value.name}")
    return folder


@pytest.fixture
def refusal(refused, files, tmp_path):
    """Return a function that spoils a copy of the files, and returns why they are refused."""
    own = shutil.copytree(files, tmp_path / "own")

    def refuse(spoil, *more, model="bands.keras"):
        spoil(own)
        words = ("--labels", own / "labels.txt", "--evaluation", own / "evaluation", *more)
        return refused("convert", own / model, *words)

    return refuse


def keep(own):
    """Spoil nothing."""


def test_no_calibration_samples_for_a_calibrated_scheme(refusal):
    line = refusal(keep, "--schemes", "full_int8")
    assert "Expected calibration samples for full_int8, got none" in line
    assert "--calibration" in line


def test_an_empty_calibration_folder(refusal, tmp_path):
    def spoil(own):
        for image in (own / "calibration").iterdir():
            image.unlink()

    line = refusal(spoil, "--calibration", tmp_path / "own" / "calibration")
    assert "Expected images in " in line
    assert line.endswith("calibration', got none.")


def test_labels_that_do_not_match_the_outputs(refusal):
    def spoil(own):
        (own / "labels.txt").write_text("left\nmiddle\n")

    assert "Expected 3 labels for the 3 outputs of 'bands.keras', got 2: does" in refusal(spoil)


def test_labels_that_are_too_few(refusal):
    def spoil(own):
        (own / "labels.txt").write_text("left\n")

    assert "Expected two labels or more, in " in refusal(spoil)


def test_labels_that_repeat_by_accident_are_named(refusal):
    def spoil(own):
        (own / "labels.txt").write_text("left\nleft\nmiddle\nright\n")

    line = refusal(spoil)
    assert "Expected 3 labels for the 3 outputs of 'bands.keras', got 4: 'left' stand" in line


def test_a_folder_of_a_label_that_repeats_must_be_named_by_its_id(refusal):
    def spoil(own):
        (own / "labels.txt").write_text("left\nleft\nright\n")

    assert "got 'left', which is the label of 2 outputs." in refusal(spoil)


def test_labels_for_a_sigmoid_of_more_than_two(refusal):
    def spoil(own):
        import keras

        input_spec = keras.Input((6, 9, 1))
        score = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(input_spec))
        keras.Model(input_spec, score).save(own / "one.keras")

    line = refusal(spoil, model="one.keras")
    assert "Expected 2 labels for the one output of 'one.keras', got 3." in line


def test_folders_of_labels_without_images(refusal):
    def spoil(own):
        for image in (own / "evaluation").glob("*/*"):
            image.unlink()

    assert "Expected images in folders named after their labels in " in refusal(spoil)


def test_nan_among_the_weights_names_the_layer(refusal):
    def spoil(own):
        import keras

        model = keras.models.load_model(own / "bands.keras")
        kernel, bias = model.layers[-1].get_weights()
        kernel[7, 1] = np.nan
        model.layers[-1].set_weights([kernel, bias])
        model.save(own / "bands.keras")

    line = refusal(spoil, *ONE_ONNX)
    assert line.startswith(
        "satchel convert: Expected weights without NaN in 'bands.keras', the layer '"
    )
    assert "dense" in line
    assert line.endswith("has NaN in its kernel.")


def test_an_image_that_cannot_be_read_is_named(refusal):
    def spoil(own):
        (own / "evaluation" / "left" / "broken.png").write_bytes(b"no image")

    line = refusal(spoil, *ONE_ONNX)
    assert "Expected an image (BMP, GIF, JPEG, PNG, TIFF, WEBP), got something else." in line
    assert "broken.png" in line


def test_an_image_that_ends_too_early_is_named(refusal):
    def spoil(own):
        path = own / "evaluation" / "left" / "short.png"
        Image.fromarray(np.zeros((50, 50, 3), np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[:60])

    line = refusal(spoil, *ONE_ONNX)
    assert "Expected a readable image, got " in line
    assert "short.png" in line


def test_numbers_of_other_channels_than_the_model_s(refusal):
    line = refusal(keep, "--mean", "1,2,3")
    assert "Expected --mean and --std of 1 or 1 numbers, got 3." in line


def test_a_model_of_other_samples_than_these(refusal):
    def spoil(own):
        import keras

        volume = keras.Input((4, 6, 9, 1))
        scores = keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(volume))
        keras.Model(volume, scores).save(own / "volumes.keras")

    line = refusal(spoil, "--task", "image-classification", model="volumes.keras")
    assert "Expected a model of one image, (None, height, width, 1 or 3), " in line
    assert line.endswith("got (None, 4, 6, 9, 1).")


def test_images_of_two_channels(refusal):
    def spoil(own):
        import keras

        input_spec = keras.Input((6, 9, 2))
        scores = keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(input_spec))
        keras.Model(input_spec, scores).save(own / "two.keras")

    line = refusal(spoil, model="two.keras")
    assert "Expected a model of one image, (None, height, width, 1 or 3), or of one" in line
    assert "got (None, 6, 9, 2) of float32" in line


def test_images_where_texts_are_asked_for(refusal):
    line = refusal(keep, "--task", "text-classification")
    assert "Expected a model of one text, (None, length), in 'bands.keras', got (None, 6, 9" in line


def test_a_model_that_was_never_called(refusal):
    def spoil(own):
        import keras

        layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
        with pytest.warns(UserWarning, match="has not yet been built"):
            keras.Sequential(layers).save(own / "uncalled.keras")

    line = refusal(spoil, model="uncalled.keras")
    assert "Expected a model whose input has a shape in 'uncalled.keras', got a Seq" in line


def test_an_evaluation_set_that_overlaps_the_calibration_set(refusal, tmp_path):
    def spoil(own):
        fake_quantized = min((own / "calibration").iterdir())
        shutil.copy(fake_quantized, own / "evaluation" / "left" / "renamed.png")

    line = refusal(spoil, "--calibration", tmp_path / "own" / "calibration")
    assert "Expected calibration and evaluation images to be different" in line
    assert "renamed.png' are the same." in line


def test_a_keras_file_with_code_in_it(refusal):
    def spoil(own):
        import keras

        layers = [
            keras.Input((6, 9, 1)),
            keras.layers.Lambda(lambda values: values * 2),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
        keras.Sequential(layers).save(own / "code.keras")

    assert "`Lambda` layer" in refusal(spoil, model="code.keras")


def test_an_operator_that_no_model_can_have(refusal):
    def spoil(own):
        import keras

        input_spec = keras.Input((6, 9, 1))
        square = keras.layers.Cropping2D(((0, 0), (0, 3)))(input_spec)
        determinant = keras.ops.det(keras.layers.Reshape((1, 6, 6))(square))
        scores = keras.layers.Dense(3, activation="softmax")(determinant)
        keras.Model(input_spec, scores).save(own / "determinant.keras")

    line = refusal(spoil, "--formats", "tflite", "--schemes", "float32", model="determinant.keras")
    assert (
        "Expected at least one model to convert, none of 1 did; float32.tflite: needs operators"
        in line
    )
    assert "MatrixDeterminant" in line


def test_a_damaged_float_file_is_refused(refusal):
    def spoil(own):
        (own / "bands.tflite").write_bytes(b"no model")

    assert "bands.tflite: Expected a TFLite model" in refusal(spoil, model="bands.tflite")
