"""A byte order mark decides the encoding, and what cannot be decoded is named."""

import pytest

from satchel.errors import InputError
from satchel.preprocessing.text_encoding import decode_lines, decode_text

TEXT = "caf\xe9\n\U0001f408 cat\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_text_is_the_same_in_every_encoding_with_a_mark(encoding):
    assert decode_text(TEXT.encode(encoding), name="a.txt") == TEXT


@pytest.mark.parametrize("order", ["le", "be"])
def test_both_byte_orders_are_read(order):
    content = ("\ufeff" + TEXT).encode(f"utf-16-{order}")
    assert decode_text(content, name="a.txt") == TEXT
    assert list(decode_lines(content.splitlines(keepends=True))) == TEXT.split("\n")[:-1]


def test_the_marks_of_joined_files_are_no_part_of_a_line():
    content = "\ufeff\ufeffcat\n\ufeffdog\n".encode()
    assert decode_text(content, name="labels.txt") == "cat\ndog\n"
    assert list(decode_lines([content[:10], content[10:]])) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\ncaf\xe9", r"Expected UTF-8 in 'a.txt', got the byte 0xe9 at position 5 \(line 2\)"),
        (b"\xff\xfec\0a", r"Expected UTF-16-LE in 'a.txt', got the byte 0x61 at position 4"),
        ("cat".encode("utf-16-le"), "got a NUL at character 1 .* UTF-16 needs a byte order mark"),
        (b"cat\n\0", r"Expected text in 'a.txt', got a NUL at character 4 \(line 2\)"),
    ],
)
def test_what_cannot_be_decoded_is_named_with_its_place(content, message):
    with pytest.raises(InputError, match=message):
        decode_text(content, name="a.txt")


def test_a_broken_list_with_a_mark_is_an_error():
    with pytest.raises(InputError, match="Expected UTF-16-LE as the byte order mark of standard"):
        list(decode_lines([b"\xff\xfea\0\n", b"\0b"]))
