"""Describes the service as an OpenAPI 3.1 document, which is the same whatever models it serves."""

from collections.abc import Mapping
from typing import Any

import satchel_pi
from satchel_pi.http.model_inputs import BYTES, JSON, MULTIPART, TEXT
from satchel_pi.http.problems import PROBLEM_JSON
from satchel_pi.http.refusal import (
    FAULT,
    HEADERS_TOO_LARGE,
    INPUT_TOO_COSTLY,
    INVALID_INPUT,
    INVALID_PARAMETER,
    MALFORMED_REQUEST,
    MODEL_FAILED,
    OTHER_SITE,
    TOKEN_REQUIRED,
    TOO_LARGE,
    TOO_MANY_REQUESTS,
    TOO_SLOW,
    UNKNOWN_MODEL,
    UNKNOWN_SAMPLE,
    WRONG_HOST,
    WRONG_MEDIA_TYPE,
    ProblemType,
)
from satchel_pi.http.request_id import HEADER, PATTERN
from satchel_pi.http.schemas import ANSWER, PREPARED, RESPONSE_SCHEMAS, ref, request_schemas

TOP = 5
"""The default number of labels in a response."""
MOST_TOP = 100_000
"""The largest number of labels in a response: as many as a card may have."""
PNG = "image/png"
_OF_EVERY_REQUEST = (
    MALFORMED_REQUEST,
    WRONG_HOST,
    OTHER_SITE,
    TOO_SLOW,
    TOO_MANY_REQUESTS,
    HEADERS_TOO_LARGE,
    FAULT,
)
_OF_PREDICTIONS = (
    UNKNOWN_MODEL,
    TOO_LARGE,
    WRONG_MEDIA_TYPE,
    INVALID_PARAMETER,
    INVALID_INPUT,
    MODEL_FAILED,
    INPUT_TOO_COSTLY,
)


def openapi(*, most_batch: int, has_token: bool, has_camera: bool) -> dict[str, Any]:
    """Return the document."""
    paths = {
        "/v1/models": {
            "get": _get("listModels", "The models that are served", JSON, ref("Models"))
        },
        "/v1/models/{name}": {"get": _get_model()},
        "/v1/models/{name}:predict": {"post": _predict()},
        "/v1/models/{name}:predictBatch": {"post": _predict_batch(most_batch)},
        "/v1/models/{name}:prepare": {"post": _prepare()},
        "/v1/models/{name}/golden": {"get": _golden()},
        "/v1/models/{name}/golden/{number}": {"get": _golden_input()},
        "/v1/models/{name}/golden/{number}/output": {"get": _golden_output()},
        "/v1/answers": {"get": _answers()},
        "/healthz": {"get": _health()},
        "/metrics": {"get": _get("getMetrics", "Metrics for Prometheus", TEXT, {"type": "string"})},
        "/openapi.json": {"get": _get("getOpenapi", "This document", JSON, {"type": "object"})},
    }
    if has_camera:
        paths |= _camera_paths()
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Satchel",
            "version": satchel_pi.__version__,
            "description": "Verified models on this device. Fields that a client does not know are"
            " to be ignored: later versions may add some.",
        },
        "paths": paths,
        "components": {"schemas": {**request_schemas(most_batch), **RESPONSE_SCHEMAS}},
    }
    if has_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        paths["/healthz"]["get"]["security"] = []
    for path, item in paths.items():
        for operation in item.values():
            # A generated client has a module for each tag.
            operation["tags"] = [_tag(path)]
            if has_token and operation.get("security") != []:
                operation["responses"] |= _problems(TOKEN_REQUIRED)
            for status, response in operation["responses"].items():
                retry = {"Retry-After": _RETRY_AFTER} if status == "429" else {}
                response["headers"] = {HEADER: _REQUEST_ID, **retry}
    return document


def _tag(path: str) -> str:
    """Return the group of a path: models, camera or service."""
    parts = path.split("/")
    return parts[2] if parts[1] == "v1" else "service"


def _predict() -> dict[str, Any]:
    response = {JSON: {"schema": ANSWER}, PNG: {"schema": {}}}
    return _post(
        "predict",
        "Run a model on one input",
        "A model that makes images answers with the bytes of a PNG file if the Accept header asks"
        f" for {PNG}.",
        _ONE_INPUT,
        response,
    )


def _predict_batch(most: int) -> dict[str, Any]:
    body = {
        JSON: {"schema": ref("PredictBatchRequest")},
        MULTIPART: {"schema": ref("PredictBatchForm")},
    }
    return _post(
        "predictBatch",
        f"Run a model on up to {most} inputs",
        "The results have the order of the inputs. An input that cannot be read has a problem in"
        " its place.",
        body,
        {JSON: {"schema": ref("BatchAnswer")}},
    )


def _prepare() -> dict[str, Any]:
    response = {JSON: {"schema": PREPARED}, PNG: {"schema": {}}}
    operation = _post(
        "prepare",
        "See what a model reads of an input",
        "An image as it is after its preprocessing, or the tokens of a text. An image is the bytes"
        f" of a PNG file if the Accept header asks for {PNG}.",
        _ONE_INPUT,
        response,
    )
    operation["parameters"] = [_NAME]
    return operation


def _post(
    name: str, summary: str, words: str, body: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "description": words,
        "parameters": [_NAME, _TOP],
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": {"description": "The output", "content": response},
            **_problems(*_OF_EVERY_REQUEST, *_OF_PREDICTIONS),
        },
    }


def _get(name: str, summary: str, media: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {"description": "As asked", "content": {media: {"schema": schema}}}
    responses = {"200": found, **_problems(*_OF_EVERY_REQUEST)}
    return {"operationId": name, "summary": summary, "responses": responses}


def _get_model() -> dict[str, Any]:
    operation = _get("getModel", "One model, with its card", JSON, ref("ModelDetails"))
    operation["parameters"] = [_NAME]
    operation["responses"] |= _problems(UNKNOWN_MODEL)
    return operation


def _golden() -> dict[str, Any]:
    words = "The golden samples of a model's bundle, each with the float model's answer"
    operation = _get("listGolden", words, JSON, ref("GoldenSamples"))
    operation["parameters"] = [_NAME]
    operation["responses"] |= _problems(UNKNOWN_MODEL, MODEL_FAILED, INPUT_TOO_COSTLY)
    return operation


def _golden_input() -> dict[str, Any]:
    words = "The image or the text of a golden sample"
    operation = _get("getGoldenInput", words, "image/*", {})
    operation["responses"]["200"]["content"][TEXT] = {"schema": {"type": "string"}}
    return _of_sample(operation)


def _golden_output() -> dict[str, Any]:
    return _of_sample(_get("getGoldenOutput", "The image that a golden sample expects", PNG, {}))


def _of_sample(operation: dict[str, Any]) -> dict[str, Any]:
    operation["parameters"] = [_NAME, _NUMBER]
    operation["responses"] |= _problems(
        UNKNOWN_MODEL, UNKNOWN_SAMPLE, MODEL_FAILED, INPUT_TOO_COSTLY
    )
    return operation


def _answers() -> dict[str, Any]:
    return _get("listAnswers", "The last answers, without their inputs", JSON, ref("RecentAnswers"))


def _health() -> dict[str, Any]:
    words = "Whether models work, and which passed their self-test"
    operation = _get("getHealth", words, JSON, ref("Health"))
    content = {JSON: {"schema": ref("Health")}}
    operation["description"] = "A browser, which asks for text/html, gets a page that says the same"
    operation["responses"]["503"] = {"description": "No model works", "content": content}
    return operation


def _camera_paths() -> dict[str, Any]:
    streams = {
        "events": ("watchEvents", "server-sent events", "text/event-stream"),
        "stream": ("watchImages", "MJPEG", "multipart/x-mixed-replace"),
    }
    paths = {}
    for path, (name, form, media) in streams.items():
        operation = _get(name, f"What the camera sees, as {form}", media, {})
        paths[f"/v1/camera/{path}"] = {"get": operation}
    return paths


def _problems(*kinds: ProblemType) -> dict[str, Any]:
    """Return the responses of these kinds of problems, by their status."""
    titles: dict[int, list[str]] = {}
    for kind in kinds:
        titles.setdefault(kind.status, []).append(kind.title)
    content = {PROBLEM_JSON: {"schema": ref("Problem")}}
    return {
        str(status): {"description": ". ".join(titles[status]), "content": content}
        for status in sorted(titles)
    }


_NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The name of the model in its card, as /v1/models lists it",
    "schema": {"type": "string"},
}
_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "The number of the golden sample, as its list says",
    "schema": {"type": "integer", "minimum": 0},
}
_TOP = {
    "name": "top",
    "in": "query",
    "description": "How many labels, best first",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_TOP, "default": TOP},
}
_ONE_INPUT = {
    JSON: {"schema": ref("PredictRequest")},
    MULTIPART: {"schema": ref("PredictForm")},
    BYTES: {"schema": {"type": "string", "format": "binary"}},
    "image/*": {"schema": {}},
    TEXT: {"schema": {"type": "string"}},
}
_REQUEST_ID = {
    "description": "The id of the request: the one that it came with, or a new one",
    "schema": {"type": "string", "pattern": PATTERN},
}
_RETRY_AFTER = {
    "description": "After how many seconds to try again",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
