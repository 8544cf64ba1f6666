"""Cards with one field changed to what is just within or beyond its schema, and their errors."""

import copy
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from conformance.card_schema import (
    DEFINITIONS,
    KINDS,
    SCHEMA,
    TASKS,
    fields,
    reference,
    resolved,
)
from conformance.card_validation import beyond_the_schema, features_of, is_bundle_card, is_card
from conformance.vector_files import Vectors

MISSING = object()
"""In the place of a value: the field is taken out"""
MOST_ITEMS = 10
"""Of a list that is tried with one item too many; longer limits have tests of their own"""
_ANY = (None, True, 0, 7, 0.5, 1e39, "text", [], {})
"""A value of each type of JSON; numbers that are 0, whole, not whole and beyond float32"""
_TEXTS = "text-classification"


class Edit(NamedTuple):
    """A field of a card, and what it is set to."""

    at: str
    """A JSON pointer (RFC 6901)"""
    value: Any


class _Place(NamedTuple):
    """Where a field stands in a card."""

    definition: str
    """The name of the object's definition in the schema"""
    at: str
    schema: Mapping[str, Any]
    value: Any


def write_card_refusals(out: Vectors) -> None:
    """Write ``card_refusals.json``."""
    bases = base_cards()
    listed = [{"name": name, "card": card} for name, card in bases.items()]
    out.json("card_refusals", {"bases": listed, "cases": list(_cases(bases))})


def base_cards() -> dict[str, dict[str, Any]]:
    """Return a card of each task, and of each kind of tokenizer, made of the schema's examples.

    No field is missing, unless it excludes another one.
    """
    cards = {task: _card(task) for task in TASKS}
    for kind, name in KINDS["tokenizer_spec"].items():
        card = copy.deepcopy(cards[_TEXTS])
        if kind != card["input"]["tokenizer"]["kind"]:
            card["input"]["tokenizer"] = _example(DEFINITIONS[name])
            card["requires"] = sorted(features_of(card))
            cards[f"{_TEXTS}, {kind}"] = card
    return cards


def edited(card: Mapping[str, Any], edit: Edit) -> dict[str, Any]:
    """Return the card with one field changed."""
    other = copy.deepcopy(dict(card))
    *way, last = edit.at.removeprefix("/").split("/")
    place: Any = other
    for name in way:
        place = place[int(name) if isinstance(place, list) else name]
    if edit.value is MISSING:
        del place[last]
    else:
        place[last] = edit.value
    return other


def edits(card: Mapping[str, Any], leave_out: Collection[str] = ()) -> Iterator[Edit]:
    """Yield the edits of each field of a card, but of the definitions to be left out."""
    for place in _places_of(card):
        if place.definition not in leave_out:
            yield Edit(place.at, MISSING)
            yield from (Edit(place.at, value) for value in _values(place.schema, place.value))


def _cases(bases: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the cases; each definition is tried in the first base that has it."""
    tried: set[str] = set()
    for base, card in bases.items():
        for edit in edits(card, leave_out=tried):
            changed = edited(card, edit)
            accepted = is_card(changed)
            # A card without models is a model folder's: what opens bundles refuses it.
            if not accepted or is_bundle_card(changed):
                yield from _case(base, edit, changed, accepted=accepted)
        tried |= {place.definition for place in _places_of(card)}


def _case(
    base: str, edit: Edit, changed: Mapping[str, Any], *, accepted: bool
) -> Iterator[dict[str, Any]]:
    if not accepted or beyond_the_schema(changed) is None:
        value = {} if edit.value is MISSING else {"value": edit.value}
        yield {"base": base, "at": edit.at, **value, "error": None if accepted else "CardError"}


def _card(task: str) -> dict[str, Any]:
    card = {field.name: _example(field.schema) for field in fields(SCHEMA)}
    kinds = {name: _example(DEFINITIONS[kind]) for name, kind in TASKS[task].items()}
    card["models"][0]["verified"] = kinds.pop("verified")
    return {**card, "task": task, **kinds}


def _example(schema: Mapping[str, Any]) -> Any:
    if reference(schema) in KINDS:
        return _example(DEFINITIONS[next(iter(KINDS[reference(schema)].values()))])
    schema = resolved(schema)
    if "examples" in schema:
        return copy.deepcopy(schema["examples"][0])
    if "const" in schema:
        return schema["const"]
    if "properties" in schema:
        return {field.name: _example(field.schema) for field in fields(schema)}
    return [_example(schema["items"])] if schema["type"] == "array" else None


def _places_of(card: Mapping[str, Any]) -> Iterator[_Place]:
    return _places("card", "", card, TASKS[card["task"]])


def _places(
    definition: str, at: str, value: Mapping[str, Any], kinds: Mapping[str, str]
) -> Iterator[_Place]:
    """Yield every field of an object of the card, and those of the objects inside it."""
    for field in fields(DEFINITIONS.get(definition, SCHEMA)):
        if field.name not in value:
            continue  # Another field excludes it.
        schema, inner = resolved(field.schema), value[field.name]
        here = f"{at}/{field.name}"
        yield _Place(definition, here, schema, inner)
        if schema["type"] == "array":
            name = reference(schema["items"])
            objects = [(f"{here}/{at}", each) for at, each in enumerate(inner)]
        else:
            name, objects = reference(field.schema) or kinds.get(field.name, ""), [(here, inner)]
        for place, each in objects:
            kind = KINDS[name][each["kind"]] if name in KINDS else name
            if "properties" in DEFINITIONS.get(kind, ()):
                yield from _places(kind, place, each, kinds)


def _values(schema: Mapping[str, Any], example: Any) -> Iterator[Any]:
    """Yield what a field is set to: of each type, and around each of its limits."""
    yield from _ANY
    yield from schema.get("enum", ())
    if "minimum" in schema:
        whole = schema["type"] == "integer"
        yield from _around(schema["minimum"], whole=whole)
        yield from _around(schema["maximum"], whole=whole)
    if "exclusiveMaximum" in schema:
        yield from _around(schema["exclusiveMinimum"], whole=False)
        yield from _around(schema["exclusiveMaximum"], whole=False)
    if isinstance(example, str):
        yield from _texts(example)
    if "maxLength" in schema:
        yield from ("x" * schema["maxLength"], "x" * (schema["maxLength"] + 1))
    if "not" in schema:
        yield "\ud800"
    if isinstance(example, list):
        yield from _lists(schema, example)
    if "additionalProperties" in schema:
        yield from _mappings(schema, example)


def _around(limit: float, *, whole: bool) -> Iterator[float]:
    """Yield a limit, the number below it and the number above it."""
    below, above = (math.nextafter(limit, end) for end in (-math.inf, math.inf))
    yield from (limit - 1, limit, limit + 1) if whole else (below, limit, above)


def _texts(example: str) -> Iterator[str]:
    yield from (
        "",
        example + "\n",
        f" {example}",
        example * 100,
        example.upper(),
        f"{example}\u00e9",
    )


def _lists(schema: Mapping[str, Any], example: list[Any]) -> Iterator[list[Any]]:
    if schema.get("maxItems", 0) <= MOST_ITEMS and example:
        yield from ((example * 4)[:length] for length in range(1, 5))
    items = resolved(schema["items"])
    if "properties" not in items:
        yield example * 2
        first = example[0] if example else ""
        yield from ([value, *example[1:]] for value in _values(items, first))


def _mappings(schema: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    name, value = next(iter(example.items()))
    yield from (
        {**example, name: other} for other in _values(schema["additionalProperties"], value)
    )
    if "propertyNames" in schema:
        yield from ({other: value} for other in _texts(name))
