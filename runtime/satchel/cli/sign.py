"""``satchel sign``: signs a bundle, so that it says who packed it."""

import argparse
import getpass
import sys
from pathlib import Path

from satchel.cli.command import OK
from satchel.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="a .satchel file")
    signer = parser.add_mutually_exclusive_group(required=True)
    signer.add_argument(
        "--key",
        type=Path,
        metavar="KEY",
        help="a private Ed25519 key that only you may read, from satchel keygen or your own",
    )
    signer.add_argument(
        "--signature",
        type=Path,
        metavar="FILE",
        help="the file that ssh-keygen -Y sign -n satchel made from the bundle's card.json",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="NAME.satchel",
        help="the file for the signed bundle (default: replace BUNDLE)",
    )


def run(args: argparse.Namespace) -> int:
    from satchel.bundle.reading import read_archive
    from satchel.bundle.signing import attach_signature, sign
    from satchel.signatures.keys import read_key_file, read_private_key_file
    from satchel.writing import check_writable, write_atomically

    out = args.out or args.bundle
    archive = read_archive(args.bundle)
    check_writable(out)
    if args.key is None:
        signed = attach_signature(archive, read_key_file(args.signature))
    else:
        signed = sign(archive, key=read_private_key_file(args.key), passphrase=_ask_passphrase)
    write_atomically(signed.archive, out)
    card, signer = signed.bundle.card, signed.bundle.signer
    assert signer is not None, "it was just signed"
    print(f"{out}: {card.name} {card.version}, signed by {signer.fingerprint}")
    return OK


def _ask_passphrase() -> str:
    if not sys.stdin.isatty():
        raise InputError("Expected a terminal to ask for the key's passphrase, got none.")
    return getpass.getpass("passphrase: ")
