"""Write chance inputs and what the runtime makes of each, for a port to be compared with.

    make differential COUNT=10000 SEED=1

The conformance vectors try what somebody thought of; this finds the rest.
"""

import argparse
import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from conformance.chance_texts import tokenizers
from conformance.refusals import error_of
from conformance.tiny_bundles import tiny_bundles
from hostile.mutations import damaged, damaged_bundle, damaged_json
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import Card, parse_card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.reading import Bundle, check_entries
from satchel.errors import CardError
from satchel.preprocessing.images import read_pixels
from satchel.preprocessing.tokenizers.regex import compile_delimiter

MOST_BYTES = 20_000
"""Of a damaged file: larger ones try no more"""
TEXTS = 4
"""For each delimiter"""
_ITEMS = (
    r"\w", r"\W", r"\s", r"\d", r"\D", r"\]", r"\[", r"\^", r"\\", r"\-", "-", "^", "a-z", "0-9",
    "A-Z", "'", " ", ".", "\u00e9", "\U0001f642", "\u4e2d", "\t", "\n", "\0", "|", "&", "~", "$",
    "(", "/", "a", "z", "_", "\x01", "\ud800",
)  # fmt: skip
_LETTERS = (
    "ab Z\u00e9'\u00df\u4e2d\U0001f642\u0301\u202e\u200d\0\n\t\r\v\x85\xa0\ufeff\uffff\ud800"
    "<>-^[]\\|~$_09"
)
"""Of lone surrogates a first half alone: a second one behind it would make a whole in UTF-16"""


def main() -> None:
    """Write the file that ``--out`` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="of each kind of input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    cases = chance_cases(args.count, args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(cases))
    print(", ".join(f"{len(made):,} {kind}" for kind, made in cases.items()))


def chance_cases(count: int, seed: int) -> dict[str, list[dict]]:
    """Return up to ``count`` cases of each kind, the same for the same seed."""
    chance = Random(seed)
    kinds = {
        "bundles": bundles,
        "cards": cards,
        "delimiters": delimiters,
        "tokenizers": tokenizers,
        "resizes": resizes,
    }
    return {kind: list(make(count, chance)) for kind, make in kinds.items()}


def bundles(count: int, chance: Random) -> Iterator[dict]:
    """Yield bundles that somebody damaged, knowing nothing, with the runtime's error, if any."""
    valid = [unpack(content) for content in tiny_bundles().values()]
    for _ in range(count):
        content = damaged_bundle(chance.choice(valid), chance.choice(valid), chance)
        if len(content) <= MOST_BYTES:
            error = error_of(_open, content)
            yield {"content": base64.b64encode(content).decode(), "error": error}


def cards(count: int, chance: Random) -> Iterator[dict]:
    """Yield cards with a field or two, and now and then a few bytes, changed."""
    valid = [json.loads(unpack(content)[CARD_NAME]) for content in tiny_bundles().values()]
    for _ in range(count):
        card = damaged_json(chance.choice(valid), chance)
        content = json.dumps(card).encode("utf-8", "replace")
        if chance.random() < 0.2:
            content = damaged(content, chance)
        if len(content) <= MOST_BYTES:
            error = error_of(_parse, content)
            yield {"content": base64.b64encode(content).decode(), "error": error}


def delimiters(count: int, chance: Random) -> Iterator[dict]:
    """Yield classes of characters, most of them delimiters, and texts with their tokens."""
    for _ in range(count):
        items = "".join(chance.choices(_ITEMS, k=chance.randint(0, 6)))
        delimiter = f"[{chance.choice(('', '^'))}{items}]+"
        error = error_of(compile_delimiter, delimiter)
        texts = [] if error else ["".join(chance.choices(_LETTERS, k=25)) for _ in range(TEXTS)]
        yield {
            "delimiter": delimiter,
            "error": error,
            "texts": texts,
            "tokens": [list(filter(None, compile_delimiter(delimiter).split(t))) for t in texts],
        }


def resizes(count: int, chance: Random) -> Iterator[dict]:
    """Yield sizes, and the checksum of what ``pixels_of`` makes at a model's size."""
    for _ in range(count):
        long = chance.random() < 0.3
        height, width = chance.randint(1, 2000 if long else 60), chance.randint(1, 60)
        if chance.random() < 0.5:
            height, width = width, height
        seed = chance.randrange(1 << 31)
        input_spec = ImageInput(
            height=chance.randint(1, 80),
            width=chance.randint(1, 80),
            fit=chance.choice(("crop", "letterbox", "stretch")),
        )
        found = read_pixels(pixels_of(height, width, seed), input_spec)
        yield {
            "size": [height, width],
            "seed": seed,
            "to": [input_spec.height, input_spec.width],
            "fit": input_spec.fit,
            "crc32": zlib.crc32(found.tobytes()),
        }


def pixels_of(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Return pixels that look like chance and need 32-bit integers alone, uint8 (h, w, 3)."""
    at = np.arange(3 * height * width, dtype=np.uint32)
    mixed = at * np.uint32(2654435761) + np.uint32(seed)
    return (
        ((mixed ^ mixed >> np.uint32(15)) & np.uint32(255))
        .astype(np.uint8)
        .reshape(height, width, 3)
    )


def _open(content: bytes) -> Bundle:
    return check_entries(unpack(content))


def _parse(content: bytes) -> Card:
    card = parse_card(content)
    if not card.models:
        raise CardError("Expected the card of a bundle, got a model folder's.")
    return card


if __name__ == "__main__":
    main()
