"""Reads inputs of a model from the body of a request: images, texts or a seed."""

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, parse_options_header

from satchel_pi.http.loaded_model import ModelInput
from satchel_pi.http.refusal import (
    INVALID_INPUT,
    MALFORMED_REQUEST,
    WRONG_MEDIA_TYPE,
    Problem,
)

JSON = "application/json"
MULTIPART = "multipart/form-data"
TEXT = "text/plain"
BYTES = "application/octet-stream"
MOST_STRUCTURE_BYTES = 65_536
"""The most bytes of a JSON body that are in no text."""
MOST_TEXTS = 1000
_STRINGS = re.compile(rb'"(?>[^"\\]+|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Matches each text of a JSON file, in one pass: also one that never ends."""


class InputKind(NamedTuple):
    """A kind of input, and its form in a request."""

    field: str
    """The name of the field with one input, in JSON and in forms."""
    fields: str
    """The name of the field with several inputs, in JSON."""
    raw: tuple[str, ...]
    """Media types of a body that is itself an input. ``image/`` stands for all that begin so."""
    from_json: Callable[[object, str], ModelInput]
    """Converts a JSON value, called by the given name, to an input; raises Problem 422."""
    from_bytes: Callable[[bytes], ModelInput]
    """Converts a body or a part of a form to an input; raises Problem 422 and 415."""


def read_inputs(
    body: bytes, content_type: str, kind: InputKind, *, most: int | None = None
) -> list[ModelInput]:
    """Return the inputs in ``body``: one input, or with ``most`` a batch of 1 to ``most``.

    Raises Problem: 400 for a body that cannot be parsed, 415 for another media type, 422 for inputs
    of another kind or number.
    """
    name, options = parse_options_header(content_type)
    media = name.decode("latin-1").lower()
    if media == JSON:
        return _from_json(body, kind, most)
    if media == MULTIPART and kind.raw:
        return _from_form(body, options.get(b"boundary", b""), kind, most)
    if most is None and any(media == raw or _stands_for(raw, media) for raw in kind.raw):
        _check_charset(media, options)
        return [kind.from_bytes(body)]
    known = [JSON, *([MULTIPART] if kind.raw else []), *(kind.raw if most is None else [])]
    words = ", ".join(f"{each}*" if each.endswith("/") else each for each in known)
    raise Problem(
        WRONG_MEDIA_TYPE, f"Expected a Content-Type of {words}, got {media[:80] or 'none'!r}."
    )


def _stands_for(raw: str, media: str) -> bool:
    return raw.endswith("/") and media.startswith(raw)


def _check_charset(media: str, options: Mapping[bytes, bytes]) -> None:
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    if media == TEXT and charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(WRONG_MEDIA_TYPE, f"Expected text in UTF-8, got charset {charset[:40]!r}.")


def _from_json(body: bytes, kind: InputKind, most: int | None) -> list[ModelInput]:
    _check_structure(body)
    try:
        # ValueError: this is not JSON, not UTF-8, or holds a number of thousands of digits.
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(
            MALFORMED_REQUEST, f"Expected JSON, got something else: {error!s:.100}."
        ) from error
    wanted = kind.field if most is None else kind.fields
    if not isinstance(value, dict) or not _is_the_input(wanted, value):
        found = _names(value) if isinstance(value, dict) else _type(value)
        raise Problem(
            INVALID_INPUT, f"Expected a JSON object with the field {wanted!r}, got {found}."
        )
    if most is None:
        return [kind.from_json(value[wanted], wanted)]
    several = value[wanted]
    if not isinstance(several, list):
        raise Problem(INVALID_INPUT, f"Expected a list as {wanted!r}, got {_type(several)}.")
    _check_count(len(several), most)
    return [kind.from_json(each, f"{wanted}[{at}]") for at, each in enumerate(several)]


def _check_structure(body: bytes) -> None:
    """Raise Problem 400 for JSON with more values than any request has, before it is parsed.

    A list in a list takes thirty times its two bytes in memory.
    """
    outside = at = count = 0
    for count, text in enumerate(_STRINGS.finditer(body), 1):
        outside += text.start() - at
        at = text.end()
        if outside > MOST_STRUCTURE_BYTES or count > MOST_TEXTS:
            break
    if outside + len(body) - at > MOST_STRUCTURE_BYTES or count > MOST_TEXTS:
        raise Problem(
            MALFORMED_REQUEST,
            f"Expected JSON of at most {MOST_TEXTS} texts, and {MOST_STRUCTURE_BYTES:,} bytes"
            " outside them, got more.",
        )


def _from_form(body: bytes, boundary: bytes, kind: InputKind, most: int | None) -> list[ModelInput]:
    parts = _parts(body, boundary, limit=most or 1)
    names = [name for name, _ in parts]
    if parts and not _is_the_input(kind.field, names):
        found = _names(dict.fromkeys(names))
        raise Problem(INVALID_INPUT, f"Expected a form of parts {kind.field!r}, got {found}.")
    parts = [each for each in parts if each[0] == kind.field]
    if most is None and len(parts) != 1:
        raise Problem(
            INVALID_INPUT, f"Expected one part {kind.field!r}, got {_many(len(parts), 1)}."
        )
    if most is not None:
        _check_count(len(parts), most)
    return [kind.from_bytes(content) for _, content in parts]


def _parts(body: bytes, boundary: bytes, *, limit: int) -> list[tuple[str, bytes]]:
    """Return the name and the content of parts, at most one more than ``limit`` of each kind."""
    parts: list[tuple[str, bytes]] = []
    counts: Counter[str] = Counter()

    def add(part: Field | File) -> None:
        name = (part.field_name or b"").decode("utf-8", "replace")
        counted = name if name in _INPUT_FIELDS else ""
        counts[counted] += 1
        # Keep one part too many, so that the count shows it; further ones are not needed.
        if counts[counted] > limit + 1:
            return
        if isinstance(part, File):
            part.file_object.seek(0)
            content = part.file_object.read()
        else:
            content = part.value or b""
        parts.append((name, content))

    # Write nothing to a disk: the body is limited, and is in memory already.
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    try:
        parser = FormParser(MULTIPART, add, add, boundary=boundary, config=config)
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Problem(
            MALFORMED_REQUEST, f"Expected a multipart form, got something else: {error}."
        ) from error
    # The parser does not notice a form that breaks off.
    if b"--" + boundary + b"--" not in body:
        raise Problem(
            MALFORMED_REQUEST, "Expected a multipart form with its last boundary, it breaks off."
        )
    return parts


def _is_the_input(wanted: str, names: Collection[str]) -> bool:
    """Return whether ``wanted`` is among the fields ``names``, and no other kind of input is.

    As in a card, a field that nobody knows is ignored.
    """
    return wanted in names and not any(name in _INPUT_FIELDS and name != wanted for name in names)


def _check_count(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise Problem(
            INVALID_INPUT, f"Expected from 1 to {most} in a batch, got {_many(count, most)}."
        )


def _many(count: int, most: int) -> str:
    return str(count) if count <= most else "more"


def _image_from_json(value: object, name: str) -> bytes:
    if not isinstance(value, str):
        raise Problem(
            INVALID_INPUT, f"Expected an image in base64 as {name!r}, got {_type(value)}."
        )
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(
            INVALID_INPUT, f"Expected base64 as {name!r}, got {value[:20]!r}…."
        ) from error


def _text_from_json(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise Problem(INVALID_INPUT, f"Expected a text as {name!r}, got {_type(value)}.")
    return value


def _text_from_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            INVALID_INPUT,
            f"Expected a text in UTF-8, got another encoding at byte {error.start}.",
        ) from error


def _seed_from_json(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem(INVALID_INPUT, f"Expected a whole number as {name!r}, got {_type(value)}.")
    return value


def _seed_from_bytes(content: bytes) -> int:
    raise Problem(WRONG_MEDIA_TYPE, f"Expected a seed as {JSON}, got {len(content):,} bytes.")


def _names(value: Mapping[str, Any]) -> str:
    return ", ".join(repr(name[:40]) for name in list(value)[:5]) or "none"


def _type(value: object) -> str:
    names = {"NoneType": "null", "dict": "object", "list": "list", "str": "text", "bool": "boolean"}
    return names.get(type(value).__name__, "number")


IMAGE = InputKind("image", "images", (BYTES, "image/"), _image_from_json, bytes)
WORDS = InputKind("text", "texts", (TEXT,), _text_from_json, _text_from_bytes)
SEED = InputKind("seed", "seeds", (), _seed_from_json, _seed_from_bytes)
_INPUT_FIELDS = frozenset(
    name for kind in (IMAGE, WORDS, SEED) for name in (kind.field, kind.fields)
)
INPUT_KINDS: Mapping[str, InputKind] = {
    "image-classification": IMAGE,
    "text-classification": WORDS,
    "image-generation": SEED,
    "style-transfer": IMAGE,
}
"""The kind of input of each task."""
