"""Decides which signers are trusted, and which are the oldest releases that are accepted."""

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from satchel.bundle.card import Card
from satchel.errors import SatchelError, TrustError, name_some
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


class Trust(NamedTuple):
    """Conditions under which one program opens a bundle, besides the policy of its device."""

    keys: tuple[PublicKey, ...]
    """One of these keys must have signed the bundle."""
    at_least: tuple[Release, ...] = ()
    """The bundle must be one of these releases or a later one of the same model. Without any, every
    model is allowed in every version."""


TrustSource: TypeAlias = "str | os.PathLike[str] | Trust"
"""The path of a file of public keys, or the Trust that was read from several files."""


def read_trust(
    *paths: str | os.PathLike[str], at_least: "str | Iterable[str] | None" = None
) -> Trust:
    """Return trust in all keys of the files at ``paths``.

    ``at_least`` is the oldest release that is trusted, as ``NAME@VERSION``, or several of them, for
    several models. Every model that it does not name is refused.

    Raises InputError for a file without public Ed25519 keys, SatchelError if ``at_least`` has
    another form.
    """
    places = map(Path, paths)
    keys = [key for each in places for key in parse_public_keys(read_key_file(each), each.name)]
    releases = [at_least] if isinstance(at_least, str) else at_least or ()
    return Trust(tuple(keys), tuple(map(parse_release, releases)))


def open_trust(source: TrustSource) -> Trust:
    """Return ``source`` if it is a Trust, else trust in the keys of the file at that path."""
    return source if isinstance(source, Trust) else read_trust(source)


def parse_release(text: str) -> Release:
    """Return the release that ``NAME@VERSION`` names; raises SatchelError for another form."""
    found = _RELEASE.fullmatch(text)
    if not found:
        raise SatchelError(f"Expected NAME@VERSION such as digits@1.2.0, got {text!r:.80}.")
    return Release(found[1], tuple(map(int, found.groups()[1:])))


def release_of(card: Card) -> Release:
    """Return the release that the card states."""
    return Release(card.name, tuple(map(int, card.version.split("."))))


def check_trusted(card: Card, signer: PublicKey | None, trust: Trust) -> None:
    """Raise TrustError unless a trusted key signed the card and its release is trusted."""
    check_trusted_signer(signer, trust)
    check_trusted_release(card, trust)


def is_trusted(signer: PublicKey, trust: Trust) -> bool:
    """Return whether ``signer`` is one of the trusted keys. Its comment does not matter."""
    return any(signer.point == key.point for key in trust.keys)


def check_trusted_signer(signer: PublicKey | None, trust: Trust) -> None:
    """Raise TrustError unless ``signer`` is trusted. None means that nobody signed."""
    if signer is None or not is_trusted(signer, trust):
        raise TrustError(f"Expected a bundle signed by {one_of(trust.keys)}, got {by(signer)}.")


def check_trusted_release(card: Card, trust: Trust) -> None:
    """Raise TrustError unless the card's release is trusted."""
    found = release_of(card)
    asked = [each for each in trust.at_least if each.name == found.name]
    if not asked and trust.at_least:
        names = name_some([str(each) for each in trust.at_least])
        raise TrustError(f"Expected {names} or later, got {found}.")
    for least in asked:
        if found.version < least.version:
            raise TrustError(f"Expected {least} or later, got {found}.")


def by(signer: PublicKey | None) -> str:
    """Return in words which bundle came, by its signer."""
    return "one without a signature" if signer is None else f"one by {signer.fingerprint}"


def one_of(keys: Collection[PublicKey]) -> str:
    """Return in words one of ``keys``, of which at most two are named."""
    first = " or ".join(key.fingerprint for key in list(keys)[:2])
    return (first or "nobody") + (f" or {len(keys) - 2} others" if len(keys) > 2 else "")
