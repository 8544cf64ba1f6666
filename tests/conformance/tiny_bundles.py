"""Small valid bundles of every task, whose models no engine would open, and a signed one."""

import base64
import json
from collections.abc import Mapping

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.reading import digest
from satchel.preprocessing.images import to_png
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.keys import ssh_encoding
from satchel.signatures.sshsig import Signature, format_signature, message_to_sign

GOLDEN_NAME = "golden/vectors.json"
OURS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
"""Two signers that exist for these files alone"""

_IMAGE = {
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
_BERT = {
    "satchel": 1, "name": "bert", "version": "0.0.1", "task": "text-classification",
    "requires": ["int64", "several-inputs", "tokenizer-wordpiece"],
    "input": {"kind": "text", "length": 8, "tensors": ["ids", "mask", "segments"], "tokenizer": {
        "kind": "wordpiece", "vocabulary": "vocab.txt", "lower": True, "strip_accents": True,
        "clean": True, "chinese": True, "unknown": "[UNK]", "start": "[CLS]", "end": "[SEP]",
        "pad": "[PAD]", "prefix": "##", "word_length": 100, "specials": ["[SEP]"]}},
    "output": {"kind": "labels", "labels": ["negative", "positive"], "activation": "none"},
}  # fmt: skip
_COUNTS = {
    "satchel": 1, "name": "counts", "version": "0.0.1", "task": "text-classification",
    "requires": ["tokenizer-vectorization"],
    "input": {"kind": "text", "length": 5, "tokenizer": {
        "kind": "vectorization", "vocabulary": "words.json", "unknown": 1, "split": "whitespace",
        "standardize": [{"step": "lower"}, {"step": "replace", "text": "<br />", "by": " "},
                        {"step": "replace", "characters": "[!,.]", "by": ""}],
        "ngrams": [1, 2], "output": "count"}},
    "output": {"kind": "labels", "labels": ["negative", "positive"], "activation": "sigmoid"},
}  # fmt: skip
_KERAS = {
    "satchel": 1, "name": "padded", "version": "0.0.1", "task": "text-classification",
    "requires": ["tokenizer-keras"],
    "input": {"kind": "text", "length": 5, "tokenizer": {
        "kind": "keras_tokenizer", "vocabulary": "words.json", "lower": True, "filters": "!,.",
        "unknown": 1}},
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
_PIECES = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nno\n##t\nbad\n.\n"
_WORDS = b'["", "[UNK]", "good", "not", "not bad"]'
_VOCABULARY = b"<PAD> 0\n<START> 1\n<UNKNOWN> 2\ngood 3\nGood 3\nbad 4\n"


def tiny_bundles() -> dict[str, bytes]:
    """Return small valid bundles of every task, and a signed one."""
    png = to_png(np.full((4, 6, 3), 200, np.uint8))
    painted = to_png(np.full((2, 4, 3), 100, np.uint8))
    scores = {"vectors": [{"input": "golden/0.png", "scores": [0.25, 0.5, 0.25]}]}
    words = {"vectors": [{"input": "golden/0.txt", "scores": [0.25, 0.75]}]}
    seeds = {"vectors": [{"seed": 7, "output": "golden/0-output.png"}]}
    style = {"vectors": [{"input": "golden/0.png", "output": "golden/0-output.png"}]}
    text = {"golden/0.txt": "\ufeffGood, not b\u00e4d.".encode(), "vocabulary.txt": _VOCABULARY}
    praise = {"golden/0.txt": "Good, not b\u00e4d.<br />".encode()}
    image = _bundle(_IMAGE, {"golden/0.png": png}, scores)
    rows = {"dtype": "int32", "rows": [1, 0, 2]}, {"dtype": "int64", "rows": [0, 1, 2]}
    return {
        "picture": image,
        "text": _bundle(_TEXT, text, words),
        "bert": _bundle(_BERT, {**praise, "vocab.txt": _PIECES}, words, inputs=rows),
        "counts": _bundle(_COUNTS, {**praise, "words.json": _WORDS}, words),
        "padded": _bundle(_KERAS, {**praise, "words.json": _WORDS}, words),
        "generator": _bundle(_GENERATOR, {"golden/0-output.png": painted}, seeds),
        "style": _bundle(_STYLE, {"golden/0.png": png, "golden/0-output.png": painted}, style),
        "signed": pack(signed(unpack(image), OURS)),
    }


_TENSORS = ({"dtype": "float32"}, {"dtype": "uint8", "scale": 0.00390625, "zero_point": 3})


def _bundle(
    card: dict,
    files: Mapping[str, bytes],
    golden: dict,
    *,
    inputs: tuple[dict, dict] = _TENSORS,
) -> bytes:
    """Return a bundle of two models that no engine would open."""
    models = {"float32.tflite": b"TFL3 of floats", "full_int8.onnx": b"ONNX of integers"}
    held = {**models, **files, GOLDEN_NAME: json.dumps(golden).encode()}
    listed = [
        {
            "file": name, "format": name.partition(".")[2], "scheme": name.partition(".")[0],
            "size_bytes": len(content), "input": taken, "output": given, "needs": {"web": "1.0"},
            "golden_tolerance": 0.01, "golden_tolerance_why": "a hundredth",
            "verified": verified,
        }
        for (name, content), taken, given, verified in zip(
            models.items(), inputs, _TENSORS, (_VERIFIED[card["output"]["kind"]], None), strict=True
        )
    ]  # fmt: skip
    hashes = {name: digest(content) for name, content in sorted(held.items())}
    whole = {**card, "models": listed, "golden": GOLDEN_NAME, "files": hashes}
    return pack({CARD_NAME: json.dumps(whole).encode(), **held})


def signed(entries: Mapping[str, bytes], key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return the entries with a signature of the card, in place of any other."""
    value = key.sign(message_to_sign(entries[CARD_NAME]))
    return {**entries, SIGNATURE_NAME: format_signature(Signature(point_of(key), value))}


def point_of(key: Ed25519PrivateKey) -> bytes:
    """Return the public key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def public_line(key: Ed25519PrivateKey) -> str:
    """Return the public key as OpenSSH writes it."""
    return f"ssh-ed25519 {base64.b64encode(ssh_encoding(point_of(key))).decode()}"
