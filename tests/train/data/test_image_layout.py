import shutil

import pytest

from helpers.photographs import write_photographs_of
from helpers.trainings import run_train
from satchel.bundle.image_input import ImageInput
from satchel_train.data.image_folder import read_image_folder
from satchel_train.errors import DataError

IMAGE = ImageInput(height=16, width=16)


def write_parts(folder, **sizes):
    """Write parts of two classes: the name of a part to the images of a class in it."""
    number = 0
    for part, count in sizes.items():
        for name in ("bird", "cat"):
            write_photographs_of(folder / part, {name: range(number, number + count)})
            number += count


def sizes(data):
    parts = data.parts
    return [len(part.labels) for part in (parts.train, parts.validation, parts.evaluation)]


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "val", "test"), ("Training", "VALIDATION", "Test"), ("train", "dev", "eval")],
)
def test_parts_that_the_user_made_stay_as_they_are(tmp_path, train, validation, test):
    write_parts(tmp_path, **{train: 6, validation: 3, test: 2})
    data = read_image_folder(tmp_path, IMAGE)
    assert data.names == ("bird", "cat")
    assert sizes(data) == [12, 6, 4]
    assert data.findings == []
    assert [part.labels.tolist().count(0) for part in data.parts] == [6, 3, 3, 2]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"train": 20, "test": 3}, [36, 4, 6]),
        ({"train": 20, "valid": 3}, [32, 6, 8]),
        ({"train": 20}, [28, 4, 8]),
    ],
)
def test_a_missing_part_is_taken_from_the_training_images(tmp_path, made, expected):
    write_parts(tmp_path, **made)
    assert sizes(read_image_folder(tmp_path, IMAGE)) == expected


def test_images_of_two_parts_that_the_user_made_are_named_and_stay(tmp_path):
    write_parts(tmp_path, train=6, val=3, test=3)
    shutil.copy(tmp_path / "train" / "cat" / "7.png", tmp_path / "test" / "cat" / "seven.png")
    data = read_image_folder(tmp_path, IMAGE)
    (finding,) = data.findings
    assert (finding.kind, finding.samples) == ("leaks", 1)
    assert "test/cat/seven.png = train/cat/7.png" in finding.line
    assert sizes(data) == [12, 6, 7]


def test_a_class_may_have_the_name_of_a_part(tmp_path):
    write_photographs_of(tmp_path, {"train": range(6), "bus": range(6, 12)})
    assert read_image_folder(tmp_path, IMAGE).names == ("bus", "train")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: shutil.rmtree(it / "test" / "cat"), "at least two classes in .*test'"),
        (
            lambda it: write_photographs_of(it / "test", {"dog": [50]}),
            "Expected the same class folders in 'train' and 'test' of .*, got 'dog' in 'test' but"
            " not in 'train'",
        ),
        (
            lambda it: write_photographs_of(it / "valid", {"bird": [50], "cat": [51]}),
            "Expected one folder for each part in .*, got 'val' and 'valid': join them",
        ),
        (
            lambda it: write_photographs_of(it / "more", {"bird": [50]}),
            "Expected only train, val and test folders in .*, got 'more' with images",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, change, message):
    write_parts(tmp_path, train=6, val=3, test=2)
    change(tmp_path)
    with pytest.raises(DataError, match=message):
        read_image_folder(tmp_path, IMAGE)


def test_parts_without_class_folders_are_no_classes(tmp_path):
    write_photographs_of(tmp_path, {"train": range(6), "test": range(6, 12)})
    with pytest.raises(DataError, match=r"Expected class folders in .*test', as in a folder of"):
        read_image_folder(tmp_path, IMAGE)


def test_images_in_another_layout_are_not_told_to_fetch_cifar_100(tmp_path):
    write_parts(tmp_path / "photos", train=6)
    with pytest.raises(DataError, match="a folder for each of at least two classes") as caught:
        run_train("cifar100", "--data-dir", tmp_path, "--out", tmp_path / "model")
    assert "cifar-100" not in str(caught.value)


def test_the_command_trains_on_the_parts_and_says_what_it_found(tmp_path, capsys):
    write_parts(tmp_path / "photos", train=6, val=2, test=2)
    shutil.copytree(tmp_path / "photos" / "train", tmp_path / "photos" / "test", dirs_exist_ok=True)
    words = ("--data-dir", tmp_path / "photos", "--out", tmp_path / "model", "--epochs", 1)
    assert run_train("cifar100", *words) == 0
    shown = capsys.readouterr().err
    assert "12 images that validate or evaluate are in an earlier part as well" in shown
    record = (tmp_path / "model" / "training.json").read_text()
    assert '"kind": "leaks"' in record
    assert '"samples": 12' in record
