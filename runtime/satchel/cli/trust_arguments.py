"""The options --trust and --at-least of every command that runs a bundle."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.errors import SatchelError

if TYPE_CHECKING:
    from satchel.bundle.trust import Trust


def add_trust_argument(parser: argparse.ArgumentParser) -> None:
    """Add --trust alone, for a command that takes several releases."""
    parser.set_defaults(at_least=None)
    parser.add_argument(
        "--trust",
        type=Path,
        action="append",
        metavar="KEYS",
        help="open only what a key in this file signed: ssh-ed25519 lines or PEM; may be repeated;"
        " the policy of this device applies besides",
    )


def add_trust_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --trust and --at-least."""
    add_trust_argument(parser)
    parser.add_argument(
        "--at-least",
        action="append",
        metavar="NAME@VERSION",
        help="with --trust: open only this release of this model, or a later one; may be repeated,"
        " for several models",
    )


def trust_of(args: argparse.Namespace) -> "Trust | None":
    """Return the trust that the command line asks for, None if it asks for none.

    Raises InputError for a wrong file of keys, SatchelError for --at-least without --trust.
    """
    if args.trust is None:
        if args.at_least is not None:
            raise SatchelError(
                "Expected --trust with --at-least, got none: without a signature anyone can write"
                " any version."
            )
        return None
    from satchel.bundle.trust import read_trust

    return read_trust(*args.trust, at_least=args.at_least)
