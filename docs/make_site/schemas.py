"""The reference of the two JSON formats: tables of fields, from their schemas."""

import json
from typing import Any

from make_site.places import GENERATED, ROOT, write_page

Schema = dict[str, Any]
SCHEMAS = {
    "card": "docs/card.schema.json",
    "report": "convert/satchel_convert/reporting/report.schema.json",
}
WORDS = {
    "card": "A card says what a model expects and returns. [The bundle format](../bundle.md) "
    "explains it in words. This page lists the fields for reference.",
    "report": "`report.json` lies in every bundle that `satchel convert` wrote. `satchel convert "
    "--json` and `satchel verify --json` print the same object.",
}


def schema_page(name: str, schema: Schema) -> str:
    """Return the Markdown of a JSON schema: a table for each object with fields."""
    parts = [
        f"# {schema['title']}",
        WORDS[name],
        f"The schema itself: {{download}}`{SCHEMAS[name]} <{_from_generated(SCHEMAS[name])}>`.",
        "## The object",
        _table(schema),
    ]
    for definition, inner in schema.get("$defs", {}).items():
        parts += [f"({name}-{definition})=\n## `{definition}`", _described(inner)]
        if "properties" in inner:
            parts.append(_table(inner))
        else:
            parts.append(f"Type: {_type(inner)}.")
    return "\n\n".join(part for part in parts if part).replace("(#", f"(#{name}-")


def _from_generated(path: str) -> str:
    return f"../{path.removeprefix('docs/')}" if path.startswith("docs/") else f"../../{path}"


def _described(schema: Schema) -> str:
    return schema.get("description", "")


def _table(schema: Schema) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{field}` | {_type(inner)} | {'yes' if field in required else 'no'}"
        f" | {_described(inner).replace('|', chr(92) + '|')} |"
        for field, inner in schema.get("properties", {}).items()
    ]
    return "\n".join(["| field | type | required | meaning |", "|---|---|---|---|", *rows])


def _type(schema: Schema) -> str:
    """Return the type of a value in words, with links to the definitions that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[several]))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {_type(schema['items'])}"
    kinds = schema.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def write_schemas() -> None:
    """Write the pages of both schemas.

    Raises:
        OSError: a schema cannot be read, or a page cannot be written.
    """
    for name, path in SCHEMAS.items():
        page = schema_page(name, json.loads((ROOT / path).read_text("utf-8")))
        write_page(GENERATED / f"{name}-schema.md", page)
