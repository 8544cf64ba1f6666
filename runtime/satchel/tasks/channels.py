"""Checks the number of channels of the images that models read and make."""

from satchel.bundle.strict_json import Fields
from satchel.errors import CardError


def parse_channels(fields: Fields) -> int:
    """Return the number of channels of an image: 1 or 3, by default 3; raises CardError."""
    channels = fields.integer("channels", 1, 3, missing=3)
    if channels == 2:
        raise fields.wrong("channels", "1 or 3", channels)
    return channels


def check_bundled(channels: int) -> None:
    """Raise CardError unless it is 3: a converted model turns colour into grey in its graph."""
    if channels != 3:
        raise CardError(f"Expected 3 channels in a bundle, got {channels}.")
