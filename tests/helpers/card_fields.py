"""Cards as their fields, which a test changes before the runtime reads them."""

import json

import pytest

from satchel.bundle.card import card_to_json, parse_card
from satchel.errors import CardError

MISSING = ...
HASH = "sha256:" + "0" * 64


def fields_of(card, files):
    """Return the fields of a bundle's card that lists ``files``."""
    return json.loads(card_to_json(card._replace(files=dict.fromkeys(files, HASH))))


def change(fields, path, value):
    """Set, or with MISSING delete, what is at ``models.0.input.scale``."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        fields = fields[step]
    if value is MISSING:
        del fields[last]
    else:
        fields[last] = value


def encode(fields):
    return json.dumps(fields).encode()


def refusal(content):
    """Return the message with which the card is refused."""
    with pytest.raises(CardError) as caught:
        parse_card(content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message
