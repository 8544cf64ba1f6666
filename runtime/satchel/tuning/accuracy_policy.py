"""Checks which models of a bundle are accurate enough to replace its first model."""

from satchel.bundle.card import Card, ModelEntry
from satchel.bundle.task_table import load_task


def policy_violation(entry: ModelEntry, card: Card) -> str | None:
    """Return in words why ``entry`` must not replace the card's first model, None if it may.

    The person who packed the bundle chose its first model. Another model may replace it if it loses
    no more accuracy than that one, or no more than the converter allows. A model that was never
    verified may only replace a first model that was never verified.
    """
    found, first = entry.verified, card.models[0].verified
    if found is None:
        return None if first is None else "its accuracy was not verified"
    return load_task(card.task).output.broken_policy(found, first)
