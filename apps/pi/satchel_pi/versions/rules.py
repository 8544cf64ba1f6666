"""Says which bundle may take the place of which."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from satchel.bundle import Card
from satchel.errors import BundleError, name_some
from satchel_pi.versions.candidates import Candidate


def check_follows(card: Card, served: Card) -> None:
    """Raise BundleError unless ``card`` may take the place of ``served``.

    Both are of the same name. It must be for the same task, and no older. The same version may
    come again: it was built anew, or signed by another key.
    """
    if card.task != served.task:
        raise BundleError(
            f"Expected a new version of {served.name} for {served.task}, got one for {card.task}."
        )
    if version_order(card) < version_order(served):
        raise BundleError(
            f"Expected {served.name} {served.version} or later, got {card.version}: satchel serve"
            f" --rollback {served.name} goes back to what was served before."
        )


def check_place(candidate: Candidate, names: Mapping[Path, str]) -> None:
    """Raise BundleError if a file holds another model than the one that was served from it.

    ``names`` says for each file that is served which model it holds.
    """
    name = candidate.card.name
    expected = names.get(candidate.path)
    if expected is not None and name != expected:
        raise BundleError(f"Expected a new version of {expected}, got {name}.")
    if expected is None and name in names.values():
        raise BundleError(f"Expected bundles of different names, got a second {name!r}.")


def check_only_one(candidate: Candidate, all_found: Sequence[Candidate]) -> None:
    """Raise BundleError if other content claims to be the same version at the same time."""
    same = [
        each
        for each in all_found
        if each.card.version == candidate.card.version
        and each.card.name == candidate.card.name
        and each.identity != candidate.identity
    ]
    if same:
        names = name_some([each.path.name for each in same])
        raise BundleError(
            f"Expected one bundle that is {candidate.card.name} {candidate.card.version}, got"
            f" another one at the same time: {names}."
        )


def version_order(card: Card) -> tuple[int, ...]:
    """Return the version of ``card`` as numbers, which compare as versions do."""
    return tuple(map(int, card.version.split(".")))
