"""Seeds to images."""

import numpy as np
import pytest

import satchel
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError, EngineError, InputError
from satchel.preprocessing.latent import draw_latent


class Painter:
    """Answers a latent with an image whose every pixel is the latent, 100 levels a unit."""

    def run(self, latent):
        return np.tile(100 + 100 * latent, (1, 2, 4, 1))


@pytest.fixture
def generator(generator_path, install_engines):
    install_engines(litert=None).engines["litert"] = Painter()
    return satchel.ImageGenerator(generator_path)


def test_the_first_image_takes_two_lines(generator):
    image = generator.generate(7)
    assert image.dtype == np.uint8
    assert image.shape == (2, 4, 3)
    expected = np.floor(100 + 100 * draw_latent(7, 3)[0] + 0.5)
    assert image[0, 0].tolist() == expected.tolist()


def test_a_seed_gives_the_same_image_every_time_and_another_seed_another(generator):
    assert np.array_equal(generator.generate(7), generator.generate(7))
    assert not np.array_equal(generator.generate(7), generator.generate(8))


def test_many_seeds_are_answered_in_their_order(generator):
    found = generator.generate_many(iter([3, 1, 2]))
    assert [each.tolist() for each in found] == [generator.generate(n).tolist() for n in (3, 1, 2)]
    assert generator.generate_many([]) == []


def test_a_latent_between_two_seeds_is_rendered(generator):
    between = (generator.latent(1) + generator.latent(2)) / 2
    assert generator.latent(1).shape == (3,)
    expected = np.floor(100 + 100 * between + 0.5)
    assert generator.render(between)[1, 3].tolist() == expected.tolist()


def test_the_engine_gets_the_latent_as_a_batch_of_one(generator_path, install_engines):
    seam = install_engines(litert=np.zeros((1, 2, 4, 3), np.float32))
    satchel.ImageGenerator(generator_path).generate(7)
    [tensor] = seam.engines["litert"].inputs
    assert tensor.dtype == np.float32
    assert np.array_equal(tensor, draw_latent(7, 3))


def test_levels_of_a_quantized_model_are_the_pixels(generator_path, install_engines):
    levels = np.arange(24, dtype=np.uint8).reshape(1, 2, 4, 3)
    install_engines(tflite_runtime=levels)
    generator = satchel.ImageGenerator(generator_path, model="full_int8.tflite")
    assert np.array_equal(generator.generate(1), levels[0])


def test_what_is_no_seed_and_no_latent_is_refused(generator):
    with pytest.raises(InputError, match="a seed"):
        generator.generate(-1)
    with pytest.raises(InputError, match=r"float32 \(3,\)"):
        generator.render(np.zeros(4))


def test_an_output_of_another_size_than_the_card_says_is_refused(generator_path, install_engines):
    install_engines(litert=np.zeros((1, 4, 2, 3), np.float32))
    with pytest.raises(EngineError, match=r"float32 \(1, 2, 4, 3\) .*got float32 \(1, 4, 2, 3\)"):
        satchel.ImageGenerator(generator_path).generate(1)


def test_an_image_of_numbers_that_are_none_is_refused(generator_path, install_engines):
    install_engines(litert=np.full((1, 2, 4, 3), np.nan, np.float32))
    with pytest.raises(EngineError, match="finite") as caught:
        satchel.ImageGenerator(generator_path).generate(1)
    assert "\n" not in str(caught.value)


def test_a_bundle_for_another_task_is_refused_with_it(style_path, image_path, install_engines):
    install_engines(litert=None)
    for path in (style_path, open_bundle(image_path)):
        with pytest.raises(BundleError, match=r"bundle for image-generation, got one for \w+-"):
            satchel.ImageGenerator(path)
