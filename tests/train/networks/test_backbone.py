"""Any Keras network of images as a backbone, and what its images must be like."""

import re

import keras
import numpy as np
import pytest
from keras import layers

from satchel.bundle import ImageInput, ImageOutput, LatentInput
from satchel.bundle.card import Card, card_to_json
from satchel.bundle.label_output import LabelOutput
from satchel_train.errors import DataError, SettingsError
from satchel_train.networks.backbone import open_backbone

PREPARED = {"mean": (127.5,), "std": (127.5,)}


def save(tmp_path, *stack, shape=(8, 8, 3)):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(shape), *stack])
    path = tmp_path / "mine.keras"
    model.save(path)
    return path


def test_the_name_of_any_file_becomes_a_name_for_a_card(tmp_path):
    path = save(tmp_path, convolution()).rename(tmp_path / f"mein Netz (ü){'x' * 90}.keras")
    assert open_backbone(path, **PREPARED).name == f"mein_Netz____{'x' * 27}"


def convolution():
    return layers.Conv2D(6, 3, name="convolution")


@pytest.mark.parametrize(
    "ending",
    [
        [layers.GlobalAveragePooling2D, lambda: layers.Dense(4, activation="softmax")],
        [layers.GlobalAveragePooling2D, lambda: layers.Dense(4, activation="sigmoid")],
        [layers.GlobalAveragePooling2D, lambda: layers.Dense(4), layers.Softmax],
        [
            layers.GlobalAveragePooling2D,
            lambda: layers.Dropout(0.5),
            lambda: layers.Dense(4),
            lambda: layers.Activation("softmax"),
        ],
        [layers.GlobalAveragePooling2D],
        [],
    ],
    ids=["softmax", "sigmoid", "softmax layer", "activation", "features", "feature map"],
)
def test_the_layer_that_scores_labels_is_cut_off_and_no_other(tmp_path, ending):
    path = save(tmp_path, convolution(), *(make() for make in ending))
    model = open_backbone(path, **PREPARED).build()
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    convolved = keras.models.load_model(path).get_layer("convolution")(images)
    expected = np.asarray(convolved).mean((1, 2))
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-6)


def test_a_network_inside_a_network_is_a_backbone(tmp_path):
    inner = keras.Sequential([keras.Input((8, 8, 3)), convolution()], name="inner")
    scoring = layers.Dense(3, activation="softmax")
    path = save(tmp_path, inner, layers.GlobalMaxPooling2D(), scoring)
    assert open_backbone(path, **PREPARED).build().output_shape == (None, 6)


def test_levels_are_prepared_as_mean_and_std_say(tmp_path):
    found = open_backbone(save(tmp_path, convolution()), mean=(10.0, 20.0, 30.0), std=(2.0,))
    expected = ImageInput(
        height=8, width=8, fit="crop", scale=(0.5,) * 3, offset=(-5.0, -10.0, -15.0)
    )
    assert found.image == expected
    assert found.name == "mine"
    assert found.provenance["backbone"] == "mine.keras"
    assert re.fullmatch("[0-9a-f]{64}", found.provenance["backbone_sha256"])


@pytest.mark.parametrize(
    "first", [lambda: layers.Rescaling(1 / 255), lambda: layers.Normalization(mean=1, variance=4)]
)
def test_a_file_that_prepares_its_images_takes_their_levels(tmp_path, first):
    path = save(tmp_path, first(), convolution())
    assert (open_backbone(path).image.scale, open_backbone(path).image.offset) == ((1,), (0,))
    with pytest.raises(SettingsError, match=r"no mean and no std for mine\.keras: it begins with"):
        open_backbone(path, **PREPARED)


def test_what_rescales_behind_the_first_kernel_prepares_no_image(tmp_path):
    path = save(tmp_path, convolution(), layers.Rescaling(1 / 6))
    with pytest.raises(SettingsError, match=r"Expected mean and std .* such as --mean 127\.5"):
        open_backbone(path)


def test_sizes_that_a_file_leaves_open_are_those_of_imagenet(tmp_path):
    path = save(tmp_path, convolution(), shape=(None, None, 1))
    image = open_backbone(path, **PREPARED).image
    assert image.shape == (224, 224, 1)
    with pytest.raises(SettingsError, match="one mean and one std for grey images, got 3"):
        open_backbone(path, mean=(1.0, 2.0, 3.0))


def write_folder(folder, path, **card):
    path.rename(folder / "model.keras")
    (folder / "card.json").write_bytes(card_to_json(Card("own", "1.0.0", **card)))


def test_the_card_of_a_model_folder_says_how_images_are_prepared(tmp_path):
    image = ImageInput(height=8, width=8, fit="letterbox", scale=(1 / 3,), offset=(-7.0,))
    output = LabelOutput(("a", "b"))
    path = save(tmp_path, convolution())
    write_folder(tmp_path, path, task="image-classification", input=image, output=output)
    assert open_backbone(tmp_path).image == image
    with pytest.raises(SettingsError, match="its card states both"):
        open_backbone(tmp_path, **PREPARED)


def test_a_model_folder_without_images_and_one_without_a_card_are_refused(tmp_path):
    path = save(tmp_path, convolution())
    with pytest.raises(DataError, match=r"Expected a model folder with a card, got .*No such file"):
        open_backbone(tmp_path)
    output = ImageOutput(height=8, width=8, scale=(1.0,), offset=(0.0,))
    write_folder(tmp_path, path, task="image-generation", input=LatentInput(8), output=output)
    with pytest.raises(DataError, match="network of images as backbone, got image-generation in"):
        open_backbone(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "there is none"), (b"not a zip", "Expected a Keras file of layers that Keras knows")],
)
def test_a_file_that_is_no_keras_file_is_refused(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "mine.keras").write_bytes(content)
    with pytest.raises(DataError, match=reason) as caught:
        open_backbone(tmp_path / "mine.keras", **PREPARED)
    assert "\n" not in str(caught.value)


def test_code_of_others_does_not_run(tmp_path):
    path = save(tmp_path, layers.Lambda(lambda images: images * 2), convolution())
    with pytest.raises(DataError, match="Expected a Keras file of layers that Keras knows"):
        open_backbone(path, **PREPARED)


@pytest.mark.parametrize(
    ("stack", "shape", "reason"),
    [
        ([layers.Dense(3)], (8,), r"got an input of \(None, 8\)"),
        ([layers.Conv2D(3, 3)], (8, 8, 4), r"got an input of \(None, 8, 8, 4\)"),
        ([layers.Conv2D(3, 3), layers.Reshape((36, 3))], (8, 8, 3), r"features of \(None, 36, 3\)"),
        ([layers.Flatten(), layers.Softmax()], (8, 8, 3), "got Flatten before its last activation"),
        (
            [keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten()], name="whole")],
            (8, 8, 3),
            "got a model, 'whole', as its last layer",
        ),
    ],
)
def test_what_is_no_network_of_images_is_refused(tmp_path, stack, shape, reason):
    with pytest.raises(DataError, match=reason):
        open_backbone(save(tmp_path, *stack, shape=shape), **PREPARED)


def test_several_inputs_are_refused(tmp_path):
    images = [keras.Input((8, 8, 3)) for _ in range(2)]
    keras.Model(images, layers.Add()(images)).save(tmp_path / "mine.keras")
    with pytest.raises(DataError, match="got 2 inputs and 1 outputs"):
        open_backbone(tmp_path / "mine.keras", **PREPARED)
