"""What a bundle promises of its models' accuracy, and which of them do not keep it."""

from satchel.bundle.card import Card, ModelEntry, VerifiedPictures

MOST_DROP_POINTS = 1.0
"""Percentage points of accuracy below the float model: the converter's own margin"""
LEAST_PSNR_DB = 25.0
"""Of the worst picture against the float model's: the converter's own limit"""


def broken_promise(entry: ModelEntry, card: Card) -> str | None:
    """Return why ``entry`` must not take the place of the card's first model, None if it may.

    Who packed a bundle chose its first model: one that loses as much as that one, or no more than
    the converter lets any lose, keeps the promise. A bundle of models that were never verified
    promises nothing.
    """
    found, first = entry.verified, card.models[0].verified
    if found is None:
        return None if first is None else "nothing says how accurate it is"
    if isinstance(found, VerifiedPictures):
        least = LEAST_PSNR_DB
        if isinstance(first, VerifiedPictures) and first.worst_psnr_db is not None:
            least = min(least, first.worst_psnr_db)
        if found.worst_psnr_db is not None and found.worst_psnr_db < least:
            return f"its worst picture has {found.worst_psnr_db:.1f} dB, below {least:.1f}"
        return None
    most = MOST_DROP_POINTS
    if first is not None and not isinstance(first, VerifiedPictures):
        most = max(most, first.drop_points)
    if found.drop_points > most:
        return f"it loses {found.drop_points:.2f} pp of accuracy, above {most:.2f}"
    return None
