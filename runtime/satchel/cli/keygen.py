"""``satchel keygen``: makes a key to sign bundles with."""

import argparse
import os
from pathlib import Path

from satchel.cli.command import OK
from satchel.errors import OutputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "key",
        metavar="KEY",
        type=Path,
        help="the file for the private key; KEY.pub is for the public key",
    )


def run(args: argparse.Namespace) -> int:
    from satchel.bundle.signing import new_key_pair
    from satchel.signatures.keys import parse_public_keys
    from satchel.writing import check_writable, write_atomically

    public_path = args.key.with_name(args.key.name + ".pub")
    check_writable(args.key)
    for path in (args.key, public_path):
        if path.exists():
            raise OutputError(f"Expected a new file to write, {str(path)!r} exists already.")
    pair = new_key_pair(args.key.name)
    _write_private(pair.private, args.key)
    write_atomically(pair.public, public_path)
    [key] = parse_public_keys(pair.public, public_path.name)
    print(f"{args.key}: private, for satchel sign; it has no passphrase, so keep it to yourself")
    print(f"{public_path}: public, for --trust on devices: {key.fingerprint}")
    return OK


def _write_private(content: bytes, path: Path) -> None:
    """Write a new file that only its owner may read; raises FileExistsError if it exists."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
