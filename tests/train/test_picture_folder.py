import numpy as np
import pytest

from satchel import InputError
from satchel.card import ImageInput
from satchel_train.errors import DataError
from satchel_train.picture_folder import read_labelled_pictures, read_picture_folder

IMAGE = ImageInput(height=4, width=4)


def pictures(samples):
    return {picture.tobytes() for picture in samples.contents}


def test_every_class_is_in_every_part_and_no_picture_in_two(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 20, "cat": 10})
    parts, names, _ = read_picture_folder(tmp_path, IMAGE)
    assert names == ("bird", "cat")
    assert np.bincount(parts.evaluation.labels).tolist() == [4, 2]
    assert np.bincount(parts.validation.labels).tolist() == [2, 1]
    assert np.bincount(parts.train.labels).tolist() == [14, 7]
    three = [pictures(part) for part in (parts.train, parts.validation, parts.evaluation)]
    assert sum(map(len, three)) == len(set.union(*three)) == 30
    assert pictures(parts.calibration) <= pictures(parts.validation)


def test_the_split_is_the_same_again_and_the_checksum_says_if_it_may_be_another(
    write_class_folders, tmp_path
):
    write_class_folders(tmp_path, {"bird": 10, "cat": 10})
    before, _, digest = read_picture_folder(tmp_path, IMAGE)
    again, _, same = read_picture_folder(tmp_path, IMAGE)
    assert digest == same
    assert all((a.contents == b.contents).all() for a, b in zip(before, again, strict=True))
    (tmp_path / "cat" / "3.png").rename(tmp_path / "cat" / "new.png")
    assert read_picture_folder(tmp_path, IMAGE)[2] != digest


def test_pictures_are_read_as_the_runtime_reads_them(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 5})
    (tmp_path / "cat" / "notes.txt").write_bytes(b"no picture, and not called one")
    found = read_labelled_pictures(tmp_path, IMAGE)
    assert found.samples.contents.shape == (10, 4, 4, 3)
    assert found.samples.contents[7, 0, 0].tolist() == [20, 190, 60]
    assert found.samples.labels.tolist() == [0] * 5 + [1] * 5


def test_a_class_of_too_few_pictures_is_refused(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 10, "cat": 9})
    with pytest.raises(DataError, match=r"labels or more with 10 samples each in .*'cat' with 9"):
        read_picture_folder(tmp_path, IMAGE)


def test_a_class_without_pictures_is_refused(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 0})
    with pytest.raises(DataError, match=r"Expected pictures in .*cat', got none"):
        read_picture_folder(tmp_path, IMAGE)


def test_a_folder_without_class_folders_is_refused(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 5, ".hidden": 5})
    with pytest.raises(DataError, match=r"a folder for each of at least two classes in .*, got 1"):
        read_picture_folder(tmp_path, IMAGE)
    with pytest.raises(DataError, match=r"Expected a folder of pictures, got .*nowhere"):
        read_picture_folder(tmp_path / "nowhere", IMAGE)


def test_a_damaged_picture_is_named(write_class_folders, tmp_path):
    write_class_folders(tmp_path, {"bird": 5, "cat": 5})
    (tmp_path / "cat" / "3.png").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"3\.png"):
        read_picture_folder(tmp_path, IMAGE)
