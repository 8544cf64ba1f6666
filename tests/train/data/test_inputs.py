import numpy as np
import pytest

from satchel.bundle.card import Card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import RegexSpec, to_tensor
from satchel_train.data.image_inputs import FLOAT32, ImageInputs
from satchel_train.data.inputs import examples
from satchel_train.data.samples import Samples, text_samples
from satchel_train.data.vocabulary import DELIMITER, vocabulary_file

OUTPUT = LabelOutput(("no", "yes"))


def image_card(*, channels):
    image = ImageInput(height=2, width=3, channels=channels, scale=(1 / 255,), offset=(-0.5,))
    return Card("tiny", "1.0.0", "image-classification", image, OUTPUT)


def test_grey_images_become_one_channel_in_the_cards_units():
    images = np.full((5, 2, 3), 255, np.uint8)
    samples = Samples(images, np.zeros(len(images), np.int32))
    read, labels = examples(samples, card=image_card(channels=1))
    inputs = read[:]
    assert (len(read), read.shape) == (5, inputs.shape)
    assert (inputs.shape, inputs.dtype) == ((5, 2, 3, 1), np.float32)
    # Three float32 products are summed: a few units in the last place of 255.
    np.testing.assert_allclose(inputs, 0.5, atol=1e-6)
    assert labels is samples.labels


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_images_are_converted_as_the_runtime_would_to_the_bit(channels):
    image = image_card(channels=channels).input
    grey = np.random.default_rng(0).integers(0, 256, (40, 2, 3), np.uint8)
    found = ImageInputs(grey, image)[:]
    expected = to_tensor(np.repeat(grey[..., np.newaxis], 3, axis=3), image, FLOAT32)
    assert (found.shape, found.tobytes()) == (expected.shape, expected.tobytes())


def test_coloured_images_keep_their_channels():
    images = np.zeros((1, 2, 3, 3), np.uint8)
    images[..., 1] = 255
    samples = Samples(images, np.zeros(1, np.int32))
    inputs, _ = examples(samples, card=image_card(channels=3))
    np.testing.assert_allclose(inputs[:][0, 0, 0], [-0.5, 0.5, -0.5], atol=1e-6)


def test_texts_become_ids():
    text = TextInput(4, RegexSpec(DELIMITER, "vocabulary.txt"))
    card = Card("tiny", "1.0.0", "text-classification", text, OUTPUT)
    samples = text_samples(["Good!", "bad good"], [1, 0])
    inputs, labels = examples(samples, card=card, vocabulary=vocabulary_file(["good"]))
    assert inputs.dtype == np.int32
    assert inputs.tolist() == [[1, 3, 0, 0], [1, 2, 3, 0]]
    assert labels.tolist() == [1, 0]
