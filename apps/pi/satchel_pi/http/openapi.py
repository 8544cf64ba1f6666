"""Describes the service as an OpenAPI 3.1 document, with the models that it serves now."""

from collections.abc import Iterable, Mapping
from typing import Any

import satchel_pi
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.model_inputs import BYTES, IMAGE, JSON, MULTIPART, SEED, TEXT, InputKind

MOST_LABELS = 100
"""A model with more labels than this does not list them in the document."""
MOST_SEED = 2**53 - 1
TOP = 5
"""The default number of labels in a response."""
MOST_TOP = 100_000
"""The largest number of labels in a response: as many as a card may have."""
REASONS = {
    400: "The request cannot be parsed, or its Host header is not allowed",
    401: "The token is missing or wrong",
    408: "The request comes too slowly",
    413: "The body is too large",
    415: "Another Content-Type is expected",
    422: "The input is not one that the model takes",
    429: "Too many requests at once; Retry-After says when to try again",
    503: "The model fails on this device",
}
FROM_JSON: Mapping[InputKind, Mapping[str, Any]] = {
    IMAGE: {"type": "string", "contentEncoding": "base64", "description": "An image file"},
    SEED: {"type": "integer", "minimum": 0, "maximum": MOST_SEED},
}


def openapi(
    models: Iterable[ServedModel], *, most_batch: int, has_token: bool, has_camera: bool
) -> dict[str, Any]:
    """Return the document: a path for each model, and those of the service itself."""
    paths = {
        "/v1/models": {"get": _get("The models that are served", JSON, _ref("Models"))},
        "/healthz": {"get": _healthz()},
        "/metrics": {"get": _get("Counters for Prometheus", TEXT, {"type": "string"})},
        "/openapi.json": {"get": _get("This document", JSON, {"type": "object"})},
    }
    for loaded in models:
        paths[f"/v1/{loaded.verb}/{loaded.name}"] = {"post": _ask(loaded)}
        if loaded.verb == "classify":
            paths[f"/v1/classify/{loaded.name}/batch"] = {"post": _batch(loaded, most_batch)}
    if has_camera:
        events = _get("What the camera sees, as server-sent events", "text/event-stream", {})
        stream = _get("What the camera sees, as MJPEG", "multipart/x-mixed-replace", {})
        for each in (events, stream):
            each["responses"]["429"] = _problem(429)
        paths |= {"/v1/camera/events": {"get": events}, "/v1/camera/stream": {"get": stream}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Satchel",
            "version": satchel_pi.__version__,
            "description": "Verified models on this device.",
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }
    if has_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        paths["/healthz"]["get"]["security"] = []
        for item in paths.values():
            for operation in item.values():
                if operation.get("security") != []:
                    operation["responses"]["401"] = _problem(401)
    return document


def _ask(loaded: ServedModel) -> dict[str, Any]:
    kind = loaded.kind
    body: dict[str, Any] = {JSON: {"schema": _object({kind.field: _from_json(kind)})}}
    for raw in kind.raw:
        media = f"{raw}*" if raw.endswith("/") else raw
        body[media] = {"schema": {"type": "string"} if raw == TEXT else {}}
    if kind.raw:
        body[MULTIPART] = {"schema": _object({kind.field: _from_form(kind)})}
    operation = _post(
        f"{loaded.verb.capitalize()} by {loaded.name} {loaded.card.version}",
        body,
        _response(loaded),
    )
    if loaded.verb == "classify":
        operation["parameters"] = [TOP_PARAMETER]
    return operation


def _batch(loaded: ServedModel, most: int) -> dict[str, Any]:
    kind = loaded.kind
    count = {"minItems": 1, "maxItems": most}
    listed = {"type": "array", **count, "items": _from_json(kind)}
    # Without a type: one part counts as a list of one part.
    parts = {**count, "items": _from_form(kind)}
    body = {
        JSON: {"schema": _object({kind.fields: listed})},
        MULTIPART: {"schema": _object({kind.field: parts})},
    }
    results = {
        "type": "array",
        "items": {"oneOf": [_object({"predictions": _predictions(loaded)}), _ref("Error")]},
    }
    response = {JSON: {"schema": _object({**RAN, "results": results})}}
    operation = _post(f"Classify up to {most} with {loaded.name}, in their order", body, response)
    operation["parameters"] = [TOP_PARAMETER]
    return operation


def _response(loaded: ServedModel) -> dict[str, Any]:
    if loaded.verb == "classify":
        return {JSON: {"schema": _object({**RAN, "predictions": _predictions(loaded)})}}
    return {"image/png": {"schema": {}}}


def _predictions(loaded: ServedModel) -> dict[str, Any]:
    label: dict[str, Any] = {"type": "string"}
    labels = loaded.card.output.labels
    if len(labels) <= MOST_LABELS:
        label["enum"] = list(labels)
    score = {"type": "number", "minimum": 0, "maximum": 1.001, "description": "Probability"}
    return {"type": "array", "items": _object({"label": label, "score": score})}


def _from_json(kind: InputKind) -> Mapping[str, Any]:
    return FROM_JSON.get(kind, {"type": "string"})


def _from_form(kind: InputKind) -> Mapping[str, Any]:
    # Without a type: a part of a form is always bytes.
    return {"contentMediaType": BYTES if kind is IMAGE else TEXT}


def _get(summary: str, media: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {"description": "As asked", "content": {media: {"schema": schema}}}
    return {"summary": summary, "responses": {"200": found, "400": _problem(400)}}


def _healthz() -> dict[str, Any]:
    operation = _get("Whether models work, and which passed their self-test", JSON, _ref("Health"))
    content = {JSON: {"schema": _ref("Health")}}
    operation["responses"]["503"] = {"description": "No model works", "content": content}
    return operation


def _post(summary: str, body: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    refusals = {str(status): _problem(status) for status in REASONS if status != 401}
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "The output", "content": response}, **refusals},
    }


def _problem(status: int) -> dict[str, Any]:
    return {"description": REASONS[status], "content": {JSON: {"schema": _ref("Error")}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TOP_PARAMETER = {
    "name": "top",
    "in": "query",
    "description": "How many labels, best first",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_TOP, "default": TOP},
}
RAN = {
    "model": {"type": "string"},
    "version": {"type": "string"},
    "file": {"type": "string", "description": "The model's file in the bundle"},
    "engine": {"type": "string"},
    "latency_ms": {"type": "number", "description": "Time to read the input and run the model"},
}
SCHEMAS = {
    "Error": _object({"error": {"type": "string", "description": "Expected …, got …"}}),
    "Models": _object(
        {
            "models": {
                "type": "array",
                "items": _object(
                    {
                        **{name: RAN[name] for name in ("model", "version", "file", "engine")},
                        "task": {"type": "string"},
                        "path": {"type": "string", "description": "The path for requests to it"},
                        "labels": {
                            "type": "integer",
                            "description": "The number of labels; 0 if it makes images",
                        },
                    }
                ),
            }
        }
    ),
    "Health": _object(
        {
            "status": {"enum": ["ok", "degraded", "failing", "stopping"]},
            "models": {
                "type": "object",
                "additionalProperties": _object(
                    {
                        "status": {"enum": ["ok", "failing", "not served"]},
                        "why": {"type": "string"},
                        "golden_vectors": {
                            "type": "integer",
                            "description": "The number of golden vectors that passed",
                        },
                        "version": {
                            "type": "string",
                            "description": "The version that is served, empty if none is",
                        },
                    }
                ),
            },
            "refused": {
                "type": "array",
                "description": "New versions that were not taken: the earlier ones are served",
                "items": _object(
                    {
                        "source": {"type": "string", "description": "The file, or what failed"},
                        "why": {"type": "string"},
                    }
                ),
            },
        }
    ),
}
