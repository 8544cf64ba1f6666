"""Decides which signers a device trusts, and which is the oldest release that it accepts."""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from satchel.bundle.card import Card, parse_card
from satchel.errors import SatchelError, TrustError
from satchel.signatures.keys import PublicKey, parse_public_keys, read_key_file

_RELEASE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})@(\d{1,9})\.(\d{1,9})\.(\d{1,9})", re.ASCII
)


class Release(NamedTuple):
    """One version of the model ``name``."""

    name: str
    version: tuple[int, ...]
    """The major, minor and patch number."""

    def __str__(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"


@dataclass(frozen=True)
class Trust:
    """The conditions under which a device opens a bundle."""

    keys: tuple[PublicKey, ...]
    """One of these keys must have signed the bundle."""
    at_least: Release | None = None
    """The bundle must be this release or a later one. None allows every model in every version."""


TrustSource: TypeAlias = "str | os.PathLike[str] | Trust"
"""The path of a file of public keys, or the Trust that was read from several files."""


def read_trust(*paths: str | os.PathLike[str], at_least: str | None = None) -> Trust:
    """Return trust in all keys of the files at ``paths``.

    ``at_least`` is the oldest release that is trusted, as ``NAME@VERSION``.

    Raises InputError for a file without public Ed25519 keys, SatchelError if ``at_least`` has
    another form.
    """
    places = map(Path, paths)
    keys = [key for each in places for key in parse_public_keys(read_key_file(each), each.name)]
    return Trust(tuple(keys), None if at_least is None else parse_release(at_least))


def open_trust(source: TrustSource) -> Trust:
    """Return ``source`` if it is a Trust, else trust in the keys of the file at that path."""
    return source if isinstance(source, Trust) else read_trust(source)


def parse_release(text: str) -> Release:
    """Return the release that ``NAME@VERSION`` names; raises SatchelError for another form."""
    found = _RELEASE.fullmatch(text)
    if not found:
        raise SatchelError(f"Expected NAME@VERSION such as digits@1.2.0, got {text!r:.80}.")
    return Release(found[1], tuple(map(int, found.groups()[1:])))


def trusted_card(content: bytes, signer: PublicKey | None, trust: Trust) -> Card:
    """Return the card written in ``content``. ``signer`` signed it; None means that nobody did.

    Raises TrustError for a card that is not trusted, CardError for a wrong one. A card whose signer
    is not trusted is not even parsed.
    """
    _check_signer(signer, trust)
    card = parse_card(content)
    _check_release(card, trust)
    return card


def check_trusted(card: Card, signer: PublicKey | None, trust: Trust) -> None:
    """Raise TrustError unless a trusted key signed the card and its release is trusted."""
    _check_signer(signer, trust)
    _check_release(card, trust)


def is_trusted(signer: PublicKey, trust: Trust) -> bool:
    """Return whether ``signer`` is one of the trusted keys. Its comment does not matter."""
    return any(signer.point == key.point for key in trust.keys)


def _check_signer(signer: PublicKey | None, trust: Trust) -> None:
    if signer is None or not is_trusted(signer, trust):
        found = "one without a signature" if signer is None else f"one by {signer.fingerprint}"
        raise TrustError(f"Expected a bundle signed by {_one_of(trust.keys)}, got {found}.")


def _check_release(card: Card, trust: Trust) -> None:
    found = Release(card.name, tuple(map(int, card.version.split("."))))
    least = trust.at_least
    if least is not None and (found.name != least.name or found.version < least.version):
        raise TrustError(f"Expected {least} or later, got {found}.")


def _one_of(keys: Collection[PublicKey]) -> str:
    first = " or ".join(key.fingerprint for key in list(keys)[:2])
    return (first or "nobody") + (f" or {len(keys) - 2} others" if len(keys) > 2 else "")
