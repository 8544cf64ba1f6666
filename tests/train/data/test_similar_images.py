import io
import time

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from helpers.photographs import photograph, write_photographs_of
from satchel.bundle.image_input import ImageInput
from satchel_train.data.image_folder import read_image_folder
from satchel_train.data.similar_images import find_similar, thumbnail

PARTS = [np.arange(60), np.arange(60, 61)]


def saved(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


CHANGES = {
    "another quality": lambda image: saved(image, 60),
    "smaller": lambda image: image.resize((40, 30)),
    "brighter": lambda image: image.point(lambda level: min(255, level + 20)),
    "less contrast": lambda image: image.point(lambda level: 60 + level // 2),
}


def thumbnails(images):
    return np.array([thumbnail(np.asarray(image)) for image in images])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_image_is_found_with_the_one_that_it_comes_from(change):
    images = [photograph(number) for number in range(60)]
    assert find_similar(thumbnails([*images, change(images[17])]), parts=PARTS) == [(60, 17)]


def test_other_images_and_those_of_one_part_are_not_found():
    images = [photograph(number) for number in range(61)]
    assert find_similar(thumbnails(images), parts=PARTS) == []
    images[5] = saved(images[4], 60)
    assert find_similar(thumbnails(images), parts=PARTS) == []


def test_handwritten_digits_and_plain_colours_raise_no_alarm():
    digits = [Image.fromarray(np.uint8(each * 15)).convert("RGB") for each in load_digits().images]
    positions = np.arange(len(digits))
    parts = [positions[positions % 5 > 0], positions[positions % 5 == 0]]
    assert find_similar(thumbnails(digits), parts=parts) == []
    shades = [Image.new("RGB", (8, 8), (at, 200, 30)) for at in range(61)]
    assert find_similar(thumbnails(shades), parts=PARTS) == []


def test_near_duplicates_of_a_folder_are_a_finding_with_examples(tmp_path):
    write_photographs_of(tmp_path, {"bird": range(20), "cat": range(20, 40)})
    for number in range(40):
        folder = tmp_path / ("bird" if number < 20 else "cat")
        photograph(number).save(folder / f"z{number}.jpg", quality=60)
    (finding,) = read_image_folder(tmp_path, ImageInput(height=32, width=32)).findings
    assert finding.kind == "near_duplicates"
    assert 10 <= finding.samples <= 40
    assert ".jpg ~ " in finding.line or ".png ~ " in finding.line


def test_many_images_take_no_quadratic_time():
    randomness = np.random.default_rng(7)
    patches = randomness.integers(0, 256, (8_000, 4, 4, 1, 3), np.uint8)
    images = np.repeat(np.repeat(patches, 4, axis=1), 4, axis=2).reshape(len(patches), -1)
    seconds = []
    for count in (2_000, 8_000):
        parts = np.split(np.arange(count), [count * 4 // 5])
        start = time.process_time()
        assert find_similar(images[:count], parts=parts) == []
        seconds.append(time.process_time() - start)
    # Four times as many images would take 16 times as long.
    assert seconds[1] < 12 * seconds[0]
