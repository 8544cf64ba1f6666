import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from helpers.data_sets import write_class_folders
from satchel import InputError
from satchel.bundle.image_input import ImageInput
from satchel.preprocessing import read_pixels
from satchel_train.data.image_files import FILES_AT_ONCE, read_images
from satchel_train.data.image_store import store_images
from satchel_train.errors import DataError

SHAPE = (4, 5, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (9, *SHAPE), np.uint8)


@pytest.fixture
def stored():
    return store_images(IMAGES, count=len(IMAGES), shape=SHAPE)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "satchel"


@pytest.mark.parametrize(
    "index",
    [0, -1, slice(2, 5), slice(None), slice(8, 20), np.array([7, 0, 0]), np.array([], np.intp)],
)
def test_an_index_reads_what_it_would_read_in_an_array(stored, index):
    found = stored[index]
    assert found.dtype == stored.dtype == np.uint8
    assert found.shape == IMAGES[index].shape
    assert (found == IMAGES[index]).all()


def test_a_part_of_a_part_is_still_in_the_file(stored):
    part = stored.take(np.array([8, 3, 5])).take(slice(1, None))
    assert part.shape == (2, *SHAPE)
    assert [image.tobytes() for image in part] == [IMAGES[3].tobytes(), IMAGES[5].tobytes()]


def test_a_changed_image_does_not_change_what_is_stored(stored):
    stored[:][...] = 0
    assert (stored[:] == IMAGES).all()


def test_several_threads_read_at_once(stored):
    orders = [np.random.default_rng(at).permutation(len(IMAGES)) for at in range(200)]
    with ThreadPoolExecutor(4) as pool:
        for order, found in zip(orders, pool.map(stored.__getitem__, orders), strict=True):
            assert (found == IMAGES[order]).all()


def test_the_file_has_no_name_and_leaves_nothing_behind(cache):
    stored = store_images(IMAGES, count=len(IMAGES), shape=SHAPE)
    assert (stored[:] == IMAGES).all()
    assert list(cache.iterdir()) == []


def test_too_little_room_is_said_before_anything_is_written(cache, monkeypatch):
    usage = shutil._ntuple_diskusage(100, 1, 99)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(DataError, match=r"Expected room for 0 MB of pixels in .*cache.satchel'"):
        store_images(IMAGES, count=len(IMAGES), shape=SHAPE)


def test_a_place_that_cannot_be_written_is_named(cache):
    cache.parent.write_bytes(b"a file")
    with pytest.raises(DataError, match=r"set XDG_CACHE_HOME to another place"):
        store_images(IMAGES, count=len(IMAGES), shape=SHAPE)


def test_files_are_decoded_as_the_runtime_does_and_keep_their_order(tmp_path):
    write_class_folders(tmp_path, {"bird": FILES_AT_ONCE + 3})
    paths = sorted(tmp_path.glob("*/*.png"))
    image = ImageInput(height=3, width=7, fit="crop")
    found = read_images(paths, image)
    assert found.shape == (FILES_AT_ONCE + 3, 3, 7, 3)
    expected = np.concatenate([read_pixels(path, image) for path in paths])
    assert (found[:] == expected).all()


def test_a_damaged_file_among_many_is_named(tmp_path):
    write_class_folders(tmp_path, {"bird": FILES_AT_ONCE + 3})
    (tmp_path / "bird" / "65.png").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"65\.png"):
        read_images(sorted(tmp_path.glob("*/*.png")), ImageInput(height=4, width=4))
