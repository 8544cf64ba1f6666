"""Signed bundles, sound and forged, at readers that trust nobody, one key or two."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence

from conformance.refusal_cases import changed_card
from conformance.refusals import refusals
from conformance.tiny_bundles import OURS, THEIRS, point_of, public_line, signed
from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.reading import Bundle, check_entries
from satchel.bundle.trust import Trust
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.keys import parse_public_keys
from satchel.signatures.sshsig import Signature, format_signature

_ORDER = 2**252 + 27742317777372353535851937790883648493
_ABOVE_PRIME = (2**255 - 19 + 3).to_bytes(32, "little")
_SMALL_ORDER = (
    bytes(32),
    bytes(31) + b"\x80",
    b"\1" + bytes(31),
    (2**255 - 20).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
)
"""The eight points of which eight make the identity, in their one encoding"""
_BUT_A_CARD = {CARD_NAME: b"{"}


def signature_cases(bases: Mapping[str, bytes]) -> Iterator[dict]:
    """Yield signed bundles, the keys that are trusted, and the error.

    ``equation`` says that nothing but Ed25519's equation is wrong: a reader that is told of no key
    may leave it unchecked.
    """
    ours, theirs = public_line(OURS), public_line(THEIRS)
    whole, plain = unpack(bases["signed"]), unpack(bases["picture"])
    by_them = pack(signed(plain, THEIRS))
    for what, content in _spellings(whole[SIGNATURE_NAME]).items():
        archive = pack({**plain, SIGNATURE_NAME: content})
        yield from _case(what, bases, archive, trusted=[], equation=False)
    for what, entries in _forgeries(whole).items():
        yield from _case(what, bases, pack(entries), trusted=[], equation=True)
    incomplete = {name: content for name, content in whole.items() if name != "float32.tflite"}
    for what, content, trusted in (
        ("by our key", bases["signed"], [ours]),
        ("by one of two keys", bases["signed"], [theirs, ours]),
        ("by another key", by_them, [ours]),
        ("not signed", bases["picture"], [ours]),
        ("by a key, none is asked for", by_them, []),
        ("by our key, a file missing", pack(incomplete), [ours]),
        ("by another key, no card", pack(signed(_BUT_A_CARD, THEIRS)), [ours]),
        ("by our key, no card", pack(signed(_BUT_A_CARD, OURS)), [ours]),
    ):
        yield from _case(what, bases, content, trusted=trusted, equation=False)


def _spellings(signature: bytes) -> dict[str, bytes]:
    """Return what is no signature file, though some readers of such files would take it."""
    return {
        "nothing": b"",
        "a text": b"none\n",
        "other lines": signature.replace(b"\n", b"\n\n"),
        "no line feed at the end": signature[:-1],
        "carriage returns": signature.replace(b"\n", b"\r\n"),
        "twice": signature + signature,
        "another namespace": _exchanged(signature, b"satchel", b"satchem"),
        "another hash": _exchanged(signature, b"sha512", b"sha256"),
        "another algorithm": _exchanged(signature, b"ssh-ed25519", b"ssh-ed25518"),
        "another version": _exchanged(signature, b"SSHSIG\0\0\0\1", b"SSHSIG\0\0\0\2"),
    }


def _forgeries(whole: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return entries whose signature is one by its form, and none by its numbers."""
    value = _dearmored(whole[SIGNATURE_NAME])[-64:]
    flipped = bytes([*value[:40], value[40] ^ 1, *value[41:]])
    number = int.from_bytes(value[32:], "little") + _ORDER
    ours = point_of(OURS)

    def with_value(key: bytes, value: bytes) -> dict[str, bytes]:
        return {**whole, SIGNATURE_NAME: format_signature(Signature(key, value))}

    card = changed_card(json.loads(whole[CARD_NAME]), "version", "9.9.9")
    small = {
        f"key {at} of small order": with_value(key, key + bytes(32))
        for at, key in enumerate(_SMALL_ORDER)
    }
    return {
        "a bit of the signature": with_value(ours, flipped),
        "another key's name on it": with_value(point_of(THEIRS), value),
        "a number beyond the order": with_value(ours, value[:32] + number.to_bytes(32, "little")),
        "a card that was changed": {**whole, CARD_NAME: card},
        **small,
        "a key above the prime": with_value(_ABOVE_PRIME, _ABOVE_PRIME + bytes(32)),
    }


def _case(
    what: str,
    bases: Mapping[str, bytes],
    content: bytes,
    *,
    trusted: Sequence[str],
    equation: bool,
) -> Iterator[dict]:
    keys = [key for line in trusted for key in parse_public_keys(line.encode(), "trusted")]
    trust = Trust(tuple(keys)) if keys else None

    def read(archive: bytes) -> Bundle:
        return check_entries(unpack(archive), trust=trust)

    base = "signed" if SIGNATURE_NAME.encode() in content else "picture"
    for case in refusals(bases, base, {what: content}, read):
        yield {**case, "trusted": trusted, "equation": equation}


def _exchanged(signature: bytes, old: bytes, new: bytes) -> bytes:
    """Return the signature file with something in its blob exchanged, spelled as it should be."""
    begin, *_, end, _ = signature.split(b"\n")
    encoded = base64.b64encode(_dearmored(signature).replace(old, new))
    lines = [encoded[at : at + 70] for at in range(0, len(encoded), 70)]
    return b"\n".join([begin, *lines, end, b""])


def _dearmored(signature: bytes) -> bytes:
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))
