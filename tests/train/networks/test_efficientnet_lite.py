"""EfficientNet-Lite0 in Keras computes what it computes in PyTorch."""

import os
from pathlib import Path

import numpy as np
import pytest

from helpers.golden import GOLDEN
from helpers.torch_checkpoints import archive_checkpoint, lite0_tensors
from satchel.bundle import ImageInput
from satchel.bundle.card import TensorSpec
from satchel.preprocessing.images import to_tensor
from satchel_train.data.download import is_published
from satchel_train.errors import DataError
from satchel_train.networks.efficientnet_lite import (
    STAGES,
    build_efficientnet_lite0,
    load_efficientnet_lite0,
)
from satchel_train.networks.published import origin
from satchel_train.recipes.imagenet.networks import NETWORKS

PUBLISHED = Path(os.environ.get("SATCHEL_DATA") or ".") / NETWORKS["efficientnet_lite0"].source.name
real_data = [
    pytest.mark.real_data,
    pytest.mark.skipif(not PUBLISHED.is_file(), reason=f"SATCHEL_DATA has no {PUBLISHED.name}"),
]
BLOCKS = sum(stage.blocks for stage in STAGES)


@pytest.fixture(scope="module")
def model():
    return build_efficientnet_lite0(ImageInput(height=32, width=32), labels=1000)


def write(tmp_path, tensors):
    path = tmp_path / "lite0.pth"
    path.write_bytes(archive_checkpoint(tensors))
    return path


def test_every_tensor_finds_its_layer_and_only_axes_move(tmp_path, model):
    tensors = lite0_tensors()
    load_efficientnet_lite0(model, write(tmp_path, tensors))
    kernel = model.get_layer("block_5_depthwise").kernel.numpy()
    assert kernel[1, 2, 7, 0] == tensors["_blocks.5._depthwise_conv.weight"][7, 0, 1, 2]
    kernel = model.get_layer("block_15_project").kernel.numpy()
    assert kernel[0, 0, 9, 4] == tensors["_blocks.15._project_conv.weight"][4, 9, 0, 0]
    variance = model.get_layer("block_1_expand_normalization").moving_variance.numpy()
    np.testing.assert_array_equal(variance, tensors["_blocks.1._bn0.running_var"])
    numbers = sum(values.size for values in tensors.values() if values.ndim)
    assert model.count_params() == numbers == 4_694_024


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tensors: tensors.pop("_fc.bias"), "it lacks the tensor '_fc.bias'"),
        (
            lambda tensors: tensors.update({"_blocks.16._bn2.bias": np.zeros(3, np.float32)}),
            "it has a tensor '_blocks.16._bn2.bias', which the network has not",
        ),
        (
            lambda tensors: tensors.update({"_fc.weight": np.zeros((10, 1280), np.float32)}),
            r"its tensor '_fc.weight' is float32 \(10, 1280\), which does not fit \(1280, 1000\)",
        ),
        (
            lambda tensors: tensors.update({"_fc.bias": np.zeros(1000, np.float16)}),
            "its tensor '_fc.bias' is float16",
        ),
    ],
    ids=["lacking", "further", "shape", "dtype"],
)
def test_a_checkpoint_of_another_network_is_refused_by_its_tensor(tmp_path, model, change, reason):
    tensors = lite0_tensors()
    change(tensors)
    path = write(tmp_path, tensors)
    with pytest.raises(DataError, match=f"Expected the weights of efficientnet_lite0 .*{reason}"):
        load_efficientnet_lite0(model, path)


def test_the_card_prepares_an_image_as_google_does_to_the_bit():
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    ours = to_tensor(pixels, NETWORKS["efficientnet_lite0"].image, TensorSpec("float32"))
    theirs = (pixels.astype(np.float32) - 127) / 128
    assert ours.tobytes() == theirs.tobytes()


def test_the_licence_is_only_said_of_the_published_file(tmp_path):
    path = write(tmp_path, {"weight": np.zeros(1, np.float32)})
    assert origin(NETWORKS["efficientnet_lite0"], path) == {"weights": "lite0.pth"}


class TestPublished:
    pytestmark = real_data

    def test_every_layer_agrees_with_pytorch(self):
        network = NETWORKS["efficientnet_lite0"]
        assert is_published(network.source, PUBLISHED)
        assert origin(network, PUBLISHED)["weights_licence"] == "Apache-2.0"
        model = network.build(network.image, PUBLISHED)
        images = np.random.default_rng(7).uniform(-1, 1, (2, 224, 224, 3)).astype(np.float32)
        found = layers_of(model, images)
        with np.load(GOLDEN / "efficientnet_lite0.npz") as answers:
            assert set(answers.files) == found.keys()
            for name in answers.files:
                # Both compute in float32, whose sums they take in another order: 2e-5 was seen.
                np.testing.assert_allclose(found[name], answers[name], atol=1e-4, err_msg=name)


def layers_of(model, images):
    """Return the numbers of each layer that write_efficientnet_lite0_answers.py keeps."""
    import keras

    kept = ["stem_normalization", *(f"block_{at}" for at in range(BLOCKS)), "head_normalization"]
    outputs = {name: model.get_layer(_last(model, name)).output for name in kept}
    probe = keras.Model(model.input, {**outputs, "mean": model.get_layer("mean").output})
    found = probe.predict(images, verbose=0)
    kernel, bias = model.get_layer("scores").get_weights()
    logits = found.pop("mean") @ kernel + bias
    flat = {name: values.ravel() for name, values in found.items()}
    places = {name: np.linspace(0, flat[name].size - 1, 48).astype(int) for name in kept}
    return {"logits": logits, **{name: flat[name][places[name]] for name in kept}}


def _last(model, name):
    """Return the name of the layer that ends the block ``name``."""
    names = {layer.name for layer in model.layers}
    ends = (name, f"{name}_sum", f"{name}_project_normalization")
    return next(end for end in ends if end in names)
