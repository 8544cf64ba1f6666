"""How many forged bundles a device opens, with and without trust: single bits, flipped at random.

    .venv/bin/python benchmarks/signature_flips.py tests/golden/digits.satchel [--flips 10000]

The bundle is signed with a new key. The container's checks find a single flipped bit. A forger
without that key also packs the bundle again, corrects the hashes in the card, removes the
signature, or signs with another key. Each forgery is opened twice: with trust in the key only, and
without a trusted key, which shows that the forgery is otherwise valid. The exit code is 1 if a
forgery was opened with trust in the key.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from satchel.bundle import (
    CARD_NAME,
    KeyPair,
    Trust,
    digest,
    new_key_pair,
    open_bundle,
    pack,
    sign,
    unpack,
)
from satchel.errors import BundleError
from satchel.signatures import SIGNATURE_NAME, parse_public_keys

Forge: TypeAlias = Callable[[bytes, random.Random], bytes]
"""A function from a signed bundle to a forged one."""

FORGER = new_key_pair("forger")


def flip(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` with one bit changed."""
    at = chance.randrange(len(content) * 8)
    return content[: at // 8] + bytes([content[at // 8] ^ 1 << at % 8]) + content[at // 8 + 1 :]


def flip_entry(archive: bytes, name: str, chance: random.Random) -> bytes:
    """Return a valid container in which one bit of an entry is changed."""
    entries = unpack(archive)
    return pack({**entries, name: flip(entries[name], chance)})


def mend_hashes(archive: bytes, chance: random.Random) -> bytes:
    """Return a bundle in which one bit of a file is changed, and its hash in the card to match."""
    entries = unpack(archive)
    files = sorted(entries.keys() - {CARD_NAME, SIGNATURE_NAME})
    # Choose a bit of the whole bundle, so that large files are hit more often.
    name = chance.choices(files, weights=[len(entries[file]) for file in files])[0]
    entries[name] = flip(entries[name], chance)
    card = json.loads(entries[CARD_NAME])
    card["files"][name] = digest(entries[name])
    entries[CARD_NAME] = json.dumps(card, indent=1, ensure_ascii=False).encode()
    return pack(entries)


def strip(archive: bytes) -> bytes:
    """Return the bundle without its signature."""
    entries: Mapping[str, bytes] = unpack(archive)
    return pack({name: entries[name] for name in entries if name != SIGNATURE_NAME})


FORGERIES: Mapping[str, Forge] = {
    "a bit of the file": flip,
    "a bit of the card, packed anew": lambda archive, chance: flip_entry(
        archive, CARD_NAME, chance
    ),
    "a bit of the signature, packed anew": lambda archive, chance: flip_entry(
        archive, SIGNATURE_NAME, chance
    ),
    "a bit of a file, hashes mended": mend_hashes,
    "the same, signature stripped": lambda archive, chance: strip(mend_hashes(archive, chance)),
    "the same, signed by another key": lambda archive, chance: signed_by(
        FORGER, mend_hashes(archive, chance)
    ),
}


def signed_by(pair: KeyPair, archive: bytes) -> bytes:
    """Return the bundle with the signature of ``pair``."""
    return sign(archive, key=pair.private, passphrase=str).archive


def opens(path: Path, trust: Trust | None) -> bool:
    """Return whether a device opens the whole bundle. Only BundleError is caught."""
    try:
        open_bundle(path, trust=trust, whole=True)
    except BundleError:
        return False
    return True


def main() -> int:
    """Forge, open and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--flips", type=int, default=10_000, help="of all kinds together")
    args = parser.parse_args()
    pair = new_key_pair("signer")
    archive = signed_by(pair, args.bundle.read_bytes())
    trust = Trust(tuple(parse_public_keys(pair.public, "signer.pub")))
    chance = random.Random(0)
    trusted_in_all = 0
    print("| forgery | flips | opened with trust | opened without |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forged.satchel"
        path.write_bytes(archive)
        assert opens(path, trust), "the signer's own bundle is trusted"
        for at, (name, forge) in enumerate(FORGERIES.items()):
            flips = (args.flips + at) // len(FORGERIES)
            trusted = untrusted = 0
            for _ in range(flips):
                path.write_bytes(forge(archive, chance))
                trusted += opens(path, trust)
                untrusted += opens(path, None)
            trusted_in_all += trusted
            print(f"| {name} | {flips:,} | {trusted:,} | {untrusted:,} |", flush=True)
    return 1 if trusted_in_all else 0


if __name__ == "__main__":
    sys.exit(main())
