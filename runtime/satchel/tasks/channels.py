"""The channels of the images that models take and make."""

from satchel.bundle.strict_json import Fields
from satchel.errors import CardError


def parse_channels(fields: Fields) -> int:
    """Return how many channels an image has: 1 or 3, by default 3; raises CardError."""
    channels = fields.integer("channels", 1, 3, missing=3)
    if channels == 2:
        raise fields.wrong("channels", "1 or 3", channels)
    return channels


def check_bundled(channels: int) -> None:
    """Raise CardError for another number than 3: grey is part of a converted model's graph."""
    if channels != 3:
        raise CardError(f"Expected 3 channels in a bundle, got {channels}.")
