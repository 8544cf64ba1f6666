"""Valid bundles, images and strings, damaged by chance: the same seed gives the same damage."""

import io
import json
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.reading import digest

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ("digits", "reviews")
KEPT = ("full_int8.tflite", "dynamic_int8.onnx")
"""Models of a bundle that is damaged thousands of times: a small one of each format"""
TOKENS = 300
"""Of its vocabulary that are kept"""

_NUMBERS = (0, 1, -1, 2, 255, 2**31 - 1, 2**31, 2**63, -(2**63), 10**30, 1e308, 5e-324, -0.0, 0.5)
_TEXTS = (
    "",
    "0",
    "../x",
    "card.json",
    "\0",
    "\ud800",
    "x" * 5000,
    "\U0001d518",
    "\u202e",
    "__class__",
)
_VALUES = (*_NUMBERS, *_TEXTS, None, True, [], {}, [[[[]]]], {"": {}}, [None], list(range(300)))
_SPANS = (1, 2, 4, 8, 16, 64, 1000)
_LETTERS = "ab Zé'ß中🙂\u0301\u202e\u200d\0\n\t\r\x0b\x85\ud800\udfff\uffff<>"


def bases() -> list[dict[str, bytes]]:
    """Return the entries of small bundles of both kinds."""
    return [_smaller(unpack((GOLDEN / f"{name}.satchel").read_bytes())) for name in NAMES]


def seal(card: dict, files: dict[str, bytes]) -> bytes:
    """Return a bundle of the card's fields and the files, their hashes written into it."""
    listed = {name: digest(content) for name, content in files.items()}
    for model in card["models"]:
        if model["file"] in files:
            model["size_bytes"] = len(files[model["file"]])
    return pack({CARD_NAME: json.dumps({**card, "files": listed}).encode(), **files})


def damaged_bundle(entries: dict[str, bytes], other: dict[str, bytes], chance: Random) -> bytes:
    """Return one of ``entries`` that somebody damaged, knowing nothing, the archive or the card."""
    way = chance.randrange(5)
    if way == 0:
        return damaged(pack(entries), chance)
    if way == 1:
        return spliced(pack(entries), pack(other), chance)
    files = dict(entries)
    if way == 2:
        files[CARD_NAME] = damaged(files[CARD_NAME], chance)
        return pack(files)
    card = json.loads(files.pop(CARD_NAME))
    if way == 3:
        listed = {name: digest(content) for name, content in files.items()}
        changed = damaged_json({**card, "files": listed}, chance)
        return pack({CARD_NAME: json.dumps(changed).encode("utf-8", "replace"), **files})
    name = chance.choice(sorted(files))
    if name.endswith(".json") and chance.random() < 0.7:
        content = json.dumps(damaged_json(json.loads(files[name]), chance))
        files[name] = content.encode("utf-8", "replace")
    else:
        files[name] = damaged(files[name], chance)
    return seal(card, files)


def damaged(content: bytes, chance: Random) -> bytes:
    """Return ``content`` with one to four bytes or pieces changed."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        span = chance.choice(_SPANS)
        way = chance.randrange(6)
        if way == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            data[at : at + span] = chance.randbytes(min(span, len(data) - at))
        elif way == 2:
            data[at : at + span] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) * span
        elif way == 3:
            del data[at : at + span]
        elif way == 4:
            data[at:at] = data[at : at + span] * chance.choice((1, 2, 50))
        elif chance.random() < 0.2:
            del data[at:]
    return bytes(data)


def spliced(first: bytes, second: bytes, chance: Random) -> bytes:
    """Return the beginning of one and the end of another."""
    return first[: chance.randrange(len(first) + 1)] + second[chance.randrange(len(second) + 1) :]


def damaged_json(value: object, chance: Random) -> object:
    """Return ``value`` with one of its fields, at any depth, replaced, dropped or added."""
    inner = list(value) if isinstance(value, dict) else list(range(len(_listed(value))))
    if not inner or chance.random() < 0.2:
        return chance.choice(_VALUES)
    at = chance.choice(inner)
    changed = dict(value) if isinstance(value, dict) else list(_listed(value))
    way = chance.random()
    if way < 0.1:
        del changed[at]
    elif way < 0.2 and isinstance(changed, dict):
        changed[str(chance.choice(_VALUES))[:50]] = chance.choice(_VALUES)
    else:
        changed[at] = damaged_json(changed[at], chance)
    return changed


def images() -> list[bytes]:
    """Return a small image in every format and mode that has a path of its own in the decoder."""
    noise = Random(7).randbytes(40 * 30 * 4)
    colour = Image.fromarray(np.frombuffer(noise, np.uint8).reshape(30, 40, 4), "RGBA")
    exif = Image.Exif()
    exif[274] = 6
    made = [
        ("PNG", colour, {}), ("PNG", colour.convert("P"), {"transparency": 3}),
        ("PNG", colour.convert("LA"), {}), ("PNG", colour.convert("I;16"), {}),
        ("JPEG", colour.convert("RGB"), {"exif": exif}), ("JPEG", colour.convert("CMYK"), {}),
        ("JPEG", colour.convert("RGB"), {"progressive": True, "icc_profile": noise[:200]}),
        ("GIF", colour.convert("P"), {"save_all": True, "append_images": [colour.convert("P")]}),
        ("BMP", colour.convert("RGB"), {}), ("BMP", colour.convert("1"), {}),
        ("TIFF", colour, {"compression": "tiff_lzw"}), ("TIFF", colour.convert("CMYK"), {}),
        ("TIFF", colour.convert("1"), {"compression": "group4"}),
        ("WEBP", colour, {"lossless": True}), ("WEBP", colour.convert("RGB"), {"exif": exif}),
    ]  # fmt: skip
    return [_encoded(image, form, options) for form, image, options in made]


def any_string(chance: Random) -> str:
    """Return a string of up to 100,000 characters of every kind."""
    length = chance.choice((0, 1, 5, 50, 500, 5000, 100_000 if chance.random() < 0.02 else 20))
    if chance.random() < 0.5:
        return "".join(chance.choices(_LETTERS, k=length))
    return "".join(map(chr, (chance.randrange(0x110000) for _ in range(min(length, 5000)))))


def _encoded(image: Image.Image, form: str, options: dict) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _listed(value: object) -> list:
    return value if isinstance(value, list) else []


def _smaller(entries: dict[str, bytes]) -> dict[str, bytes]:
    card = json.loads(entries[CARD_NAME])
    card["models"] = [model for model in card["models"] if model["file"] in KEPT]
    models = {model["file"] for model in card["models"]}
    files = {
        name: content
        for name, content in entries.items()
        if name in models or name.startswith("golden/") or name == "vocabulary.txt"
    }
    if "vocabulary.txt" in files:
        files["vocabulary.txt"] = b"".join(files["vocabulary.txt"].splitlines(True)[:TOKENS])
    return unpack(seal(card, files))
