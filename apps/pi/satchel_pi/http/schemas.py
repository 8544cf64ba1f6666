"""The schemas of requests and responses in the OpenAPI document. None names a model.

As in a card, fields that a reader does not know are ignored, in requests and in responses. So a new
field breaks no client, and a client that was generated from the document works with every model.
"""

from collections.abc import Iterable, Mapping
from typing import Any

MOST_SEED = 2**53 - 1
KINDS = ("labels", "multi_labels", "image")
"""The kinds of a model's output, which are the values of ``kind`` in an answer."""


def ref(name: str) -> dict[str, Any]:
    """Return a reference to the schema ``name``."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Any], *, optional: Iterable[str] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(*names: str) -> dict[str, Any]:
    return {"oneOf": [ref(name) for name in names]}


def request_schemas(most_batch: int) -> dict[str, Any]:
    """Return the schemas of requests, with batches of at most ``most_batch`` inputs."""
    fields: dict[str, Any] = {
        "image": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "An image file in base64, for a model that takes images",
        },
        "text": {"type": "string", "description": "A text, for a model that takes texts"},
        "seed": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_SEED,
            "description": "The seed of an image, for a model that takes seeds",
        },
    }
    # Without a type where any bytes are an input: a part of a form has none.
    image = {"type": "string", "format": "binary", "description": "An image file"}
    text = {"contentMediaType": "text/plain", "description": "A text in UTF-8"}
    count = {"minItems": 1, "maxItems": most_batch}
    return {
        "PredictRequest": _exactly_one(fields, "The input: the one field that the model takes."),
        "PredictForm": _exactly_one({"image": image, "text": text}, "The input as a part."),
        "PredictBatchRequest": _exactly_one(
            {f"{name}s": {**_list_of(each), **count} for name, each in fields.items()},
            f"From 1 to {most_batch} inputs: the one field that the model takes.",
        ),
        "PredictBatchForm": _exactly_one(
            {"image": {**count, "items": image}, "text": {**count, "items": text}},
            f"From 1 to {most_batch} inputs, each a part.",
        ),
    }


def _exactly_one(properties: Mapping[str, Any], description: str) -> dict[str, Any]:
    # Not oneOf: generators make one class of an object, and a new kind of input breaks none.
    return {
        **_object(properties, optional=properties),
        "minProperties": 1,
        "description": description,
    }


_RAN = {
    "model": {"type": "string", "description": "The name of the model"},
    "version": {"type": "string", "description": "The version of its bundle"},
    "file": {"type": "string", "description": "The model's file in the bundle"},
    "engine": {"type": "string", "description": "The engine that ran it"},
    "latency_ms": {"type": "number", "description": "Time to read the input and run the model"},
}
_LABEL = {
    "label": {"type": "string"},
    "score": {"type": "number", "minimum": 0, "maximum": 1.001, "description": "Probability"},
}
_ID = {
    "id": {
        "type": "string",
        "description": "A name that only this label has. It is there if labels of the model repeat",
    }
}
_CHOSEN = {
    "chosen": {
        "type": "boolean",
        "description": "Whether the score reaches the threshold of the label",
    }
}
_PROBLEM = {
    "type": {
        "type": "string",
        "description": "Which problem it is, one of a list that only grows: see /docs",
    },
    "title": {"type": "string", "description": "The problem in general. It does not change"},
    "status": {"type": "integer", "description": "The status of the response"},
    "detail": {"type": "string", "description": "This problem in one line: Expected …, got …"},
    "instance": {"type": "string", "description": "/requests/ and the id of the request"},
}
_LOADED = {name: _RAN[name] for name in ("model", "version", "file", "engine")}
_MODEL = {
    **_LOADED,
    "task": {"type": "string", "description": "The task in the card"},
    "input": {
        "type": "string",
        "description": "What the model takes, as the field of a request: image, text or seed",
    },
    "kind": {
        "type": "string",
        "description": f"The kind of its answers: {', '.join(KINDS)}",
    },
    "labels": {"type": "integer", "description": "The number of labels; 0 if it makes images"},
    "path": {"type": "string", "description": "The path for requests to it"},
}


def _outputs(prefix: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a schema for each of KINDS, which begins with the fields ``prefix``."""

    def output(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        return _object({**prefix, "kind": {"const": kind}, **properties})

    image = {"type": "string", "contentEncoding": "base64", "description": "A PNG file in base64"}
    return {
        "labels": output("labels", {"predictions": _list_of(ref("Prediction"))}),
        "multi_labels": output(
            "multi_labels", {"predictions": _list_of(ref("MultiLabelPrediction"))}
        ),
        "image": output("image", {"image": image}),
    }


def _inspection_schemas() -> dict[str, Any]:
    """Return the schemas of what a model reads, and of its golden samples."""
    image = {"type": "string", "contentEncoding": "base64", "description": "A PNG file in base64"}
    layout = {"type": "string", "description": "The tensor that the model reads, in words"}
    token = {
        "id": {"type": "integer"},
        "token": {
            "type": "string",
            "description": "Its first spelling in the vocabulary, empty if it has none",
        },
    }
    sample = {
        "number": {"type": "integer"},
        "name": {"type": "string", "description": "The file in the bundle, or the seed"},
        "tolerance": {
            "type": "number",
            "description": "The largest difference from the expected answer that passes",
        },
        "kind": {
            "type": "string",
            "description": "image, text, seed, or blend: two images, mixed after preprocessing",
        },
        "excerpt": {"type": "string", "description": "The beginning of a text"},
        "seed": {"type": "integer"},
        "expected": {
            **_list_of(ref("Prediction")),
            "description": "The float model's best labels. Empty if it makes images",
        },
    }
    return {
        "PreparedImage": _object(
            {**_LOADED, "layout": layout, "kind": {"const": "image"}, "image": image}
        ),
        "PreparedText": _object(
            {
                **_LOADED,
                "layout": layout,
                "kind": {"const": "tokens"},
                "tokens": _list_of(ref("Token")),
            }
        ),
        "Token": _object(token),
        "GoldenSamples": _object({**_LOADED, "samples": _list_of(ref("GoldenSample"))}),
        "GoldenSample": _object(sample, optional=("excerpt", "seed")),
    }


def _recent_schemas() -> dict[str, Any]:
    answer = {
        "time": {"type": "string", "format": "date-time"},
        "model": _RAN["model"],
        "version": _RAN["version"],
        "label": {"type": "string", "description": "Empty if the model made an image"},
        "score": {"type": ["number", "null"]},
        "latency_ms": _RAN["latency_ms"],
        "request_id": {"type": "string"},
    }
    return {
        "RecentAnswers": _object({"answers": _list_of(ref("RecentAnswer"))}),
        "RecentAnswer": _object(answer),
    }


def _response_schemas() -> dict[str, Any]:
    answers, results = _outputs(_RAN), _outputs({})
    health = {
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
    refused = {
        "source": {"type": "string", "description": "The file, or what failed"},
        "why": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do"},
    }
    testing = {
        "model": {"type": "string"},
        "version": {"type": "string"},
        "seconds": {"type": "number", "description": "How long it has been tested"},
    }
    return {
        "LabelsAnswer": answers["labels"],
        "MultiLabelsAnswer": answers["multi_labels"],
        "ImageAnswer": answers["image"],
        "LabelsResult": results["labels"],
        "MultiLabelsResult": results["multi_labels"],
        "ImageResult": results["image"],
        "ProblemResult": _object({"kind": {"const": "problem"}, **_PROBLEM}),
        "BatchAnswer": _object(
            {
                **_RAN,
                "results": _list_of(
                    _one_of("LabelsResult", "MultiLabelsResult", "ImageResult", "ProblemResult")
                ),
            }
        ),
        "Prediction": _object({**_LABEL, **_ID}, optional=_ID),
        "MultiLabelPrediction": _object({**_LABEL, **_CHOSEN, **_ID}, optional=_ID),
        "Problem": _object(_PROBLEM),
        "Model": _object(_MODEL),
        "Models": _object({"models": _list_of(ref("Model"))}),
        "ModelDetails": _object(
            {**_MODEL, "card": {"type": "object", "description": "The card, docs/bundle.md"}}
        ),
        "Health": _object(
            {
                "status": {"enum": ["ok", "degraded", "failing", "stopping"]},
                "models": {"type": "object", "additionalProperties": ref("ModelHealth")},
                "refused": _list_of(ref("RefusedVersion")),
                "testing": _list_of(ref("TestedVersion")),
            }
        ),
        "TestedVersion": _object(testing),
        "RefusedVersion": _object(refused),
        "ModelHealth": _object(health),
        **_inspection_schemas(),
        **_recent_schemas(),
    }


RESPONSE_SCHEMAS = _response_schemas()
ANSWER = _one_of("LabelsAnswer", "MultiLabelsAnswer", "ImageAnswer")
"""The answer to one input: its field ``kind`` says which of the three it is."""
PREPARED = _one_of("PreparedImage", "PreparedText")
"""What a model reads of an input: its field ``kind`` says which of the two it is."""
