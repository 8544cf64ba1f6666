import io
import tarfile

import numpy as np
import pytest

from helpers.data_sets import imdb_members, write_imdb
from satchel_train.errors import DataError
from satchel_train.recipes import digits, imdb, mnist, reviews
from satchel_train.recipes.digits import data as digits_data
from satchel_train.recipes.imdb import data as imdb_data
from satchel_train.recipes.mnist import data as mnist_data
from satchel_train.recipes.reviews import data as reviews_data


def contents(samples):
    return [content if isinstance(content, str) else content.tobytes() for content in samples[0]]


def mnist_arrays():
    return {
        "x_train": np.zeros((24, 28, 28), np.uint8),
        "y_train": np.zeros(24, np.uint8),
        "x_test": np.zeros((12, 28, 28), np.uint8),
        "y_test": np.zeros(12, np.uint8),
    }


def read_mnist(folder, arrays):
    np.savez(folder / "mnist.npz", **arrays)
    return mnist_data.read_parts(folder)


def read_imdb(folder, write_imdb, members):
    write_imdb(folder / "aclImdb_v1.tar.gz", members)
    return imdb_data.read_parts(folder).parts


@pytest.mark.parametrize("recipe", [digits, imdb, mnist, reviews])
def test_the_text_of_a_recipe_says_what_it_costs(recipe):
    assert len(recipe.RECIPE.summary.split(":")) == 2


def test_the_digits_are_split_into_1097_200_and_500_with_ten_alike_in_each():
    parts, digest = digits_data.read_parts()
    sizes = [len(part.labels) for part in parts]
    assert sizes == [1097, 200, 200, 500]
    for part in parts:
        shares = np.bincount(part.labels, minlength=10) / len(part.labels)
        assert shares == pytest.approx(0.1, abs=0.01)
    # scikit-learn bundles this data: other bytes would be another split.
    assert digest.startswith("ed5d0ee6d5a61b61")


def test_the_digits_reach_from_black_to_white():
    parts, _ = digits_data.read_parts()
    assert parts.train.contents.dtype == np.uint8
    assert (parts.train.contents.min(), parts.train.contents.max()) == (0, 255)


def test_no_digit_or_review_that_calibrates_or_evaluates_is_trained_on():
    for data in (digits_data, reviews_data):
        parts, _ = data.read_parts()
        train, held_back, evaluation = (
            set(contents(part)) for part in (parts.train, parts.validation, parts.evaluation)
        )
        assert not train & held_back
        assert not train & evaluation
        assert not held_back & evaluation


def test_the_reviews_are_split_into_640_100_and_300_half_positive():
    parts, _ = reviews_data.read_parts()
    assert [len(part.labels) for part in parts] == [640, 100, 100, 300]
    assert [part.labels.mean() for part in parts] == [0.5] * 4


def test_mnist_keeps_a_twelfth_of_the_training_images_for_validation(tmp_path):
    arrays = mnist_arrays()
    arrays["x_train"] += np.arange(1, 25, dtype=np.uint8)[:, np.newaxis, np.newaxis]
    parts = read_mnist(tmp_path, arrays).parts
    assert [len(part.labels) for part in parts] == [22, 2, 2, 12]
    assert not set(contents(parts.train)) & set(contents(parts.validation))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("x_train", np.zeros((24, 8, 8), np.uint8), r"images of uint8 \(24, 8, 8\)"),
        ("x_train", np.zeros((24, 28, 28), np.float32), "images of float32"),
        ("x_test", np.zeros((0, 28, 28), np.uint8), r"images of uint8 \(0, 28, 28\)"),
        ("y_train", np.zeros(23, np.uint8), r"digits \(23,\)"),
        ("y_train", np.full(24, 10, np.uint8), "labels other than the digits 0 to 9"),
        ("y_test", np.zeros(12, np.float32), "labels other than the digits 0 to 9"),
        ("y_test", np.array([print] * 12), "Object arrays cannot be loaded"),
    ],
)
def test_other_arrays_than_those_of_mnist_are_one_line(tmp_path, name, value, reason):
    with pytest.raises(DataError, match=f"a damaged or other file: .*{reason}") as caught:
        read_mnist(tmp_path, mnist_arrays() | {name: value})
    assert "\n" not in str(caught.value)


def test_a_missing_array_is_one_line(tmp_path):
    arrays = mnist_arrays()
    del arrays["y_test"]
    with pytest.raises(DataError, match="y_test is not a file in the archive"):
        read_mnist(tmp_path, arrays)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\3\4", b"\x93NUMPY\1\0"])
def test_a_file_that_is_no_npz_is_one_line(tmp_path, content):
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"Expected the arrays .* a damaged or other file"):
        mnist_data.read_parts(tmp_path)


def test_an_array_file_under_the_name_of_mnist_is_one_line(tmp_path):
    with (tmp_path / "mnist.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="a damaged or other file"):
        mnist_data.read_parts(tmp_path)


def test_a_damaged_npz_is_one_line_wherever_it_is_cut_or_changed(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **mnist_arrays())
    content = path.read_bytes()
    for position in range(0, len(content), 97):
        path.write_bytes(content[:position])
        with pytest.raises(DataError):
            mnist_data.read_parts(tmp_path)


def test_imdb_texts_stay_as_they_are_and_unlabelled_ones_are_left_out(tmp_path):
    parts = read_imdb(tmp_path, write_imdb, imdb_members())
    texts = contents(parts.train) + contents(parts.validation)
    assert len(texts) == 40
    assert all("<br /><br />" in text for text in texts)
    for text, label in zip(contents(parts.evaluation), parts.evaluation.labels, strict=True):
        assert imdb_data.LABELS[label] == ("positive" if "wonderful" in text else "negative")


def test_imdb_is_split_alike_whatever_the_order_of_the_archive(tmp_path):
    members = imdb_members()
    forwards = read_imdb(tmp_path, write_imdb, members)
    backwards = read_imdb(tmp_path, write_imdb, dict(reversed(members.items())))
    assert [contents(part) for part in forwards] == [contents(part) for part in backwards]


def test_an_imdb_review_of_a_later_part_is_left_out_of_the_earlier_ones_and_counted(tmp_path):
    members = imdb_members() | {f"aclImdb/train/pos/{n}_9.txt": "twice" for n in range(100, 140)}
    members["aclImdb/test/pos/100_9.txt"] = "twice"
    write_imdb(tmp_path / "aclImdb_v1.tar.gz", members)
    data = imdb_data.read_parts(tmp_path)
    train, validation, calibration, evaluation = (contents(part) for part in data.parts)
    assert "twice" in evaluation
    assert "twice" not in train + validation + calibration
    assert len(train) + len(validation) == 40
    (finding,) = data.findings
    assert (finding.kind, finding.samples) == ("left_out", 40)
    validating = 80 // imdb_data.ONE_VALIDATES_OF - len(validation)
    assert f"{40 - validating} training samples" in finding.line
    assert f"{validating} validation samples" in finding.line


def test_an_imdb_review_that_validates_is_not_trained_on(tmp_path):
    members = imdb_members()
    members |= {f"aclImdb/train/pos/{n}_9.txt": f"again {n // 2}" for n in range(100, 140)}
    train, validation, *_ = map(contents, read_imdb(tmp_path, write_imdb, members))
    assert any(text.startswith("again") for text in validation)
    assert not set(train) & set(validation)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\0"])
def test_a_file_that_is_no_tar_is_one_line(tmp_path, content):
    (tmp_path / "aclImdb_v1.tar.gz").write_bytes(content)
    with pytest.raises(
        DataError, match=r"Expected the reviews .* a damaged or other file"
    ) as caught:
        imdb_data.read_parts(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_damaged_tar_is_one_line_wherever_it_is_cut(tmp_path):
    path = tmp_path / "aclImdb_v1.tar.gz"
    write_imdb(path, imdb_members())
    content = path.read_bytes()
    for position in range(0, len(content), 97):
        path.write_bytes(content[:position])
        with pytest.raises(DataError):
            imdb_data.read_parts(tmp_path)


def test_a_changed_tar_is_one_line(tmp_path):
    path = tmp_path / "aclImdb_v1.tar.gz"
    write_imdb(path, imdb_members())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError):
        imdb_data.read_parts(tmp_path)


def test_reviews_of_one_kind_only_are_refused(tmp_path):
    members = {name: text for name, text in imdb_members().items() if "/neg/" not in name}
    with pytest.raises(DataError, match="positive and negative reviews are not both there"):
        read_imdb(tmp_path, write_imdb, members)


@pytest.mark.parametrize("text", [b"caf\xe9", "x" * (1 << 20) + "y"])
def test_a_review_that_cannot_be_one_is_refused(tmp_path, text):
    members = imdb_members() | {"aclImdb/test/pos/99_9.txt": text}
    with pytest.raises(DataError, match=r"can't decode byte|99_9\.txt is no review"):
        read_imdb(tmp_path, write_imdb, members)


def test_a_link_in_place_of_a_review_is_refused(tmp_path):
    with tarfile.open(tmp_path / "aclImdb_v1.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("aclImdb/test/pos/0_9.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link, io.BytesIO())
    with pytest.raises(DataError, match=r"0_9\.txt is no review"):
        imdb_data.read_parts(tmp_path)
