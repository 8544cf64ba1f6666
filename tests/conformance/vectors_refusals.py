"""What a reader must refuse, and with which error; and what it must not."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator, Mapping

from conformance.refusal_cases import (
    CHANGES,
    GOLDEN_VECTORS,
    MISSING,
    SPELLINGS,
    VOCABULARIES,
    changed_card,
)
from conformance.refusals import error_of, refusals
from conformance.tiny_bundles import GOLDEN_NAME, OURS, THEIRS, public_line, tiny_bundles
from conformance.vector_files import Vectors, plain
from conformance.vectors_signatures import signature_cases
from hostile.card_files import cards, vocabularies
from hostile.container_files import containers
from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.card import parse_card
from satchel.bundle.reading import Bundle, check_entries
from satchel.preprocessing.tokenizers.regex import parse_vocabulary
from satchel.selftest.vectors import golden_vectors
from satchel.signatures import SIGNATURE_NAME

MOST_VOCABULARY_BYTES = 1000

_BY_ZIPFILE = b"PK\3\4\x14"
_BYTES_BETWEEN_FLIPS = 53


def write_refusals(out: Vectors) -> None:
    """Write ``refusals.json``, and the valid bundles that its files differ from."""
    bases = tiny_bundles()
    opened = {name: _open(content) for name, content in bases.items()}
    out.json(
        "refusals",
        {
            "bases": [_base(out, name, bases[name], bundle) for name, bundle in opened.items()],
            "bundles": [*refusals(bases, "picture", _bundles(bases), _open)],
            "cards": list(_cards(bases)),
            "golden": list(_golden(opened)),
            "vocabularies": list(_vocabularies()),
            "keys": [public_line(OURS), public_line(THEIRS)],
            "signatures": list(signature_cases(bases)),
        },
    )


def _base(out: Vectors, name: str, content: bytes, bundle: Bundle) -> dict:
    return {
        "name": name,
        "file": out.binary(f"bundles/{name}.satchel", content),
        "card": plain(bundle.card),
        "digest": bundle.card_digest,
        "signer": bundle.signer and bundle.signer.fingerprint,
    }


def _bundles(bases: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files that are not the image's bundle: cases 1 to 13, 22 and 25 of tests/hostile."""
    whole = bases["picture"]
    image, text = unpack(whole), unpack(bases["text"])
    card = json.loads(image[CARD_NAME])

    def with_card(path: str, value: object) -> bytes:
        return pack({**image, CARD_NAME: changed_card(card, path, value)})

    return {
        # What zipfile writes has today's date in it.
        **{
            each.what: each.content
            for each in containers(image)
            if not each.content.startswith(_BY_ZIPFILE)
        },
        "zipped again": _zipped(image),
        "a bit of a model": pack({**image, "float32.tflite": b"TFL3 og floats"}),
        "a file from another bundle": pack({**image, GOLDEN_NAME: text[GOLDEN_NAME]}),
        "the card of another bundle": pack({**image, CARD_NAME: text[CARD_NAME]}),
        "a card that is none": pack({**image, CARD_NAME: b"{}"}),
        "no entries": pack({}),
        "a size that is not the file's": with_card("models.0.size_bytes", 15),
        "no models: a model folder's card": with_card("models", []),
        "no list of models": with_card("models", MISSING),
        "a listed signature": with_card(f"files.{SIGNATURE_NAME}", "sha256:" + "0" * 64),
        **{
            f"bit {at % 8} of byte {at} flipped": _flipped(whole, at)
            for at in range(0, len(whole), _BYTES_BETWEEN_FLIPS)
        },
    }


def _flipped(content: bytes, at: int) -> bytes:
    return bytes([*content[:at], content[at] ^ 1 << at % 8, *content[at + 1 :]])


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    """Return what a ZIP program makes of the files, on the first day of its calendar."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def _cards(bases: Mapping[str, bytes]) -> Iterator[dict]:
    """Yield cards that are changed in one thing; refused or, where the error is null, read."""
    written = {name: unpack(content)[CARD_NAME] for name, content in bases.items()}
    values = {name: json.loads(content) for name, content in written.items()}
    for each in cards(values["picture"], values["text"]):
        base = "text" if b'"words"' in each.content[:60] else "picture"
        yield from refusals(written, base, {each.what: each.content}, parse_card)
    for base, fields in CHANGES.items():
        contents = {
            f"{path} is {'missing' if value is MISSING else ascii(value)}"[:120]: changed_card(
                values[base], path, value
            )
            for path, options in fields.items()
            for value in options
        }
        yield from refusals(written, base, contents, parse_card)
    begin = written["picture"][:-1] + b', "more": '
    spellings = {what: begin + value + b"}" for what, value in SPELLINGS.items()}
    yield from refusals(written, "picture", spellings, parse_card)


def _golden(opened: Mapping[str, Bundle]) -> Iterator[dict]:
    """Yield golden vectors to be read in the place of a valid bundle's own."""
    for base, options in GOLDEN_VECTORS.items():
        for content in options:
            written = content if isinstance(content, str) else json.dumps(content)
            files = {**opened[base].files, GOLDEN_NAME: written.encode()}
            error = error_of(golden_vectors, opened[base]._replace(files=files))
            yield {"base": base, "content": written, "error": error}


def _vocabularies() -> Iterator[dict]:
    for what, content in (*vocabularies(), *VOCABULARIES.items()):
        if len(content) <= MOST_VOCABULARY_BYTES:
            encoded = base64.b64encode(content).decode()
            error = error_of(parse_vocabulary, content)
            yield {"what": what, "content": encoded, "error": error}


def _open(content: bytes) -> Bundle:
    return check_entries(unpack(content))
