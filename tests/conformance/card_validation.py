"""What the schema of the card says of a card, and what no schema can say."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
        tokenizer = card["input"]["tokenizer"]
        needed.add(tokenizer["model" if tokenizer["kind"] == "sentencepiece" else "vocabulary"])
    return bool(models) and not needed <= card.get("files", {}).keys()


def _has_too_many_pixels(card: Mapping[str, Any]) -> bool:
    output = card["output"]
    return output["kind"] == "image" and output["height"] * output["width"] > MAX_OUTPUT_PIXELS


def features_of(card: Mapping[str, Any]) -> set[str]:
    """Return the features that a card uses, read from its JSON alone."""
    input_spec, output = card["input"], card["output"]
    models = card.get("models", [])
    tensors = [model[end] for model in models for end in ("input", "output")]
    tokenizer = input_spec.get("tokenizer", {}).get("kind")
    used = {
        "channel-order": input_spec.get("channel_order", "rgb") != "rgb",
        "grey": bool(models) and input_spec.get("channels") == 1,
        "int64": any(tensor["dtype"] == "int64" for tensor in tensors),
        "letterbox": input_spec.get("fit") == "letterbox",
        "multi-label": output.get("multi_label", False),
        "repeated-labels": _repeat(output.get("labels", [])),
        "several-inputs": len(input_spec.get("tensors", [])) > 1,
        "single-logit": output.get("activation") == "logit",
        "tensor-shape": any(tensor.get("shape") for tensor in tensors),
        "tokenizer-keras": tokenizer == "keras_tokenizer",
        "tokenizer-sentencepiece": tokenizer == "sentencepiece",
        "tokenizer-vectorization": tokenizer == "vectorization",
        "tokenizer-wordpiece": tokenizer == "wordpiece",
    }
    return {name for name, is_used in used.items() if is_used}


def _repeat(values: Sequence[object]) -> bool:
    return len(set(map(str, values))) < len(values)


def _names_no_feature_that_it_uses(card: Mapping[str, Any]) -> bool:
    return not features_of(card) <= set(card.get("requires", []))


def _counts_otherwise_than_its_labels(card: Mapping[str, Any]) -> bool:
    output = card["output"]
    lists = (output.get(name, []) for name in ("ids", "thresholds"))
    return any(len(each) not in (0, len(output["labels"])) for each in lists if "labels" in output)


def _repeats_labels_without_ids(card: Mapping[str, Any]) -> bool:
    output = card["output"]
    return _repeat(output.get("labels", [])) and not output.get("ids")


def _has_a_shape_of_other_numbers(card: Mapping[str, Any]) -> bool:
    for model in card.get("models", []):
        for end in ("input", "output"):
            shape = model[end].get("shape", [])
            if shape and (shape[0] != 1 or math.prod(shape) != _numbers(card[end])):
                return True
    return False


def _reads_other_rows_than_its_tensors(card: Mapping[str, Any]) -> bool:
    tensors = len(card["input"].get("tensors", []))
    expected = list(range(tensors)) if tensors > 1 else []
    for model in card.get("models", []):
        if sorted(model["input"].get("rows", [])) != expected or model["output"].get("rows"):
            return True
        if expected and model["input"].get("shape"):
            return True
    return False


def _numbers(end: Mapping[str, Any]) -> int:
    """Return how many numbers the tensor of an input or an output has."""
    if end["kind"] == "image":
        return int(end["height"] * end["width"] * end.get("channels", 3))
    if end["kind"] == "labels":
        single = end["activation"] == "logit" or (
            end["activation"] == "sigmoid" and not end.get("multi_label")
        )
        return 1 if single else len(end["labels"])
    return int(end["length"])


BEYOND: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "a file that the card names is not among `files`": _needs_what_is_not_listed,
    "the output has more than 16,777,216 pixels": _has_too_many_pixels,
    "a feature that the card uses is not among `requires`": _names_no_feature_that_it_uses,
    "there are not as many ids or thresholds as labels": _counts_otherwise_than_its_labels,
    "labels repeat without ids": _repeats_labels_without_ids,
    "a tensor's shape has other numbers than the card's": _has_a_shape_of_other_numbers,
    "the rows of a model's inputs are not the card's tensors": _reads_other_rows_than_its_tensors,
}
"""What the values of a card can break that a schema cannot say; how JSON is spelled comes on top"""
