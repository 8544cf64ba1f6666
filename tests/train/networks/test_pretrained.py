"""The networks of Keras Applications: small images, random weights, the real code."""

import json
import shutil

import numpy as np
import pytest

from helpers.data_sets import write_class_folders
from satchel.bundle.card import TensorSpec
from satchel.preprocessing.images import to_tensor
from satchel_train.errors import DataError
from satchel_train.networks.pretrained import PRETRAINED, load_weights
from satchel_train.networks.published import find_weights
from satchel_train.recipe import load_recipe
from satchel_train.recipes.imagenet import ImagenetSettings, labels
from satchel_train.recipes.imagenet.networks import build_resnet50
from satchel_train.recipes.photos import PhotosSettings


def levels():
    """Return an image in which each channel has each of the 256 levels."""
    return np.stack([np.roll(np.arange(256, dtype=np.uint8), shift) for shift in (0, 85, 170)], 1)


def test_resnet50s_card_prepares_an_image_as_keras_does_to_the_bit():
    from keras.applications.resnet50 import preprocess_input

    pixels = levels()[np.newaxis, np.newaxis]
    ours = to_tensor(pixels, PRETRAINED["resnet50"].image, TensorSpec("float32"))
    theirs = preprocess_input(pixels.astype(np.float32))
    assert ours.tobytes() == np.ascontiguousarray(theirs[..., ::-1]).tobytes()


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "mobilenet_v3_large"])
def test_mobilenets_card_prepares_an_image_as_its_own_layer_does_to_the_bit(name):
    from keras.layers import Rescaling

    pixels = levels()[np.newaxis, np.newaxis]
    ours = to_tensor(pixels, PRETRAINED[name].image, TensorSpec("float32"))
    theirs = Rescaling(scale=1 / 127.5, offset=-1.0)(pixels.astype(np.float32))
    assert ours.tobytes() == np.asarray(theirs).tobytes()


def test_the_first_kernel_is_turned_and_nothing_else(resnet50_weights, small_images):
    from keras.applications import ResNet50
    from keras.applications.resnet50 import preprocess_input

    image = PRETRAINED["resnet50"].image
    ours = build_resnet50(image, resnet50_weights)
    theirs = ResNet50(weights=None, input_shape=(32, 32, 3))
    load_weights(theirs, resnet50_weights)
    first, *others = ours.get_weights()
    their_first, *their_others = theirs.get_weights()
    assert first.tobytes() == np.ascontiguousarray(their_first[:, :, ::-1]).tobytes()
    assert all((a == b).all() for a, b in zip(others, their_others, strict=True))
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    inputs = to_tensor(pixels, image, TensorSpec("float32"))
    # The products are the same ones, in another order.
    np.testing.assert_allclose(
        ours.predict(inputs, verbose=0),
        theirs.predict(preprocess_input(pixels.astype(np.float32)), verbose=0),
        atol=1e-5,
    )


def test_labels_that_share_a_name_have_ids_with_their_synset(resnet50_weights):
    found = labels.read_labels(resnet50_weights.parent)
    names, ids = labels.label_names(found), labels.label_ids(found)
    assert (names[3], names[134], names[517]) == ("thing 3", "crane", "crane")
    assert len(set(ids)) == 1000
    assert (ids[3], ids[134], ids[517]) == (
        "thing 3",
        "crane (n00000134)",
        "crane (n00000517)",
    )


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b"\xff", json.dumps({str(at): ["n", "x"] for at in range(1000)})]
)
def test_labels_of_another_file_are_refused(tmp_path, content):
    content = content.encode() if isinstance(content, str) else content
    (tmp_path / labels.SOURCE.name).write_bytes(content)
    with pytest.raises(DataError, match="Expected ImageNet's 1,000 labels in"):
        labels.read_labels(tmp_path)


def test_weights_without_labels_beside_them_say_where_to_get_the_labels(tmp_path, class_folders):
    (tmp_path / "weights.h5").write_bytes(b"weights")
    settings = ImagenetSettings(seed=7, data_dir=class_folders, weights=tmp_path / "weights.h5")
    with pytest.raises(DataError, match=r"imagenet_class_index\.json in .*: get it from https"):
        load_recipe("imagenet").prepare(settings)


@pytest.mark.parametrize("settings", [ImagenetSettings, PhotosSettings])
def test_settings_without_images_cannot_be_made(settings):
    with pytest.raises(TypeError, match="required keyword-only argument: 'data_dir'"):
        settings()


def test_the_setting_names_every_network_that_is_known():
    assert load_recipe("photos").models == tuple(PRETRAINED)


def test_a_folder_that_is_none_of_imagenets_labels_is_named(
    resnet50_weights, small_images, tmp_path
):
    write_class_folders(tmp_path, {"thing_3": 2, "my_cat": 2})
    settings = ImagenetSettings(seed=7, data_dir=tmp_path, weights=resnet50_weights)
    with pytest.raises(DataError, match=r"named by ImageNet's labels or synsets.*got 'my_cat'"):
        load_recipe("imagenet").prepare(settings)


def test_folders_are_found_by_label_and_by_synset(class_folders, resnet50_weights, small_images):
    settings = ImagenetSettings(seed=7, data_dir=class_folders, weights=resnet50_weights)
    prepared = load_recipe("imagenet").prepare(settings)
    assert sorted({*prepared.calibration.labels, *prepared.evaluation.labels}) == [3, 134, 517]
    assert (len(prepared.calibration.labels), len(prepared.evaluation.labels)) == (3, 15)


def test_weights_that_are_not_there_or_not_weights_are_refused(tmp_path, small_images):
    source = PRETRAINED["mobilenet_v3_small"].source
    with pytest.raises(
        DataError, match=r"Expected a file of weights, .*get it from https://storag"
    ):
        find_weights(source, tmp_path / "nowhere.h5")
    (tmp_path / "weights.h5").write_bytes(b"no HDF5")
    model = PRETRAINED["mobilenet_v3_small"].build(PRETRAINED["mobilenet_v3_small"].image, None)
    with pytest.raises(DataError, match=r"Expected the weights of .* in .*weights\.h5"):
        load_weights(model, tmp_path / "weights.h5")


def test_weights_of_another_network_are_refused(resnet50_weights, small_images, tmp_path):
    shutil.copy(resnet50_weights, tmp_path / "weights.h5")
    model = PRETRAINED["mobilenet_v3_small"].build(PRETRAINED["mobilenet_v3_small"].image, None)
    with pytest.raises(DataError, match="it lacks the layer 'conv"):
        load_weights(model, tmp_path / "weights.h5")
