"""Cards that say what cannot be: cases 14 to 21, and hashes that are none: 23."""

import copy
import json
from collections.abc import Iterator
from typing import NamedTuple


class HostileCard(NamedTuple):
    """The bytes of a card, and what the refusal must say."""

    case: int
    what: str
    content: bytes
    says: str


def plain(card: dict) -> bytes:
    return json.dumps(card).encode()


def changed(card: dict, path: str, value: object) -> bytes:
    """Return the card with one field, ``models.0.input.scale``, set or, for ..., removed."""
    other = copy.deepcopy(card)
    *folders, last = path.split(".")
    place = other
    for name in folders:
        place = place[int(name) if isinstance(place, list) else name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return plain(other)


def cards(image: dict, text: dict) -> Iterator[HostileCard]:
    """Yield every case of a card, made of the valid ones of two bundles."""
    yield from _json(plain(image))
    for case, path, value, says in [
        (15, "satchel", 2, "update satchel"),
        (15, "satchel", "1", "satchel"),
        (15, "requires", ["teleport"], "teleport"),
        (15, "requires", ["teleport " * 1000], "teleport"),
        (15, "files", {"x" * 5000: "sha256:" + "0" * 64}, "x"),
        (15, "files", {"x" * 5000: ""}, "64 hexadecimal digits"),
        (15, "models.0.file", "x" * 5000, "got none of that name"),
        (15, "models", {}, "models"),
        (15, "models.0.file", 7, "file"),
        (15, "input", [], "input"),
        (15, "task", ..., "task"),
        (15, "input.kind", "__class__", "kind"),
        (16, "task", "__class__", "task"),
        (16, "models.0.input.dtype", "__dict__", "dtype"),
        (16, "models.0.format", "__init__", "format"),
        (16, "name", "__import__('os')", "name"),
        (18, "models.0.input.scale", 0, "scale"),
        (18, "models.0.input.scale", -0.1, "scale"),
        (18, "models.0.input.scale", 1e39, "scale"),
        (18, "models.0.output.scale", 1e-40, "scale"),
        (18, "models.0.input.zero_point", 256, "zero_point"),
        (18, "models.0.input.zero_point", -129, "zero_point"),
        (18, "models.0.input.zero_point", 0.5, "zero_point"),
        (19, "input.scale", [0.0], "scale"),
        (19, "input.scale", [1.0, 0.0, 1.0], "scale"),
        (19, "input.scale", [1e39], "scale"),
        (19, "input.offset", [1e39], "offset"),
        (20, "input.height", 10**9, "height"),
        (20, "input.width", 10**9, "width"),
        (20, "input.height", 0, "height"),
        (20, "input.width", -1, "width"),
        (20, "output.labels", [], "labels"),
        (23, "files", {"full_int8.tflite": "sha256:" + "0" * 63}, "64 hexadecimal digits"),
        (23, "files", {"full_int8.tflite": "sha256:" + "0" * 65}, "64 hexadecimal digits"),
        (23, "files", {"full_int8.tflite": "md5:" + "0" * 32}, "sha256"),
        (23, "files", {"full_int8.tflite": "sha1:" + "0" * 40}, "sha256"),
        (23, "files", {"full_int8.tflite": "sha256:" + "A" * 64}, "sha256"),
        (23, "files", {"full_int8.tflite": ""}, "sha256"),
        (23, "files", {"full_int8.tflite": None}, "sha256"),
        (23, "files", {}, "got none of that name"),
    ]:
        yield HostileCard(case, f"{path} is {value!r:.40}", changed(image, path, value), says)
    for constant in ("NaN", "Infinity", "-Infinity"):
        spelled = changed(image, "input.scale", ["@"]).replace(b'"@"', constant.encode())
        yield HostileCard(19, f"input.scale is {constant}", spelled, constant.lstrip("-"))
        spelled = changed(image, "models.0.input.scale", "@").replace(b'"@"', constant.encode())
        yield HostileCard(18, f"a tensor's scale is {constant}", spelled, constant.lstrip("-"))
    for length in (0, -1, 10**9):
        yield HostileCard(
            20, f"length is {length}", changed(text, "input.length", length), "length"
        )


def _json(good: bytes) -> Iterator[HostileCard]:
    begin = good[:-1] + b', "more": '
    for what, content, says in [
        ("nests 100,000 lists", begin + b"[" * 100_000 + b"]" * 100_000 + b"}", "plain JSON"),
        ("nests 100,000 objects", begin + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "plain JSON"),
        ("a number of 5,000 digits", begin + b"9" * 5000 + b"}", "plain JSON"),
        ("a number beyond floats", begin + b"1e999}", "too large for a double"),
        ("NaN", begin + b"NaN}", "NaN"),
        ("infinity", begin + b"-Infinity}", "Infinity"),
        ("a key twice", good[:-1] + b', "name": "other"}', "stands there twice"),
        ("a byte order mark", b"\xef\xbb\xbf" + good, "plain JSON"),
        ("UTF-16", good.decode().encode("utf-16"), "plain JSON"),
        ("Latin-1", begin + b'"\xe9"}', "plain JSON"),
        ("5 MiB", begin + b'"' + b"x" * (5 << 20) + b'"}', "4,194,304 bytes"),
        ("nothing", b"", "plain JSON"),
        ("a list", b"[]", "object"),
        ("a pickle", b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94.", "plain JSON"),
    ]:
        yield HostileCard(14, what, content, says)


def vocabularies() -> Iterator[tuple[str, bytes]]:
    """Yield every vocabulary of case 21."""
    special = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\n"
    yield "a token twice", special + b"good 3\ngood 4\n"
    yield "an empty token", special + b" 3\n"
    yield "an empty line", special + b"\ngood 3\n"
    yield "a huge token", special + b"x" * 201 + b" 3\n"
    yield "a token of 10 MB", special + b"x" * 10_000_000 + b" 3\n"
    yield "a huge id", special + b"good 99999999999\n"
    yield "a negative id", special + b"good -1\n"
    yield "an id that is none", special + b"good x\n"
    yield "no padding", special[8:] + b"good 3\n"
    yield "two million lines", special + b"\n" * 2_000_000
    yield "other bytes", special + b"\xff\xfe 3\n"
    yield "nothing", b""
