import numpy as np
import pytest
from PIL import Image

from helpers.data_sets import write_class_folders
from helpers.trainings import run_train
from satchel import InputError
from satchel.bundle.card import parse_card
from satchel.bundle.image_input import ImageInput
from satchel_train.data.image_folder import (
    is_image_folder,
    read_image_folder,
    read_labelled_images,
)
from satchel_train.errors import DataError

IMAGE = ImageInput(height=4, width=4)


def images(samples):
    return {image.tobytes() for image in samples.contents}


def test_every_class_is_in_every_part_and_no_image_in_two(tmp_path):
    write_class_folders(tmp_path, {"bird": 20, "cat": 5})
    parts, names, *_ = read_image_folder(tmp_path, IMAGE)
    assert names == ("bird", "cat")
    assert np.bincount(parts.evaluation.labels).tolist() == [4, 1]
    assert np.bincount(parts.validation.labels).tolist() == [2, 1]
    assert np.bincount(parts.train.labels).tolist() == [14, 3]
    three = [images(part) for part in (parts.train, parts.validation, parts.evaluation)]
    assert sum(map(len, three)) == len(set.union(*three)) == 25
    assert images(parts.calibration) <= images(parts.validation)


def test_the_split_is_the_same_again_and_a_new_image_moves_few(tmp_path):
    write_class_folders(tmp_path, {"bird": 10, "cat": 10})
    before, _, digest, _ = read_image_folder(tmp_path, IMAGE)
    again, _, same, _ = read_image_folder(tmp_path, IMAGE)
    assert digest == same
    assert all((a.contents[:] == b.contents[:]).all() for a, b in zip(before, again, strict=True))
    Image.new("RGB", (9, 9), (1, 2, 3)).save(tmp_path / "cat" / "new.png")
    after, _, other, _ = read_image_folder(tmp_path, IMAGE)
    assert other != digest
    assert len(images(before.train) & images(after.train)) >= len(images(before.train)) - 1


def test_images_are_read_as_the_runtime_reads_them(tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 5})
    (tmp_path / "cat" / "notes.txt").write_bytes(b"no image, and not called one")
    found = read_labelled_images(tmp_path, IMAGE)
    assert found.files[0] == "bird/0.png"
    assert found.samples.contents.shape == (10, 4, 4, 3)
    assert found.samples.contents[7][0, 0].tolist() == [20, 190, 60]
    assert found.samples.labels.tolist() == [0] * 5 + [1] * 5


def test_folders_of_images_are_told_from_a_folder_of_archives(tmp_path, data_dir):
    archive = "cifar-100-python.tar.gz"
    assert not is_image_folder(None, unless=archive)
    assert not is_image_folder(tmp_path / "nowhere", unless=archive)
    assert not is_image_folder(data_dir, unless=archive)
    write_class_folders(tmp_path, {"bird": 1, "cat": 1})
    assert is_image_folder(tmp_path, unless=archive)
    (tmp_path / archive).write_bytes(b"")
    assert not is_image_folder(tmp_path, unless=archive)


def test_the_cnn_of_cifar100_learns_images_of_ones_own(tmp_path):
    write_class_folders(tmp_path / "photos", {"bird": 6, "cat": 6})
    words = ("--data-dir", tmp_path / "photos", "--epochs", 1)
    assert run_train("cifar100", "--out", tmp_path / "model", *words) == 0
    card = parse_card((tmp_path / "model" / "card.json").read_bytes())
    assert (card.name, card.output.labels) == ("pictures_cnn", ("bird", "cat"))


def test_a_class_of_too_few_images_is_refused(tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 4})
    with pytest.raises(
        DataError, match=r"each of at least 5 different samples, in .*, got 4 of 'cat' among 2"
    ):
        read_image_folder(tmp_path, IMAGE)


def test_a_class_without_images_is_refused(tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 0})
    with pytest.raises(
        DataError, match=r"Expected images in .*cat', got none: a folder of images for"
    ):
        read_image_folder(tmp_path, IMAGE)


def test_a_folder_without_class_folders_is_refused(tmp_path):
    write_class_folders(tmp_path, {"bird": 5, ".hidden": 5})
    with pytest.raises(DataError, match=r"a folder for each of at least two classes in .*, got 1"):
        read_image_folder(tmp_path, IMAGE)
    with pytest.raises(DataError, match=r"Expected a folder of images, got .*nowhere"):
        read_image_folder(tmp_path / "nowhere", IMAGE)


def test_a_damaged_image_is_named(tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 5})
    (tmp_path / "cat" / "3.png").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"3\.png"):
        read_image_folder(tmp_path, IMAGE)


def test_all_damaged_images_are_named_up_to_ten_with_their_number(tmp_path):
    write_class_folders(tmp_path, {"bird": 20, "cat": 20})
    for number in range(12):
        (tmp_path / ("bird", "cat")[number % 2] / f"{number}.png").write_bytes(b"damaged")
    with pytest.raises(InputError) as caught:
        read_image_folder(tmp_path, IMAGE)
    message = str(caught.value)
    assert message.startswith("Expected images, got 12 files that cannot be read: ")
    assert message.count(".png'") - message.partition("The first: ")[2].count(".png'") == 10
    assert " and 2 more. The first: Expected an image" in message
    assert "\n" not in message
