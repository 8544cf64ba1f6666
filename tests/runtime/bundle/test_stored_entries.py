"""A bundle is read as far as it is used, and nothing is used that was not checked."""

import gc
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest

from helpers.tiny_bundles import IMAGE_BUNDLE, IMAGE_FILES
from satchel import ImageClassifier
from satchel.bundle import check_files, open_bundle, reading
from satchel.bundle.open_file import OpenFile
from satchel.errors import BundleError

CHANGED = "Expected a bundle as it was packed"


def start_of(name):
    """Return the place of an entry's data in IMAGE_BUNDLE."""
    return IMAGE_BUNDLE.index(IMAGE_FILES[name], IMAGE_BUNDLE.index(name.encode()))


@pytest.fixture
def read_bytes(monkeypatch):
    """Return the places and sizes of all that is read from files."""
    read = []
    read_at = OpenFile.read_at

    def recorded(self, start, size):
        read.append((start, size))
        return read_at(self, start, size)

    monkeypatch.setattr(OpenFile, "read_at", recorded)
    return read


def test_opening_reads_the_card_and_no_file(image_path, read_bytes):
    bundle = open_bundle(image_path)
    places = {name: start_of(name) for name in IMAGE_FILES}
    assert not {start for start, _ in read_bytes} & set(places.values())
    read_bytes.clear()
    assert bundle.files["float32.tflite"] == IMAGE_FILES["float32.tflite"]
    assert read_bytes == [(places["float32.tflite"], len(IMAGE_FILES["float32.tflite"]))]


@pytest.mark.parametrize("name", sorted(IMAGE_FILES))
def test_a_flipped_bit_is_refused_before_its_entry_is_used(image_path, name):
    start = start_of(name)
    for at in range(start, start + len(IMAGE_FILES[name])):
        flipped = bytearray(IMAGE_BUNDLE)
        flipped[at] ^= 1 << at % 8
        image_path.write_bytes(flipped)
        bundle = open_bundle(image_path)
        for other in IMAGE_FILES.keys() - {name}:
            assert bundle.files[other] == IMAGE_FILES[other]
        with pytest.raises(BundleError, match=CHANGED):
            bundle.files[name]
        with pytest.raises(BundleError, match=CHANGED):
            check_files(bundle)
        with pytest.raises(BundleError, match=CHANGED):
            open_bundle(image_path, whole=True)


def test_a_flipped_bit_outside_of_the_files_is_refused_at_once(image_path):
    used = set()
    for name, content in IMAGE_FILES.items():
        used |= set(range(start_of(name), start_of(name) + len(content)))
    for at in sorted(set(range(len(IMAGE_BUNDLE))) - used):
        flipped = bytearray(IMAGE_BUNDLE)
        flipped[at] ^= 1 << at % 8
        image_path.write_bytes(flipped)
        with pytest.raises(BundleError):
            open_bundle(image_path)


def test_a_bundle_that_is_replaced_meanwhile_is_still_the_one_that_was_opened(image_path, tmp_path):
    bundle = open_bundle(image_path)
    (tmp_path / "next.satchel").write_bytes(b"another")
    (tmp_path / "next.satchel").replace(image_path)
    assert bundle.files == IMAGE_FILES


@pytest.mark.parametrize(
    "content", [b"another", IMAGE_BUNDLE[: len(IMAGE_BUNDLE) // 2], bytes(len(IMAGE_BUNDLE))]
)
def test_a_file_that_is_written_to_meanwhile_is_refused(image_path, content):
    bundle = open_bundle(image_path)
    image_path.write_bytes(content)
    with pytest.raises(BundleError, match=CHANGED):
        check_files(bundle)


def test_many_threads_read_one_bundle(image_path):
    bundle = open_bundle(image_path)
    names = sorted(IMAGE_FILES) * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(bundle.files.__getitem__, names))
    assert found == [IMAGE_FILES[name] for name in names]


@pytest.fixture
def all_are_large(monkeypatch):
    """Let a thread read a model ahead, whatever its size."""
    monkeypatch.setattr(reading, "OPENSSL_PAYS_BYTES", 0)


def test_a_model_is_read_ahead_once(image_path, read_bytes, all_are_large):
    bundle = open_bundle(image_path)
    model = bundle.card.models[0]
    read_bytes.clear()
    content = reading.read_ahead(bundle, model)
    assert content() == IMAGE_FILES[model.file]
    assert read_bytes == [(start_of(model.file), model.size_bytes)]


def test_a_small_model_is_read_without_a_thread(image_path, monkeypatch):
    bundle = open_bundle(image_path)
    model = bundle.card.models[0]
    monkeypatch.setattr(reading.Thread, "start", lambda self: pytest.fail("a thread"))
    assert reading.read_ahead(bundle, model)() == IMAGE_FILES[model.file]


def test_a_flipped_bit_in_a_model_that_is_read_ahead_is_refused(image_path, all_are_large):
    model = open_bundle(image_path).card.models[0]
    flipped = bytearray(IMAGE_BUNDLE)
    flipped[start_of(model.file)] ^= 1
    image_path.write_bytes(flipped)
    content = reading.read_ahead(open_bundle(image_path), model)
    with pytest.raises(BundleError, match=CHANGED):
        content()
    with pytest.raises(BundleError, match=CHANGED):
        ImageClassifier(image_path, model=model.file)


def test_a_file_that_is_being_read_is_closed_after_that(image_path):
    file = OpenFile(str(image_path))
    closing = Thread(target=file.close)
    with file._reading:
        closing.start()
        closing.join(0.05)
        assert file.status().st_size == len(IMAGE_BUNDLE)
    closing.join()
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.status()


@pytest.mark.skipif(sys.platform != "linux", reason="counts files as Linux lists them")
def test_the_file_is_closed_with_the_bundle(image_path):
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        open_bundle(image_path)
        with pytest.raises(BundleError):
            open_bundle(__file__)
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_another_process_gets_the_content(image_path):
    bundle = open_bundle(image_path)
    assert pickle.loads(pickle.dumps(bundle)) == bundle


def test_a_name_that_is_not_there_is_a_key_error(image_path):
    files = open_bundle(image_path).files
    assert "card.json" not in files
    with pytest.raises(KeyError):
        files["card.json"]
