"""A bundle is checked as a whole before anything in it is used."""

import json
import os
import tracemalloc

import pytest

from helpers.tiny_bundles import IMAGE_BUNDLE, IMAGE_CARD, IMAGE_FILES, TEXT_BUNDLE, seal
from satchel.bundle.archive import pack, unpack
from satchel.bundle.card import card_to_json
from satchel.bundle.hashing import digest
from satchel.bundle.image_input import ImageInput
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError, CardError
from satchel.preprocessing.tokenizers.regex import open_tokenizer


def refusal(path):
    """Return the message with which the bundle is refused."""
    with pytest.raises(BundleError) as caught:
        open_bundle(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


def test_a_bundle_holds_its_card_and_every_listed_file(image_path):
    bundle = open_bundle(image_path)
    assert bundle.files == IMAGE_FILES
    assert bundle.card._replace(files={}) == IMAGE_CARD


def test_a_path_may_be_a_string(image_path):
    assert open_bundle(str(image_path)).files == IMAGE_FILES


def test_a_folder_of_the_same_files_is_the_same_bundle(folder, image_path):
    assert open_bundle(folder) == open_bundle(image_path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path):
    message = refusal(tmp_path / "missing.satchel")
    assert "missing.satchel" in message
    assert "No such file" in message


def test_a_path_too_long_for_the_system_is_refused():
    refusal("x" * 5000)


def test_a_path_with_a_nul_in_it_is_refused():
    refusal("a\0b")


def test_a_bundle_beyond_the_size_limit_is_not_read_in_full(image_path, monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_ARCHIVE_BYTES", 100)
    assert "at most 100 bytes" in refusal(image_path)


def peak_bytes(read):
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bundle_costs_the_memory_of_its_own_size_alone(image_path, tmp_path):
    empty = tmp_path / "empty.satchel"
    empty.touch()
    # A tiny bundle is some kilobytes, read a mebibyte at a time; the largest may be a gibibyte.
    assert peak_bytes(lambda: open_bundle(image_path)) < 2 << 20
    assert peak_bytes(lambda: refusal(empty)) < 2 << 20


def test_an_archive_without_a_card_is_refused(tmp_path):
    path = tmp_path / "bare.satchel"
    path.write_bytes(pack({"a": b"1"}))
    assert "card.json" in refusal(path)


def test_an_empty_folder_is_refused(tmp_path):
    assert "card.json" in refusal(tmp_path)


def test_a_listed_file_that_is_missing_is_refused(load):
    for name in unpack(IMAGE_BUNDLE).keys() - {"card.json"}:
        entries = unpack(IMAGE_BUNDLE)
        del entries[name]
        with pytest.raises(BundleError, match=f"'{name}' is missing"):
            load(pack(entries))


@pytest.mark.parametrize("name", ["extra", "0", "golden/1.png", "card.json.bak", "zz/zz"])
def test_a_file_that_is_not_listed_is_refused(load, name):
    with pytest.raises(BundleError, match=f"'{name}' is in the bundle but not in the card"):
        load(pack({**unpack(IMAGE_BUNDLE), name: b"x"}))


def test_a_file_with_other_content_is_refused_by_its_name(load):
    for name in unpack(IMAGE_BUNDLE).keys() - {"card.json"}:
        entries = unpack(IMAGE_BUNDLE)
        entries[name] = bytes(len(entries[name]))
        with pytest.raises(BundleError, match=f"Expected '{name}' with sha256:"):
            load(pack(entries))


def test_files_mixed_from_two_valid_bundles_are_refused(load):
    mixed = {**unpack(IMAGE_BUNDLE), "float32.tflite": unpack(TEXT_BUNDLE)["float32.tflite"]}
    with pytest.raises(BundleError, match=r"float32\.tflite"):
        load(pack(mixed))


def test_a_card_that_lists_itself_is_refused(load):
    entries = unpack(IMAGE_BUNDLE)
    fields = json.loads(entries["card.json"])
    fields["files"]["card.json"] = digest(entries["card.json"])
    with pytest.raises(BundleError, match=r"card\.json"):
        load(pack({**entries, "card.json": json.dumps(fields).encode()}))


@pytest.mark.parametrize("difference", [-1, 1, 1 << 30])
def test_a_model_of_another_size_than_its_entry_says_is_refused(load, difference):
    first, second = IMAGE_CARD.models
    wrong = first._replace(size_bytes=first.size_bytes + difference)
    with pytest.raises(BundleError, match=r"bytes in 'float32\.tflite'"):
        load(seal(IMAGE_CARD._replace(models=(wrong, second)), IMAGE_FILES))


def test_a_model_folders_card_makes_no_bundle(load):
    bare = card_to_json(IMAGE_CARD._replace(models=(), golden=None, files={}))
    with pytest.raises(CardError, match="is it a model folder"):
        load(pack({"card.json": bare}))


def test_a_card_that_is_no_card_is_a_card_error(load):
    with pytest.raises(CardError):
        load(pack({"card.json": b"{}"}))


def test_a_changed_file_in_a_bundle_folder_is_refused(folder):
    (folder / "float32.tflite").write_bytes(b"TFL3 of others")
    assert "'float32.tflite'" in refusal(folder)


def test_a_missing_file_in_a_bundle_folder_is_refused(folder):
    (folder / "golden" / "0.png").unlink()
    assert "'golden/0.png' is missing" in refusal(folder)


@pytest.mark.parametrize("name", [".DS_Store", "golden/extra.png", "UPPER", "a\\b"])
def test_a_file_that_is_not_listed_in_a_bundle_folder_is_refused(folder, name):
    (folder / name).write_bytes(b"")
    assert "is in the bundle but not in the card" in refusal(folder)


def test_a_link_in_a_bundle_folder_is_refused_even_to_the_right_content(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (folder / "float32.tflite").rename(elsewhere)
    (folder / "float32.tflite").symlink_to(elsewhere)
    assert "the link 'float32.tflite'" in refusal(folder)


def test_a_linked_folder_in_a_bundle_folder_is_refused(folder, tmp_path):
    (folder / "golden").rename(tmp_path / "golden")
    (folder / "golden").symlink_to(tmp_path / "golden")
    assert "the link 'golden'" in refusal(folder)


def test_a_link_back_into_the_bundle_folder_ends_in_a_refusal(folder):
    (folder / "loop").symlink_to(folder)
    refusal(folder)


def test_a_pipe_in_a_bundle_folder_is_refused(folder):
    os.mkfifo(folder / "pipe")
    refusal(folder)


def test_too_many_files_in_a_bundle_folder_are_refused(folder, monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_ENTRIES", 3)
    assert "at most 3 files" in refusal(folder)


def test_a_bundle_folder_is_limited_in_its_sum(folder, monkeypatch):
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    monkeypatch.setattr("satchel.limits.MAX_ARCHIVE_BYTES", max(sizes))
    refusal(folder)


def test_open_tokenizer_reads_the_cards_vocabulary(load):
    bundle = load(TEXT_BUNDLE)
    tokenizer = open_tokenizer(bundle.card.input, bundle.files)
    assert tokenizer("Good, not bad").tolist() == [[1, 3, 2, 4, 0, 0]]


def test_digest_is_the_sha_256_that_every_tool_gives():
    # FIPS 180-2's example for "abc".
    assert digest(b"abc") == (
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_a_bundle_for_grey_input_says_so_in_its_requirements(load):
    grey = IMAGE_CARD._replace(input=ImageInput(height=4, width=6, channels=1))
    sealed = seal(grey, IMAGE_FILES)
    assert load(sealed).card.input.channels == 1
    assert json.loads(unpack(sealed)["card.json"])["requires"] == ["grey"]


def test_a_file_that_is_no_bundle_is_named_once(tmp_path):
    (tmp_path / "x.satchel").write_bytes(b"nothing")
    with pytest.raises(BundleError) as caught:
        open_bundle(tmp_path / "x.satchel")
    assert str(caught.value) == (
        "Expected a .satchel bundle, got a file that begins with b'nothing'."
    )
