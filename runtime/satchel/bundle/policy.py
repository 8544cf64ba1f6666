"""Decides by the policy of a device whether a bundle is opened, and by which rule of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle.card import Card, parse_card
from satchel.bundle.trust import (
    Release,
    Trust,
    by,
    check_trusted_release,
    check_trusted_signer,
    one_of,
    release_of,
)
from satchel.errors import TrustError, name_some
from satchel.signatures.keys import PublicKey

if TYPE_CHECKING:
    import datetime


class TrustedKey(NamedTuple):
    """A key that a policy trusts, perhaps until a day."""

    key: PublicKey
    expires: "datetime.date | None" = None
    """The last day on which the key is trusted, in UTC. None for a key that does not expire."""

    def is_expired(self) -> bool:
        """Return whether the key's last day is over, by this device's clock."""
        return self.expires is not None and _today() > self.expires

    def in_words(self) -> str:
        """Return the key's fingerprint, its comment and its last day."""
        comment = f" ({self.key.comment})" if self.key.comment else ""
        until = "" if self.expires is None else f", trusted until {self.expires.isoformat()}"
        return f"{self.key.fingerprint}{comment}{until}"


class Policy(NamedTuple):
    """The conditions under which a device opens a bundle. All of them must hold.

    A policy without fields opens nothing: it trusts no key and allows no unsigned bundle.
    """

    keys: tuple[TrustedKey, ...] = ()
    """One of these keys must have signed the bundle, unless unsigned bundles are allowed."""
    revoked: frozenset[str] = frozenset()
    """The fingerprints of keys whose bundles are refused, whatever else allows them."""
    at_least: tuple[Release, ...] = ()
    """The oldest release of each model that is accepted. Other models are not refused."""
    only_listed: bool = False
    """Whether only the models of ``at_least`` are opened."""
    allow_unsigned: bool = False
    """Whether bundles that no key of ``keys`` signed are opened as well. A signature by a key that
    is not listed counts as none."""
    isolated: bool = False
    """Whether a model's golden vectors must pass in a child process before it is used here."""
    place: str = "the policy"
    """The file that holds the policy, for messages."""


class Admission(NamedTuple):
    """The reason why a policy lets a bundle in."""

    place: str
    """The file of the policy."""
    rule: str
    """The rules that allow the bundle, in words."""


class Admitted(NamedTuple):
    """The card of a bundle that every policy lets in."""

    card: Card
    admissions: tuple[Admission, ...]
    """One for each policy."""


def admit_card(
    content: bytes, signer: PublicKey | None, trust: Trust | None, policies: Sequence[Policy]
) -> Admitted:
    """Return the card written in ``content``. ``signer`` signed it; None means that nobody did.

    Raises TrustError if ``trust`` or a policy refuses it, CardError for a wrong card. A card whose
    signer is refused is not even parsed.
    """
    if trust is not None:
        check_trusted_signer(signer, trust)
    for policy in policies:
        _signer_rule(signer, policy)
    card = parse_card(content)
    if trust is not None:
        check_trusted_release(card, trust)
    return Admitted(card, tuple(admit(card, signer, policy) for policy in policies))


def admit(card: Card, signer: PublicKey | None, policy: Policy) -> Admission:
    """Return why ``policy`` lets in the card that ``signer`` signed; raises TrustError if not."""
    rules = [_signer_rule(signer, policy), *_release_rules(card, policy)]
    if policy.isolated:
        rules.append("golden vectors first in a child process")
    return Admission(policy.place, "; ".join(rules))


def _signer_rule(signer: PublicKey | None, policy: Policy) -> str:
    """Return the rule that allows this signer; raises TrustError if there is none."""
    if signer is not None and signer.fingerprint in policy.revoked:
        raise TrustError(
            f"Expected a bundle by a key that is not revoked, got one by {signer.fingerprint},"
            f" which {policy.place} revokes."
        )
    found = next((each for each in policy.keys if signer and each.key.point == signer.point), None)
    if found is not None and not found.is_expired():
        return f"signed by {found.in_words()}"
    if policy.allow_unsigned:
        return "unsigned bundles are allowed"
    if found is not None:
        raise TrustError(
            f"Expected a bundle by a key that has not expired, got one by {found.in_words()}, as"
            f" {policy.place} says: this device's clock says {_today()}."
        )
    asked = one_of([each.key for each in policy.keys])
    raise TrustError(
        f"Expected a bundle signed by {asked}, as {policy.place} asks, got {by(signer)}."
    )


def _release_rules(card: Card, policy: Policy) -> list[str]:
    """Return the rule about the card's release, if there is one; raises TrustError."""
    found = release_of(card)
    asked = [each for each in policy.at_least if each.name == found.name]
    if not asked and policy.only_listed:
        listed = name_some([each.name for each in policy.at_least]) or "none"
        raise TrustError(
            f"Expected a model that {policy.place} lists ({listed}), got {found.name}."
        )
    for least in asked:
        if found.version < least.version:
            raise TrustError(f"Expected {least} or later, as {policy.place} asks, got {found}.")
    return [f"{least} or later" for least in asked]


def _today() -> "datetime.date":
    """Return the day in UTC, by this device's clock."""
    # Only a key that expires needs it.
    import datetime

    return datetime.datetime.now(datetime.UTC).date()
