"""The tables of fields in ``docs/bundle.md``, written from the schema of the card."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.card_schema import DEFINITIONS, ROOT, SCHEMA, TASKS, Field, fields, resolved

PAGE_PATH = ROOT / "docs" / "bundle.md"
_TABLE = re.compile(r"(<!-- fields: (\w+) -->\n).*?(<!-- end of fields -->\n)", re.DOTALL)
_WORDS = {"string": "text", "array": "list", "null": "null"}
_PLURALS = {"string": "texts", "integer": "integers", "number": "numbers", "object": "objects"}


def with_tables(page: str) -> str:
    """Return the page with every table between its markers written anew."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{_table(found[2])}\n{found[3]}", page)


def table_names(page: str) -> list[str]:
    """Return the names of the definitions that the page has a table of."""
    return [found[2] for found in _TABLE.finditer(page)]


def _table(name: str) -> str:
    if name == "task":
        return _rows(("task", "`input`", "`output`"), _task_rows())
    definition = SCHEMA if name == "card" else DEFINITIONS[name]
    heads = ("field", "type", "allowed", "if missing", "meaning")
    return _rows(heads, (_row(field) for field in fields(definition)))


def _rows(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = ("| " + " | ".join(cells) + " |\n" for cells in (heads, *rows))
    return next(lines) + "|---" * len(heads) + "|\n" + "".join(lines)


def _task_rows() -> Iterator[tuple[str, ...]]:
    for task, kinds in TASKS.items():
        ends = (
            DEFINITIONS[kinds[end]]["properties"]["kind"]["const"] for end in ("input", "output")
        )
        yield (_code(task), *map(_code, ends))


def _row(field: Field) -> tuple[str, ...]:
    schema = resolved(field.schema)
    return (
        _code(field.name),
        _type(schema),
        "; ".join(_allowed(schema)),
        _if_missing(field, schema),
        str(schema["description"]),
    )


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema["type"]
    if isinstance(kind, list):
        return " or ".join(_WORDS.get(each, each) for each in kind)
    if kind == "array":
        return f"list of {_PLURALS[resolved(schema['items'])['type']]}"
    return _WORDS.get(kind, kind)


def _if_missing(field: Field, schema: Mapping[str, Any]) -> str:
    if field.required:
        return "refused"
    if field.schema is SCHEMA["properties"].get(field.name) and (
        field.name in DEFINITIONS["bundle"]["required"]
    ):
        return "refused in a bundle"
    if "default" not in schema:
        return "none"
    default = schema["default"]
    plain = isinstance(default, str) and default.strip()
    return _code(default if plain else json.dumps(default))


def _allowed(schema: Mapping[str, Any]) -> Iterator[str]:
    if "const" in schema:
        yield _code(schema["const"])
    if "enum" in schema:
        yield ", ".join(map(_code, schema["enum"]))
    if "minimum" in schema:
        yield f"{_number(schema['minimum'])} to {_number(schema['maximum'])}"
    if "exclusiveMaximum" in schema:
        low, high = _number(schema["exclusiveMinimum"]), _number(schema["exclusiveMaximum"])
        yield f"above {low}, below {high}"
    if "maxLength" in schema:
        yield f"{schema.get('minLength', 0):,} to {schema['maxLength']:,} characters"
    if "pattern" in schema and "not" not in schema:
        yield _code(schema["pattern"].removeprefix("^").removesuffix("$"))
    if schema["type"] == "array":
        yield from _allowed_items(schema)
    if "propertyNames" in schema:
        yield "names " + "; ".join(_allowed({"type": "string", **schema["propertyNames"]}))
    if "additionalProperties" in schema:
        yield "values " + "; ".join(_allowed(schema["additionalProperties"]))


def _allowed_items(schema: Mapping[str, Any]) -> Iterator[str]:
    counts = [_count(each) for each in schema.get("oneOf", [schema])]
    items = "different items" if schema.get("uniqueItems") else "items"
    yield f"{' or '.join(counts)} {items}"
    each = "; ".join(_allowed(resolved(schema["items"])))
    if each:
        yield f"each {each}"


def _count(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if most is None:
        return f"at least {least:,}" if least else "any number of"
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}".replace("e+", "e")


def _code(value: object) -> str:
    return f"`{value}`".replace("|", r"\|")
