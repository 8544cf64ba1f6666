"""Makes the metadata of a bundle's ONNX model, which ONNX Runtime and other tools can read."""

from satchel.bundle import Card, card_to_json


def describe(card: Card) -> dict[str, str]:
    """Return the metadata properties of a bundle's model: its card, and its labels if any."""
    properties = {"satchel_card": card_to_json(card).decode()}
    if card.output.labels:
        properties["labels"] = "\n".join(card.output.labels)
    return properties
