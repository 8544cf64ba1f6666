import pickle

import numpy as np
import pytest

from helpers.model_folders import BANDS_CARD
from satchel.bundle.image_input import ImageInput
from satchel.errors import InputError
from satchel_convert.sample_inputs import SampleInputs


@pytest.mark.parametrize("kind", ["images", "texts", "faces"])
def test_a_slice_is_what_all_at_once_would_be(kind, request):
    tiny = request.getfixturevalue(kind)
    inputs = tiny.folder.inputs
    assert len(inputs) == len(tiny.inputs)
    assert np.array_equal(inputs[2:5], tiny.inputs[2:5])
    assert np.array_equal(inputs.part(slice(2, 7))[1:3], tiny.inputs[3:5])
    assert inputs.input_bytes == tiny.inputs[0].nbytes


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_another_process_prepares_the_same(kind, request):
    tiny = request.getfixturevalue(kind)
    inputs = tiny.folder.inputs
    # Opened before: what reads them is not sent along.
    inputs[:1]
    assert np.array_equal(pickle.loads(pickle.dumps(inputs))[:], tiny.inputs)


def test_an_image_is_read_when_it_is_asked_for_and_not_before(images, tmp_path):
    missing = tmp_path / "gone.png"
    files = [sample.value for sample in images.folder.evaluation]
    inputs = SampleInputs([files[0], missing], images.folder.card)
    assert np.array_equal(inputs[:1], images.inputs[:1])
    with pytest.raises(InputError, match=r"gone\.png"):
        inputs[1:]


def test_carried_images_need_no_files(images, image_copy):
    names = [sample.value.relative_to(images.path) for sample in images.folder.evaluation]
    inputs = SampleInputs([image_copy / name for name in names], images.folder.card)
    carried = inputs.carried()
    for name in names:
        (image_copy / name).unlink()
    assert np.array_equal(carried[:], images.inputs)
    with pytest.raises(InputError, match=r"^Expected a readable image, got .*png': No such file"):
        inputs.carried()


def test_a_text_is_carried_as_it_is(texts):
    assert np.array_equal(texts.folder.inputs.carried()[:], texts.inputs)


def test_pixels_are_images_too():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    card = BANDS_CARD._replace(input=ImageInput(2, 2))
    assert np.array_equal(SampleInputs(pixels, card)[:], pixels)
