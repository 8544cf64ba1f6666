"""What a model of a bundle says of itself, as ONNX Runtime and others read it."""

from satchel.bundle import Card, card_to_json


def describe(card: Card) -> dict[str, str]:
    """Return the properties of a bundle's model: its card, and its labels if it has any."""
    properties = {"satchel_card": card_to_json(card).decode()}
    if card.output.labels:
        properties["labels"] = "\n".join(card.output.labels)
    return properties
