"""Images to images in another style."""

import numpy as np
import pytest

import satchel
from helpers.tiny_bundles import encode_png
from satchel.errors import BundleError, InputError


class Darker:
    """Answers an image with a smaller one at half its brightness."""

    def run(self, pixels):
        return pixels[:, :2, :4] / 2


@pytest.fixture
def style(style_path, install_engines):
    install_engines(litert=None).engines["litert"] = Darker()
    return satchel.StyleTransfer(style_path)


def test_an_image_comes_back_in_the_models_size(style):
    image = np.full((4, 6, 3), 201, np.uint8)
    styled = style.apply(image)
    assert styled.dtype == np.uint8
    assert styled.shape == (2, 4, 3)
    # 100.5 rounds up.
    assert (styled == 101).all()


def test_a_file_goes_through_the_whole_preprocessing(style, tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(encode_png(np.full((40, 60, 3), 80, np.uint8)))
    assert (style.apply(path) == 40).all()


def test_what_is_no_image_is_refused_and_the_model_stays_usable(style):
    with pytest.raises(InputError):
        style.apply(b"no image")
    assert style.apply(np.zeros((4, 6), np.uint8)).max() == 0


def test_a_bundle_for_another_task_is_refused_with_it(generator_path, install_engines):
    install_engines(litert=None)
    with pytest.raises(BundleError, match="for style-transfer, got one for image-generation"):
        satchel.StyleTransfer(generator_path)
