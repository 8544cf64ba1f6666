"""What a reader must refuse, and with which error; and what it must not.

Each file is written as edits of a valid one: where, how many bytes are dropped, what is put there.
"""

import base64
import copy
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace

import numpy as np
from card_files import cards, vocabularies
from container_files import containers
from vector_files import Vectors

from satchel.archive import CARD_NAME, SIGNATURE_NAME, pack, unpack
from satchel.bundle import Bundle, check_entries, digest
from satchel.card import parse_card
from satchel.errors import SatchelError
from satchel.golden import golden_vectors
from satchel.images import to_png
from satchel.public_key import PublicKey, parse_public_keys
from satchel.signature import Signature, format_signature, message_to_sign
from satchel.text import parse_vocabulary
from satchel.trust import Trust

MISSING = object()
MOST_BYTES = 400
"""Of an insertion: longer ones try a limit with its own size, and each port has tests for those"""

_GOLDEN = "golden/vectors.json"
_ZIPFILE = b"PK\3\4\x14"
_SAME_AGAIN = 16
"""Bytes in a row that end an edit"""
_SECRET = bytes(range(32))
_OTHER_SECRET = bytes(range(1, 33))
"""Of two signers that exist for these files alone"""

_PICTURE = {
    "satchel": 1, "name": "tiny", "version": "1.2.3", "task": "image-classification",
    "input": {"kind": "image", "height": 4, "width": 6, "fit": "crop", "background": [0, 10, 255],
              "scale": [0.5, 1, 2.0], "offset": [-1.5]},
    "output": {"kind": "labels", "labels": ["cat", "dog", "eel"], "activation": "none"},
}  # fmt: skip
_TEXT = {
    "satchel": 1, "name": "words", "version": "0.0.1", "task": "text-classification",
    "input": {"kind": "text", "length": 6, "tokenizer": {
        "kind": "regex", "delimiter": r"[^\w']+", "vocabulary": "vocabulary.txt"}},
    "output": {"kind": "labels", "labels": ["negative", "positive"], "activation": "sigmoid"},
}  # fmt: skip
_GENERATOR = {
    "satchel": 1, "name": "faces", "version": "1.0.0", "task": "image-generation",
    "input": {"kind": "latent", "length": 3},
    "output": {"kind": "image", "height": 2, "width": 4},
}  # fmt: skip
_STYLE = {
    "satchel": 1, "name": "style", "version": "1.0.0", "task": "style-transfer",
    "input": {"kind": "image", "height": 4, "width": 6},
    "output": {"kind": "image", "height": 2, "width": 4, "scale": [127.5], "offset": [127.5]},
}  # fmt: skip
_VERIFIED = {
    "labels": {"samples": 100, "accuracy": 0.97, "drop_points": 0.25, "agreement": 0.99,
               "largest_difference": 0.05, "sqnr_db": 38.5, "drop_ci95": [-0.5, 1.0]},
    "image": {"samples": 100, "psnr_db": 41.25, "worst_psnr_db": None, "largest_difference": 0.01},
}  # fmt: skip
_VOCABULARY = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\nGood 3\nbad 4\n"


def write_refusals(out: Vectors) -> None:
    """Write ``refusals.json``, and the valid bundles that its files differ from."""
    bases = _bases()
    opened = {name: check_entries(unpack(content)) for name, content in bases.items()}
    signers = [_public(secret) for secret in (_SECRET, _OTHER_SECRET)]
    out.json(
        "refusals",
        {
            "bases": [
                {
                    "name": name,
                    "file": out.binary(f"bundles/{name}.satchel", content),
                    "card": asdict(opened[name].card),
                    "digest": opened[name].card_digest,
                    "signer": opened[name].signer and opened[name].signer.fingerprint,
                }
                for name, content in bases.items()
            ],
            "bundles": list(_bundles(bases)),
            "cards": list(_card_cases(bases)),
            "golden": list(_golden(opened)),
            "vocabularies": list(_vocabularies()),
            "keys": signers,
            "signatures": list(_signatures(bases, signers)),
        },
    )


def _bases() -> dict[str, bytes]:
    """Return small valid bundles of every task, and a signed one."""
    png = to_png(np.full((4, 6, 3), 200, np.uint8))
    painted = to_png(np.full((2, 4, 3), 100, np.uint8))
    scores = {"vectors": [{"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}]}
    words = {"vectors": [{"input": "golden/0.txt", "scores": [0.25, 0.75]}]}
    seeds = {"vectors": [{"seed": 7, "output": "golden/0-output.png"}]}
    style = {"vectors": [{"input": "golden/0.png", "output": "golden/0-output.png"}]}
    text = {"golden/0.txt": "\ufeffGood, not b\u00e4d.".encode(), "vocabulary.txt": _VOCABULARY}
    picture = _bundle(_PICTURE, {"golden/0.png": png}, scores)
    return {
        "picture": picture,
        "text": _bundle(_TEXT, text, words),
        "generator": _bundle(_GENERATOR, {"golden/0-output.png": painted}, seeds),
        "style": _bundle(_STYLE, {"golden/0.png": png, "golden/0-output.png": painted}, style),
        "signed": pack(_signed(unpack(picture), _SECRET)),
    }


def _bundle(card: dict, files: Mapping[str, bytes], golden: dict) -> bytes:
    """Return a bundle of two models that no engine would open."""
    models = {"float32.tflite": b"TFL3 of floats", "full_int8.onnx": b"ONNX of integers"}
    held = {**models, **files, "golden/vectors.json": json.dumps(golden).encode()}
    tensors = {"dtype": "float32"}, {"dtype": "uint8", "scale": 0.00390625, "zero_point": 3}
    listed = [
        {
            "file": name, "format": name.partition(".")[2], "scheme": name.partition(".")[0],
            "size_bytes": len(content), "input": tensor, "output": tensor, "needs": {"web": "1.0"},
            "golden_tolerance": 0.01, "golden_tolerance_why": "a hundredth",
            "verified": verified,
        }
        for (name, content), tensor, verified in zip(
            models.items(), tensors, (_VERIFIED[card["output"]["kind"]], None), strict=True
        )
    ]  # fmt: skip
    hashes = {name: digest(content) for name, content in sorted(held.items())}
    whole = {**card, "models": listed, "golden": "golden/vectors.json", "files": hashes}
    return pack({CARD_NAME: json.dumps(whole).encode(), **held})


def _bundles(bases: Mapping[str, bytes]) -> Iterator[dict]:
    """Yield what is wrong with the file: cases 1 to 13, 22 and 25 of tests/hostile."""
    picture, text = unpack(bases["picture"]), unpack(bases["text"])
    for each in containers(picture):
        # What zipfile writes has today's date in it.
        if not each.content.startswith(_ZIPFILE):
            yield from _difference(each.what, "picture", bases, each.content, _opens)
    yield from _difference("zipped again", "picture", bases, _zipped(picture), _opens)
    changed = {
        "a bit of a model": {**picture, "float32.tflite": b"TFL3 og floats"},
        "a file from another bundle": {**picture, "golden/vectors.json": text[_GOLDEN]},
        "the card of another bundle": {**picture, CARD_NAME: text[CARD_NAME]},
        "a card that is none": {**picture, CARD_NAME: b"{}"},
        "no entries": {},
    }
    for what, entries in changed.items():
        yield from _difference(what, "picture", bases, pack(entries), _opens)
    card = json.loads(picture[CARD_NAME])
    for what, path, value in (
        ("a size that is not the file's", "models.0.size_bytes", 15),
        ("no models: a model folder's card", "models", []),
        ("no list of models", "models", MISSING),
        ("a listed signature", f"files.{SIGNATURE_NAME}", "sha256:" + "0" * 64),
    ):
        content = pack({**picture, CARD_NAME: changed_card(card, path, value)})
        yield from _difference(what, "picture", bases, content, _opens)
    for at in range(8 * len(bases["picture"])):
        # Every byte of the file once, a bit of it.
        if at % 8 == at // 8 % 8 and at // 8 % 53 == 0:
            flipped = bytearray(bases["picture"])
            flipped[at // 8] ^= 1 << at % 8
            what = f"bit {at} flipped"
            yield from _difference(what, "picture", bases, bytes(flipped), _opens)


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    """Return what a ZIP program makes of the files, on the first day of its calendar."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def _card_cases(bases: Mapping[str, bytes]) -> Iterator[dict]:
    """Yield cards that are changed in one field; refused or, where the error is null, read."""
    written = {name: unpack(content)[CARD_NAME] for name, content in bases.items()}
    values = {name: json.loads(content) for name, content in written.items()}
    for each in cards(values["picture"], values["text"]):
        base = "text" if '"words"' in each.content[:60].decode("latin-1") else "picture"
        yield from _difference(each.what, base, written, each.content, parse_card)
    for base, fields in CHANGES.items():
        for path, options in fields.items():
            for value in options:
                content = changed_card(values[base], path, value)
                what = f"{path} is {'missing' if value is MISSING else ascii(value)[:50]}"
                yield from _difference(what, base, written, content, parse_card)
    begin = written["picture"][:-1] + b', "more": '
    for what, more in SPELLINGS.items():
        yield from _difference(what, "picture", written, begin + more + b"}", parse_card)


def changed_card(card: dict, path: str, value: object) -> bytes:
    """Return the card with one field, ``models.0.input.scale``, set or removed."""
    other = copy.deepcopy(card)
    # A file's name has dots of its own.
    *folders, last = path.split(".", 1) if path.startswith("files.") else path.split(".")
    place = other
    for name in folders:
        place = place[int(name) if isinstance(place, list) else name]
    if value is MISSING:
        place.pop(last, None)
    else:
        place[last] = value
    return json.dumps(other).encode()


def _golden(opened: Mapping[str, Bundle]) -> Iterator[dict]:
    """Yield golden vectors to be read in the place of a valid bundle's own."""
    for base, options in GOLDEN_VECTORS.items():
        for content in options:
            written = content if isinstance(content, str) else json.dumps(content)
            files = {**opened[base].files, _GOLDEN: written.encode()}
            bundle = replace(opened[base], files=files)
            error = _error(lambda bundle=bundle: golden_vectors(bundle))
            yield {"base": base, "content": written, "error": error}


def _vocabularies() -> Iterator[dict]:
    special = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\n"
    accepted = {
        "no line feed at the end": special + b"good 3",
        "an id with zeros in front": special + b"good 003\n",
        "the largest id": special + b"good 999999999\n",
        "200 characters beyond 16 bits": special + "\U0001f642".encode() * 200 + b" 3\n",
        "201 of them": special + "\U0001f642".encode() * 201 + b" 3\n",
        "a byte order mark": b"\xef\xbb\xbf" + special,
        "a carriage return": special + b"good 3\r\n",
        "two spaces": special + b"good  3\n",
        "an id of other digits": special + "good \u0663\n".encode(),
        "an id with a sign": special + b"good +3\n",
        "a token of white space": special + "\u00a0 3\n".encode(),
        "a token that is a tab": special + b"\t 3\n",
    }
    for what, content in (*vocabularies(), *accepted.items()):
        if len(content) <= 1000:
            error = _error(lambda content=content: parse_vocabulary(content))
            yield {"what": what, "content": _base64(content), "error": error}


def _signatures(bases: Mapping[str, bytes], keys: Iterable[str]) -> Iterator[dict]:
    """Yield signed bundles, the keys that are trusted, and the error.

    ``equation`` says that nothing but Ed25519's equation is wrong: a reader that is told of no key
    may leave it unchecked.
    """
    ours, theirs = keys
    signed, plain = unpack(bases["signed"]), unpack(bases["picture"])
    other_card = changed_card(json.loads(plain[CARD_NAME]), "version", "9.9.9")
    value = bytearray(_value(signed))
    value[40] ^= 1
    beyond = (int.from_bytes(_value(signed)[32:], "little") + _ORDER).to_bytes(32, "little")
    point = parse_public_keys(ours.encode(), "ours")[0].point
    theirs_point = parse_public_keys(theirs.encode(), "theirs")[0].point

    def with_signature(content: bytes) -> bytes:
        return pack({**plain, SIGNATURE_NAME: content})

    def with_value(key: bytes, signature: bytes) -> bytes:
        return with_signature(format_signature(Signature(key, signature)))

    whole = signed[SIGNATURE_NAME]
    forms = {
        "nothing": b"", "a text": b"none\n", "other lines": whole.replace(b"\n", b"\n\n"),
        "no line feed at the end": whole[:-1], "carriage returns": whole.replace(b"\n", b"\r\n"),
        "twice": whole + whole, "another namespace": _blob(whole, b"satchel", b"satchem"),
        "another hash": _blob(whole, b"sha512", b"sha256"),
        "another algorithm": _blob(whole, b"ssh-ed25519", b"ssh-ed25518"),
        "another version": _blob(whole, b"SSHSIG\0\0\0\1", b"SSHSIG\0\0\0\2"),
    }  # fmt: skip
    for what, content in forms.items():
        yield from _trusted(what, bases, with_signature(content), [], equation=False)
    for what, content in {
        "a bit of the signature": with_value(point, bytes(value)),
        "another key's name on it": with_value(theirs_point, _value(signed)),
        "a number beyond the group's order": with_value(point, _value(signed)[:32] + beyond),
        "a card that was changed": pack({**signed, CARD_NAME: other_card}),
        **{f"key {at} of small order": with_value(key, key + bytes(32))
           for at, key in enumerate(_SMALL_ORDER)},
        "a key above the prime": with_value(_ABOVE_PRIME, _ABOVE_PRIME + bytes(32)),
    }.items():  # fmt: skip
        yield from _trusted(what, bases, content, [], equation=True)
    by_them = pack(_signed(plain, _OTHER_SECRET))
    for what, content, trusted in (
        ("by our key", bases["signed"], [ours]),
        ("by one of two keys", bases["signed"], [theirs, ours]),
        ("by another key", by_them, [ours]),
        ("not signed", bases["picture"], [ours]),
        ("by a key, none is asked for", by_them, []),
        ("by our key, a file missing", pack(_without(signed, "float32.tflite")), [ours]),
        ("by another key, a card that is none", pack(_signed_card(b"{", _OTHER_SECRET)), [ours]),
        ("by our key, a card that is none", pack(_signed_card(b"{", _SECRET)), [ours]),
    ):
        yield from _trusted(what, bases, content, trusted, equation=False)


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


def _trusted(
    what: str, bases: Mapping[str, bytes], content: bytes, keys: list[str], *, equation: bool
) -> Iterator[dict]:
    points = (each for key in keys for each in parse_public_keys(key.encode(), "keys"))
    trust = Trust(tuple(points)) if keys else None
    base = "signed" if SIGNATURE_NAME.encode() in content else "picture"
    for case in _difference(
        what, base, bases, content, lambda file: check_entries(unpack(file), trust=trust)
    ):
        yield {**case, "trusted": keys, "equation": equation}


def _difference(
    what: str,
    base: str,
    bases: Mapping[str, bytes],
    content: bytes,
    read: Callable[[bytes], object],
) -> Iterator[dict]:
    """Yield the case, unless it is too long for a file that everybody carries."""
    edits = _edits(bases[base], content)
    if sum(len(insert) for *_, insert in edits) <= MOST_BYTES:
        yield {
            "what": what,
            "base": base,
            "edits": [[at, drop, _base64(insert)] for at, drop, insert in edits],
            "error": _error(lambda: read(content)),
        }


def _edits(kept: bytes, content: bytes) -> list[tuple[int, int, bytes]]:
    """Return what makes ``content`` of ``kept``: where, how much is dropped, what is put there."""
    edits = []
    old = new = 0
    while True:
        same = _shared(kept[old:], content[new:])
        old, new = old + same, new + same
        if old == len(kept) and new == len(content):
            return edits
        drop, insert = _step(kept[old:], content[new:])
        edits.append((old, drop, content[new : new + insert]))
        old, new = old + drop, new + insert


def _step(kept: bytes, content: bytes) -> tuple[int, int]:
    """Return how many bytes of each to skip, the fewest together, until both agree again."""
    best = len(kept), len(content)
    for at in range(len(content) - _SAME_AGAIN + 1):
        if at >= sum(best):
            break
        found = kept.find(content[at : at + _SAME_AGAIN])
        if found >= 0 and at + found < sum(best):
            best = found, at
    return best


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes both begin with."""
    differing = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def _opens(content: bytes) -> Bundle:
    return check_entries(unpack(content))


def _error(do: Callable[[], object]) -> str | None:
    """Return the name of the error, None where there is none."""
    try:
        do()
    except SatchelError as error:
        return type(error).__name__
    return None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _public(secret: bytes) -> str:
    """Return the public key as OpenSSH writes it."""
    point = _key(secret).public_key().public_bytes_raw()
    encoding = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + point
    assert PublicKey(point) in parse_public_keys(b"ssh-ed25519 " + base64.b64encode(encoding), "")
    return f"ssh-ed25519 {_base64(encoding)}"


def _signed(entries: Mapping[str, bytes], secret: bytes) -> dict[str, bytes]:
    return {**entries, **_signed_card(entries[CARD_NAME], secret)}


def _signed_card(card: bytes, secret: bytes) -> dict[str, bytes]:
    key = _key(secret)
    value = key.sign(message_to_sign(card))
    signature = Signature(key.public_key().public_bytes_raw(), value)
    return {CARD_NAME: card, SIGNATURE_NAME: format_signature(signature)}


def _key(secret: bytes):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret)


def _value(entries: Mapping[str, bytes]) -> bytes:
    return _dearmored(entries[SIGNATURE_NAME])[-64:]


def _dearmored(signature: bytes) -> bytes:
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def _blob(signature: bytes, old: bytes, new: bytes) -> bytes:
    """Return the signature file with something in its blob exchanged, spelled as it should be."""
    begin, *_, end, _ = signature.split(b"\n")
    encoded = base64.b64encode(_dearmored(signature).replace(old, new))
    lines = [encoded[at : at + 70] for at in range(0, len(encoded), 70)]
    return b"\n".join([begin, *lines, end, b""])


def _without(entries: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {kept: content for kept, content in entries.items() if kept != name}


SPELLINGS = {
    "15 levels and a number": b"[" * 14 + b"1" + b"]" * 14,
    "16 levels, the last empty": b"[" * 15 + b"]" * 15,
    "16 levels and a number": b"[" * 15 + b"1" + b"]" * 15,
    "17 levels, the last empty": b"[" * 16 + b"]" * 16,
    "15 objects and a text": b'{"a":' * 14 + b'""' + b"}" * 14,
    "16 objects and a text": b'{"a":' * 15 + b'""' + b"}" * 15,
    "1,000 levels": b"[" * 300 + b"]" * 300,
    "the largest double": b"1.7976931348623157e308",
    "a whole number within doubles": b"1" + b"0" * 308,
    "a whole number beyond doubles": b"1" + b"0" * 309,
    "a number below doubles": b"1e-999",
    "minus 0": b"-0",
    "a zero in front": b"01",
    "a plus": b"+1",
    "a point at the end": b"1.",
    "a point in front": b".5",
    "hexadecimal": b"0x10",
    "an exponent": b"1E+2",
    "an exponent of nothing": b"1e",
    "true": b"true",
    "True": b"True",
    "None": b"None",
    "a quote of another kind": b"'a'",
    "a comma at the end": b"[1,]",
    "no comma": b"[1 2]",
    "a comment": b"1 /* one */",
    "white space of JSON": b" \t\r\n1\n",
    "another white space": b"\x0c1",
    "a non-breaking space": b"\xc2\xa01",
    "a control character in a text": b'"a\nb"',
    "an escaped control character": b'"a\\nb"',
    "a delete character in a text": b'"a\x7fb"',
    "an escape that is none": b'"\\x41"',
    "an escape that is cut": b'"\\u12"',
    "an escape with other digits": '"\\u123\u0664"'.encode(),
    "a lone surrogate": b'"\\ud800"',
    "two halves in a wrong order": b'"\\ude00\\ud83d"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong character": b'"\xc0\xaf"',
    "a character beyond Unicode": b'"\xf4\x90\x80\x80"',
    "a text without end": b'"a',
    "a key twice, deep inside": b'{"a": {"b": 1, "c": 2, "b": 1}}',
    "a key twice, spelled in two ways": b'{"a": 1, "\\u0061": 2}',
    "keys of Python's and JavaScript's": b'{"__proto__": {"name": 1}, "constructor": 2}',
    "a value behind the end": b"1} {",
}
"""Of a value that nobody knows, in a card that is valid"""

_WHOLE = (0, -1, 2.0, True, "1", None, MISSING, 10**30)
"""What is no whole number from 1 to 8192"""

CHANGES: Mapping[str, Mapping[str, tuple]] = {
    "picture": {
        "satchel": (0, 2, 1.0, True, "1", None, MISSING),
        "requires": ([], ["signature"], "x", [1], None, {}),
        "name": ("a", "A.b_c-9", "x" * 64, "x" * 65, "", "-a", ".a", "a b", "\u00e4", "a\n", 1),
        "version": ("0.0.0", "999999999.1.2", "1.0", "1.0.0.0", "1.0.0-a", "1234567890.0.0", "",
                    "1.0.\u0661", "1.0.0\n", 1.0, MISSING),
        "task": ("text-classification", "style-transfer", "classification", "", 1, MISSING),
        "input": (None, [], "image", MISSING),
        "input.kind": ("text", "latent", "Image", MISSING, 1),
        "input.height": (1, 8192, 8193, *_WHOLE),
        "input.width": (1, 8192, 8193, *_WHOLE),
        "input.fit": ("stretch", MISSING, "pad", "", None, 1),
        "input.background": (MISSING, [0, 0, 0], [255.0, 0, 0], [256, 0, 0], [-1, 0, 0],
                             [0.5, 0, 0], [0, 0], [0, 0, 0, 0], [True, 0, 0], None, "white"),
        "input.channels": (3, MISSING, 1, 2, 4, 0, 3.0, True, None),
        "input.scale": (MISSING, [1], [0.5, 1, 2], [3.3e38], [3.4e38], [0], [-0.0], [1, 0, 1],
                        [1, 1], [], ["1"], [True], 1, None, [10**40]),
        "input.offset": (MISSING, [0], [0, 0, 0], [-3.3e38], [-3.4e38], [0, 0], [], [None], 0),
        "output": (None, MISSING, []),
        "output.kind": ("image", MISSING),
        "output.labels": (["a", "b"], ["a"], [], ["a", "a"], ["a", ""], ["a", " "], ["a", 1],
                          ["a", "b\nc"], ["a", "\x7f"], ["a", "\x80"], ["a", "\u2028"],
                          ["a", "\u202e"], ["a", "\u2069"], ["a", "\u200f"], ["a", "\ud800"],
                          ["a", "\U0001f642"], ["a", "\ufeff"], ["a", "\u00a0"], ["a", "\u3000"],
                          ["a", " b "], ["a", "A"], ["e\u0301", "\u00e9"], "ab", None, MISSING),
        "output.activation": ("softmax", "sigmoid", "relu", None, MISSING),
        "models": ({}, None, [1], [None]),
        "models.0.file": ("full_int8.onnx", "other.tflite", "", 1, None, MISSING),
        "models.0.format": ("onnx", "pb", "TFLITE", None, MISSING),
        "models.0.scheme": ("a", "x" * 40, "x" * 41, "", "Float32", "a-b", "a\n", MISSING),
        "models.0.size_bytes": (1, 1 << 40, (1 << 40) + 1, 0, -1, 14.0, "14", True, MISSING),
        "models.0.input": (None, {}, MISSING),
        "models.0.input.dtype": ("uint8", "int8", "int32", "float16", "string", None, MISSING),
        "models.1.input.scale": (MISSING, 1, 1.2e-38, 3e38, 1.1e-38, 3.1e38, 0, -1, 10**40, True,
                                 None, "1"),
        "models.1.input.zero_point": (MISSING, 0, 255, 256, -1, 1.0, True, None, "0"),
        "models.0.input.zero_point": (0, 1),
        "models.1.output": ({"dtype": "int8", "zero_point": -128},
                            {"dtype": "int8", "zero_point": 127},
                            {"dtype": "int8", "zero_point": -129},
                            {"dtype": "int8", "zero_point": 128}),
        "models.0.needs": ({}, MISSING, {"onnx": "1"}, {"a_b": "1.2.3.4"}, {"a": "1.2.3.4.5"},
                           {"a": ""}, {"a": ">=1"}, {"a": "1."}, {"a": 1.0}, {"a": "1\n"},
                           {"A": "1"}, {"": "1"}, {"x" * 41: "1"}, {"a": "1234567890"}, [], None),
        "models.0.golden_tolerance": (0, 1, 0.5, -0.1, 1.1, True, "0", None, MISSING),
        "models.0.golden_tolerance_why": ("", 1, None, MISSING),
        "models.0.verified": (None, MISSING, {}, [], 1),
        "models.0.verified.samples": (0, 1.0, MISSING),
        "models.0.verified.accuracy": (0, 1, 1.01, -0.01, "1", MISSING),
        "models.0.verified.drop_points": (-100, 100, 101, MISSING),
        "models.0.verified.agreement": (1.5, MISSING),
        "models.0.verified.largest_difference": (2, MISSING),
        "models.0.verified.sqnr_db": (None, MISSING, 1000, 1001, "high"),
        "models.0.verified.drop_ci95": (MISSING, [], [0, 1], [1], [0, 1, 2], ["0", "1"], None),
        "golden": (MISSING, "golden/0.png", "other.json", 1, None, ""),
        "files": (MISSING, [], None),
        "files.float32.tflite": ("sha256:" + "0" * 64, "sha256:" + "A" * 64, "sha256:" + "0" * 63,
                                 "md5:" + "0" * 32, "0" * 64, "", None, MISSING),
        "provenance": ({}, {"a": [1, {"b": None}]}, MISSING, [], None, "x"),
        "unknown": (1, {"a": [True]}, None),
    },
    "text": {
        "input.length": (1, 65_536, 65_537, *_WHOLE),
        "input.tokenizer": (None, "regex", MISSING),
        "input.tokenizer.kind": ("bpe", MISSING),
        "input.tokenizer.delimiter": (1, None, MISSING),
        "input.tokenizer.vocabulary": ("labels.txt", "other.txt", "golden/0.txt", "vocabulary",
                                       "Vocabulary.txt", "../vocabulary.txt", None, MISSING),
        "output.labels": (["a", "b", "c"],),
        "task": ("image-classification",),
    },
    "generator": {
        "input.length": (1, 65_536, 65_537, *_WHOLE),
        "input.kind": ("image", MISSING),
        "output.height": (1, 8192, 8193, *_WHOLE),
        "output": ({"kind": "image", "height": 4096, "width": 4096},
                   {"kind": "image", "height": 4096, "width": 4097},
                   {"kind": "labels", "labels": ["a", "b"], "activation": "none"}),
        "output.channels": (1, 3, 2),
        "output.scale": ([1], [1, 2, 3], [0], [1, 1], 1),
        "output.offset": ([1], [1, 2, 3], [1, 1], None),
        "models.0.verified.psnr_db": (None, MISSING, 1000, 1001, "high"),
        "models.0.verified.samples": (0, MISSING),
        "task": ("style-transfer", "image-classification"),
    },
    "style": {"task": ("image-generation", "image-classification"), "input.channels": (1,)},
}  # fmt: skip
"""By base and field, values within and beyond its range"""

_PICTURE_VECTOR = {"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}
_STYLE_VECTOR = {"input": "golden/0.png", "output": "golden/0-output.png"}
_SEED_VECTOR = {"seed": 7, "output": "golden/0-output.png"}

GOLDEN_VECTORS: Mapping[str, tuple] = {
    "picture": (
        {"vectors": [_PICTURE_VECTOR]},
        {"vectors": [_PICTURE_VECTOR, {**_PICTURE_VECTOR, "more": 1}], "more": 2},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, 0]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, 1.1]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, -0.1]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, True]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, None]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": [0, 1, 10**100]}]},
        {"vectors": [{**_PICTURE_VECTOR, "scores": {"cat": 1}}]},
        {"vectors": [{**_PICTURE_VECTOR, "input": "golden/1.png"}]},
        {"vectors": [{**_PICTURE_VECTOR, "input": "card.json"}]},
        {"vectors": [{**_PICTURE_VECTOR, "input": None}]},
        {"vectors": [{"seed": 7, "scores": [0, 1, 0]}]},
        {"vectors": [_STYLE_VECTOR]},
        {"vectors": []}, {"vectors": {}}, {"vectors": [1]}, {"vectors": None}, {}, [], 1,
        "", "{", '{"vectors": [NaN]}', '{"vectors": [], "vectors": []}',
    ),
    "text": ({"vectors": [{"input": "golden/0.txt", "scores": [1, 0]}]},
             {"vectors": [{"input": "golden/0.txt", "scores": [1]}]}),
    "generator": (
        {"vectors": [_SEED_VECTOR, {**_SEED_VECTOR, "seed": 2**53 - 1}]},
        *({"vectors": [{**_SEED_VECTOR, "seed": seed}]}
          for seed in (0, -1, 2**53, 7.0, True, "7", None)),
        {"vectors": [{**_SEED_VECTOR, "output": "golden/1.png"}]},
        {"vectors": [{"seed": 7, "scores": [0.5, 0.5]}]},
        {"vectors": [_STYLE_VECTOR]},
    ),
    "style": ({"vectors": [_STYLE_VECTOR]}, {"vectors": [_SEED_VECTOR]},
              {"vectors": [{"input": "golden/0.png", "scores": [1, 0]}]}),
}  # fmt: skip
"""By base, the content of its file of golden vectors"""
