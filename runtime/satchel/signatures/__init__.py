"""Checks Ed25519 signatures in OpenSSH's format, with only the standard library."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.signatures.keys import (
        PublicKey as PublicKey,
        parse_public_keys as parse_public_keys,
        read_key_file as read_key_file,
    )
    from satchel.signatures.sshsig import Signature as Signature, check_signature as check_signature

SIGNATURE_NAME = "card.sig"
"""The file of a bundle that holds its signature. The card lists every other file."""

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "keys": ["PublicKey", "parse_public_keys", "read_key_file"],
        "sshsig": ["Signature", "check_signature"],
    },
)
