"""What the schema of the card says of a card, and what no schema can say."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from conformance.card_schema import SCHEMA

# Without $schema: by that name jsonschema would take its own validator, with Python's patterns.
_CONTENTS = {name: value for name, value in SCHEMA.items() if name != "$schema"}
# Crawled once here; it would be for each card otherwise, in search of the anchor.
_REGISTRY: Registry = (
    Registry().with_resource(SCHEMA["$id"], DRAFT202012.create_resource(_CONTENTS)).crawl()
)
MAX_OUTPUT_PIXELS = 16_777_216


def is_card(card: object) -> bool:
    """Return whether the schema accepts a card, of a bundle or of a model folder."""
    return _CARD.is_valid(card)


def is_bundle_card(card: object) -> bool:
    """Return whether the schema accepts the card of a bundle."""
    return _BUNDLE_CARD.is_valid(card)


def beyond_the_schema(card: Mapping[str, Any]) -> str | None:
    """Return why a card that the schema accepts is refused all the same, None if it is not."""
    return next((reason for reason, holds in BEYOND.items() if holds(card)), None)


def _pattern(_: Any, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    # A schema's patterns are ECMAScript's, where $ is the end alone; Python's stops at "\n", too.
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})
_CARD = _Validator({"$ref": SCHEMA["$id"]}, registry=_REGISTRY)
_BUNDLE_CARD = _Validator({"$ref": f"{SCHEMA['$id']}#bundle"}, registry=_REGISTRY)


def _needs_what_is_not_listed(card: Mapping[str, Any]) -> bool:
    models = card.get("models", [])
    needed = {model["file"] for model in models} | {
        card[name] for name in ["golden"] if name in card
    }
    if card["input"]["kind"] == "text":
        needed.add(card["input"]["tokenizer"]["vocabulary"])
    return bool(models) and not needed <= card.get("files", {}).keys()


def _has_too_many_pixels(card: Mapping[str, Any]) -> bool:
    output = card["output"]
    return output["kind"] == "image" and output["height"] * output["width"] > MAX_OUTPUT_PIXELS


BEYOND: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "a file that the card names is not among `files`": _needs_what_is_not_listed,
    "the output has more than 16,777,216 pixels": _has_too_many_pixels,
}
"""What the values of a card can break that a schema cannot say; how JSON is spelled comes on top"""
