"""The fields of ``docs/card.schema.json``, read for the files that are generated from it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SCHEMA_PATH = ROOT / "docs" / "card.schema.json"
SCHEMA = json.loads(SCHEMA_PATH.read_bytes())
DEFINITIONS: Mapping[str, dict[str, Any]] = SCHEMA["$defs"]


class Field(NamedTuple):
    """A field of an object of the card."""

    name: str
    schema: Mapping[str, Any]
    """As it stands, with its references"""
    required: bool


def _choices(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each value of ``kind`` that a definition tells apart, and its own definition."""
    for rule in definition.get("allOf", ()):
        kind = rule.get("if", {}).get("properties", {}).get("kind")
        if kind is not None:
            yield kind["const"], reference(rule["then"])


def _tasks() -> Iterator[tuple[str, dict[str, str]]]:
    for rule in SCHEMA["allOf"]:
        if "task" in rule["if"]["properties"]:
            fields = rule["then"]["properties"]
            verified = fields["models"]["items"]["properties"]["verified"]
            kinds = {
                "input": reference(fields["input"]),
                "output": reference(fields["output"]),
                "verified": reference(verified["anyOf"][0]),
            }
            yield rule["if"]["properties"]["task"]["const"], kinds


def reference(schema: Mapping[str, Any]) -> str:
    """Return the name of the definition that ``schema`` refers to, empty where it does not."""
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with the keywords of the definitions it refers to; its own come first."""
    name = reference(schema)
    return {**resolved(DEFINITIONS[name]), **schema} if name else dict(schema)


def fields(definition: Mapping[str, Any]) -> list[Field]:
    """Return the fields of an object in the schema's order."""
    required = definition.get("required", ())
    return [
        Field(name, schema, name in required) for name, schema in definition["properties"].items()
    ]


TASKS: Mapping[str, Mapping[str, str]] = dict(_tasks())
"""Each task to the names of the definitions of its ``input``, ``output`` and ``verified``"""
KINDS: Mapping[str, Mapping[str, str]] = {
    name: kinds for name, definition in DEFINITIONS.items() if (kinds := dict(_choices(definition)))
}
"""Each definition that is a choice by ``kind``, and the definition of every kind"""
