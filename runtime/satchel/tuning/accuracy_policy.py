"""What a bundle promises of its models' accuracy, and which of them do not keep it."""

from satchel.bundle.card import Card, ModelEntry
from satchel.bundle.task_table import load_task


def policy_violation(entry: ModelEntry, card: Card) -> str | None:
    """Return why ``entry`` must not take the place of the card's first model, None if it may.

    Who packed a bundle chose its first model: one that loses as much as that one, or no more than
    the converter lets any lose, keeps the promise. A bundle of models that were never verified
    promises nothing.
    """
    found, first = entry.verified, card.models[0].verified
    if found is None:
        return None if first is None else "nothing says how accurate it is"
    return load_task(card.task).output.broken_policy(found, first)
