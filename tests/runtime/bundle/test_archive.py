"""The container: one spelling of a ZIP file, and everything else refused."""

import io
import json
import os
import struct
import zipfile

import pytest
from hypothesis import given, strategies as st

from helpers.tiny_bundles import IMAGE_BUNDLE, IMAGE_CARD
from satchel import limits
from satchel.bundle.archive import ALIGNMENT, pack, unpack
from satchel.bundle.card import card_to_json
from satchel.bundle.hashing import digest
from satchel.errors import BundleError, SatchelError
from satchel.tasks.image_classification import ImageClassifier

SEGMENTS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
ENTRIES = st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=8)
SMALL = {"card.json": b"{}", "a": b"", "folder/b.bin": bytes(range(256))}


def refusal(archive):
    """Return the message with which ``archive`` is refused."""
    with pytest.raises(BundleError) as caught:
        unpack(archive)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


def zip_of(entries, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


@given(ENTRIES)
def test_unpack_returns_what_pack_was_given(entries):
    assert unpack(pack(entries)) == entries


@given(ENTRIES)
def test_the_standard_zipfile_reads_a_bundle_and_finds_no_damage(entries):
    with zipfile.ZipFile(io.BytesIO(pack(entries))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == entries


@given(ENTRIES)
def test_every_entry_begins_at_a_multiple_of_the_alignment(entries):
    packed = pack(entries)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for info in archive.infolist():
            name_length, extra_length = struct.unpack_from("<2H", packed, info.header_offset + 26)
            start = info.header_offset + 30 + name_length + extra_length
            assert start % ALIGNMENT == 0
            assert packed[start : start + info.file_size] == entries[info.filename]


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_same_entries_give_the_same_bytes_in_whatever_order(entries, random):
    items = list(entries.items())
    random.shuffle(items)
    assert pack(dict(items)) == pack(entries)


def test_the_card_comes_first_and_the_others_by_name():
    packed = pack({"b": b"2", "a": b"1", "card.json": b"{}", "0": b"0"})
    assert list(unpack(packed)) == ["card.json", "0", "a", "b"]


def test_an_archive_carries_no_date_and_no_comment():
    with zipfile.ZipFile(io.BytesIO(pack(SMALL))) as archive:
        assert archive.comment == b""
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.fixture
def smallest():
    """Return a bundle of one model, whose card is as short as it gets."""
    fields = json.loads(card_to_json(IMAGE_CARD))
    model = {**fields["models"][0], "size_bytes": 1, "golden_tolerance_why": ""}
    del fields["golden"], model["verified"]
    fields |= {"models": [model], "files": {model["file"]: digest(b"m")}, "provenance": {}}
    card = json.dumps(fields, separators=(",", ":")).encode()
    return pack({"card.json": card, model["file"]: b"m"})


def test_every_single_bit_that_flips_is_refused_before_an_engine_is_opened(
    tmp_path, load, smallest, no_engine_may_open
):
    load(smallest)
    path = tmp_path / "flipped.satchel"
    path.write_bytes(smallest)
    accepted = []
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(smallest):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([byte ^ 1 << bit]), at)
                try:
                    ImageClassifier(path)
                except BundleError:
                    continue
                accepted.append((at, bit))
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert accepted == []
    assert path.read_bytes() == smallest


@pytest.fixture(scope="module")
def large():
    return pack({"card.json": b"{}", "model.tflite": bytes(range(256)) * 4000, "z": b"end"})


@given(data=st.data())
def test_any_byte_of_a_large_bundle_that_changes_is_refused(large, data):
    at = data.draw(st.integers(0, len(large) - 1))
    other = data.draw(st.integers(1, 255))
    refusal(large[:at] + bytes([large[at] ^ other]) + large[at + 1 :])


def test_a_bundle_cut_short_at_any_byte_is_refused():
    for length in range(len(IMAGE_BUNDLE)):
        refusal(IMAGE_BUNDLE[:length])


@given(st.binary(min_size=1, max_size=100))
def test_bytes_before_or_behind_a_bundle_are_refused(more):
    packed = pack(SMALL)
    refusal(packed + more)
    refusal(more + packed)


def test_a_bundle_appended_to_itself_is_refused():
    refusal(pack(SMALL) * 2)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_with_the_typed_error(content):
    refusal(content)
    refusal(b"PK\3\4" + content)


@given(st.integers(0, 3), st.binary(min_size=1, max_size=8), st.integers(0, 60))
def test_overwritten_header_fields_are_refused(entry, field, at):
    packed = bytearray(pack({"card.json": b"{}", "a": b"1", "b": b"2", "c": b"3"}))
    start = [index for index in range(len(packed)) if packed[index : index + 4] == b"PK\3\4"][entry]
    before = bytes(packed)
    packed[start + at : start + at + len(field)] = field
    if bytes(packed) != before:
        refusal(bytes(packed))


@pytest.mark.parametrize(
    "name",
    [
        "../x", "a/../../x", "..", ".", "./a", "/etc/passwd", "a/", "a//b", "c:/x", "c:x", "\\x",
        "a\\b", "\\\\server\\share", "Card.json", "MODEL.TFLITE", "a\0b", "a\nb", "a\n", "a b",
        "", ".hidden", "-option", "_a", "é", "\u212a", "\uff41", "a\u0301",
    ],
)  # fmt: skip
def test_names_that_could_leave_the_folder_or_have_a_twin_are_refused(name):
    with pytest.raises(BundleError, match=r"^Expected a name of a-z") as caught:
        pack({name: b"x"})
    assert "\n" not in str(caught.value)
    # The reader as well, whoever wrote the file.
    if name:
        refusal(zip_of({name: b"x"}))
        spelled = name.encode()
        refusal(pack({"y" * len(spelled): b"x"}).replace(b"y" * len(spelled), spelled))


def test_a_name_one_letter_too_long_is_refused_when_written_and_when_read(monkeypatch):
    entries = {"x" * (limits.MAX_NAME_LENGTH + 1): b"1"}
    with pytest.raises(BundleError, match=r"^Expected a name"):
        pack(entries)
    with monkeypatch.context() as patch:
        patch.setattr("satchel.limits.MAX_NAME_LENGTH", limits.MAX_NAME_LENGTH + 1)
        packed = pack(entries)
    assert refusal(packed).startswith("Expected a name")


def test_the_longest_name_is_accepted():
    entries = {"x" * limits.MAX_NAME_LENGTH: b"1"}
    assert unpack(pack(entries)) == entries


def test_a_name_that_comes_twice_is_refused():
    # The same length, so that only the name says that they are one.
    packed = pack({"aa": b"first", "bb": b"second"})
    assert "'aa' out of place" in refusal(packed.replace(b"bb", b"aa"))


def test_entries_out_of_order_are_refused():
    packed = pack({"aa": b"1", "bb": b"2"})
    assert "out of place" in refusal(packed.replace(b"aa", b"cc"))


def test_a_zip_of_another_program_is_refused_with_one_line():
    assert "zipped again" in refusal(zip_of(SMALL))


def test_a_compressed_entry_is_refused():
    refusal(zip_of({"card.json": b"{}" * 1000}, zipfile.ZIP_DEFLATED))


def test_a_compression_bomb_is_refused_and_never_inflated():
    refusal(zip_of({"card.json": bytes(50_000_000)}, zipfile.ZIP_DEFLATED))


def test_an_encrypted_entry_is_refused():
    packed = bytearray(pack({"card.json": b"{}"}))
    packed[6] |= 1
    packed[packed.index(b"PK\1\2") + 8] |= 1
    refusal(bytes(packed))


def test_a_lying_size_is_refused_without_being_allocated():
    packed = bytearray(pack({"card.json": b"{}"}))
    for at in (18, packed.index(b"PK\1\2") + 20):
        packed[at : at + 8] = b"\xfe\xff\xff\xff" * 2
    refusal(bytes(packed))


def test_the_most_entries_fit_and_one_more_is_refused():
    names = [f"{number:04}" for number in range(limits.MAX_ENTRIES + 1)]
    most = dict.fromkeys(names[:-1], b"")
    assert unpack(pack(most)) == most


def test_pack_never_writes_what_unpack_refuses_for_too_many_entries():
    with pytest.raises(BundleError, match=f"{limits.MAX_ENTRIES}"):
        pack({f"{number:04}": b"" for number in range(limits.MAX_ENTRIES + 1)})


def test_unpack_refuses_one_entry_too_many(monkeypatch):
    packed = pack({"a": b"", "b": b"", "c": b""})
    monkeypatch.setattr("satchel.limits.MAX_ENTRIES", 2)
    assert "at most 2 entries" in refusal(packed)


def test_a_bundle_beyond_the_size_limit_is_not_written(monkeypatch):
    monkeypatch.setattr("satchel.limits.MAX_ARCHIVE_BYTES", 500)
    pack({"a": b"1"})
    with pytest.raises(BundleError, match="at most 500 bytes"):
        pack({"a": bytes(500)})


@pytest.mark.parametrize(
    "content", [b"", b"P", b"hello", b"\x89PNG\r\n\x1a\n", b"PK\5\6" + bytes(18), b"\x1f\x8b\x08"]
)
def test_a_file_that_is_no_zip_is_told_by_its_first_bytes(content):
    assert f"begins with {content[:8]!r}" in refusal(content)


def test_every_refusal_is_one_of_ours():
    assert issubclass(BundleError, SatchelError)
    assert issubclass(SatchelError, ValueError)
