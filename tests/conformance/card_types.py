"""The TypeScript types of a card that was read, written from the schema of the card.

They say what a reader holds: each field that has a default is there, another optional one may be
null, and names are spelled as TypeScript spells them.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.card_schema import (
    DEFINITIONS,
    KINDS,
    ROOT,
    SCHEMA,
    TASKS,
    Field,
    fields,
    reference,
    resolved,
)

TYPES_PATH = ROOT / "apps" / "web" / "src" / "contract" / "card_types.ts"
_WIDTH = 100
_LEFT_OUT: Mapping[str, str] = {
    "satchel": "there is one version",
    "requires": "a reader checks it, and the other fields say the same",
}
"""Fields that a reader of bundles checks and does not keep, with the reason"""
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "null": "null",
    "boolean": "boolean",
}
_HEAD = """\
/**
 * The types of a card that was read. Written by `make schema` from docs/card.schema.json: change
 * them there. Sections are those of docs/bundle.md.
 */

import type { JsonObject } from "./plain_json.ts";
"""


def types() -> str:
    """Return the module of TypeScript types."""
    named = [_alias(name) for name in DEFINITIONS if _is_scalar(name)]
    objects = [_interface(_pascal(name), DEFINITIONS[name]) for name in _objects()]
    choices = [_choice(name) for name in KINDS]
    unions = [_union(name) for name in ("input", "output", "verified")]
    return "\n".join([_HEAD, *named, *objects, *choices, *unions, _interface("Card", SCHEMA)])


def _is_scalar(name: str) -> bool:
    """Return whether a definition is a type of its own: a choice of texts, or a tuple."""
    schema = DEFINITIONS[name]
    return "description" in schema and ("enum" in schema or schema.get("type") == "array")


def _objects() -> list[str]:
    """Return the names of what is an object in a card; `bundle` is a whole card."""
    return [
        name
        for name, schema in DEFINITIONS.items()
        if schema.get("type") == "object" and "properties" in schema
    ]


def _alias(name: str) -> str:
    schema = DEFINITIONS[name]
    if "enum" in schema:
        meaning = _alternatives(_pascal(name), [json.dumps(each) for each in schema["enum"]])
    else:
        items = ", ".join([_type(schema["items"])] * schema["maxItems"])
        meaning = f"export type {_pascal(name)} = readonly [{items}];\n"
    return _comment(schema["description"], "") + meaning


def _choice(name: str) -> str:
    options = _alternatives(_pascal(name), [_pascal(each) for each in KINDS[name].values()])
    return _comment(DEFINITIONS[name]["description"], "") + options


def _union(name: str) -> str:
    options = dict.fromkeys(_pascal(kinds[name]) for kinds in TASKS.values())
    return _alternatives(_pascal(name), list(options))


def _alternatives(name: str, options: list[str]) -> str:
    line = f"export type {name} = {' | '.join(options)};\n"
    if len(line) <= _WIDTH:
        return line
    return f"export type {name} =\n" + "".join(f"  | {each}\n" for each in options)[:-1] + ";\n"


def _interface(name: str, schema: Mapping[str, Any]) -> str:
    kept = (field for field in fields(schema) if field.name not in _LEFT_OUT)
    lines = "".join(line for field in kept for line in _property(field))
    return f"{_comment(schema['description'], '')}export interface {name} {{\n{lines}}}\n"


def _property(field: Field) -> Iterator[str]:
    schema = resolved(field.schema)
    optional = not field.required and "default" not in schema
    yield _comment(schema["description"], "  ")
    kind = _type(field.schema, field.name) + (" | null" if optional else "")
    yield f"  readonly {_camel(field.name)}: {kind};\n"


def _type(schema: Mapping[str, Any], name: str = "") -> str:
    target, schema = reference(schema), resolved(schema)
    if target and (_is_scalar(target) or target in KINDS or target in _objects()):
        return _pascal(target)
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema["type"]
    if "enum" in schema and kind == "string":
        return " | ".join(map(json.dumps, schema["enum"]))
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": each}, name) for each in kind)
    if kind == "array":
        return f"readonly {_type(schema['items'])}[]"
    if kind == "object":
        return _mapping(schema, name)
    return _PRIMITIVES[kind]


def _mapping(schema: Mapping[str, Any], name: str) -> str:
    if name in ("input", "output", "verified"):
        return _pascal(name)
    if "additionalProperties" in schema:
        return f"ReadonlyMap<string, {_type(schema['additionalProperties'])}>"
    return "JsonObject"


def _comment(text: str, indent: str) -> str:
    line = f"{indent}/** {text} */\n"
    if len(line) <= _WIDTH:
        return line
    wrapped = textwrap.wrap(text, _WIDTH - len(indent) - 3, break_on_hyphens=False)
    return f"{indent}/**\n" + "".join(f"{indent} * {each}\n" for each in wrapped) + f"{indent} */\n"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _camel(name: str) -> str:
    return name[0] + _pascal(name)[1:]
