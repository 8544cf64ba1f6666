"""The OpenAPI document says what the service does: read by a program that tries it."""

import re
import subprocess
import sys

import jsonschema
import pytest

from helpers.services import fake_service, form, labels_service, png, running, zoo_service
from satchel.bundle.label_output import LabelOutput
from satchel_pi.http.access_control import Token
from satchel_pi.http.live_view import LiveView
from satchel_pi.http.service import Settings

SECRET = "correct-horse-battery-staple"
EXAMPLES = 5
"""Requests for each operation and kind of test"""
NOT_CHECKED = (
    # What is an image, or base64, no schema can say.
    "positive_data_acceptance",
)


@pytest.fixture(scope="module")
def zoo():
    service = zoo_service(
        "mnist", "imdb_lasso", "faces", settings=Settings(token=Token(SECRET)), waiting=64
    )
    with running(service) as found:
        yield found


@pytest.mark.parametrize("name", ["mnist_mlp", "imdb_lasso", "faces_generator", None])
def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(zoo, tmp_path, name):
    pytest.importorskip("schemathesis")
    # A document that does not name the models cannot say which names will do.
    known = "" if name is None else f'[parameters]\n"path.name" = "{name}"\n'
    (tmp_path / "schemathesis.toml").write_text(known)
    words = [
        "run", f"{zoo.url}/openapi.json", "--header", f"Authorization: Bearer {SECRET}",
        "--max-examples", str(EXAMPLES), "--seed", "7", "--mode", "all", "--workers", "1",
        "--phases", "examples,coverage,fuzzing", "--exclude-checks", ",".join(NOT_CHECKED),
        "--generation-database", "none", "--no-color", "--request-timeout", "20",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    assert re.search(r"\d+ passed", done.stdout), done.stdout[-3000:]


def test_every_route_is_in_the_document_and_everything_in_it_is_a_route():
    service = fake_service(live=LiveView("folder", "fake"))
    with running(service) as started:
        document = started.get("/openapi.json").json
        for path, item in document["paths"].items():
            for method in item:
                if not path.startswith("/v1/camera/"):
                    real = path.replace("{name}", "fake").replace("{number}", "0")
                    found = started.ask(method.upper(), real)
                    assert found.status != 405
                    # The fake model has no golden samples.
                    assert found.status != 404 or found.json["type"] == "/docs#unknown-sample"
    assert set(document["paths"]) == {
        "/v1/models", "/v1/models/{name}", "/v1/models/{name}:predict",
        "/v1/models/{name}:predictBatch", "/v1/models/{name}:prepare", "/v1/models/{name}/golden",
        "/v1/models/{name}/golden/{number}", "/v1/models/{name}/golden/{number}/output",
        "/v1/answers", "/healthz", "/metrics", "/openapi.json",
        "/v1/camera/events", "/v1/camera/stream",
    }  # fmt: skip


def test_each_operation_has_a_name_of_its_own(service):
    document = service.get("/openapi.json").json
    names = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    assert names == [
        "listModels", "getModel", "predict", "predictBatch", "prepare", "listGolden",
        "getGoldenInput", "getGoldenOutput", "listAnswers", "getHealth", "getMetrics", "getOpenapi",
    ]  # fmt: skip


def test_the_document_is_the_same_for_other_models(service):
    with running(zoo_service("mnist", "faces")) as other:
        assert other.get("/openapi.json").content == service.get("/openapi.json").content


def test_the_document_asks_for_a_token_only_where_there_is_one(zoo, service):
    locked = zoo.get("/openapi.json", Authorization=f"Bearer {SECRET}").json
    assert locked["security"] == [{"token": []}]
    assert locked["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in service.get("/openapi.json").json


def strict(schema, document):
    """Return a schema without references, in which no other fields are allowed."""
    if isinstance(schema, list):
        return [strict(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return strict(document["components"]["schemas"][schema["$ref"].split("/")[-1]], document)
    found = {name: strict(each, document) for name, each in schema.items()}
    if "properties" in found:
        found["additionalProperties"] = False
    return found


def schema_of(document, path, method, status):
    response = document["paths"][path][method]["responses"][str(status)]
    [schema] = [each["schema"] for name, each in response["content"].items() if "json" in name]
    return strict(schema, document)


REPEATED = LabelOutput(("crane", "crane"), ids=("bird", "machine"))
SEVERAL = LabelOutput(("cat", "dog"), "sigmoid", multi_label=True)


@pytest.mark.parametrize("output", [LabelOutput(("cat", "dog")), REPEATED, SEVERAL])
def test_the_document_knows_every_field_of_an_answer(output):
    """Clients ignore a field that they do not know, so a forgotten one would be noticed by none."""
    with running(labels_service(output, {output.labels[0]: 0.5})) as started:
        document = started.get("/openapi.json").json
        path = "/v1/models/{name}:predict"
        batch = form(("image", png()), ("image", b"no image"))
        for real, found in [
            (path, started.post("/v1/models/fake:predict", png())),
            (path, started.post("/v1/models/fake:predict", b"no image")),
            (path, started.post("/v1/models/nobody:predict", png())),
            (f"{path}Batch", started.post("/v1/models/fake:predictBatch", *batch)),
        ]:
            schema = schema_of(document, real, "post", found.status)
            jsonschema.Draft202012Validator(schema).validate(found.json)
        for real in ("/v1/models", "/v1/models/{name}", "/v1/answers", "/healthz"):
            found = started.get(real.replace("{name}", "fake"))
            schema = schema_of(document, real, "get", found.status)
            jsonschema.Draft202012Validator(schema).validate(found.json)


def test_the_document_knows_every_field_of_what_a_model_sees_and_must_answer(zoo):
    shows = {"Authorization": f"Bearer {SECRET}"}
    document = zoo.get("/openapi.json", **shows).json
    path = "/v1/models/{name}"
    for real, method, found in [
        (f"{path}:prepare", "post", zoo.post("/v1/models/mnist_mlp:prepare", png(), **shows)),
        (
            f"{path}:prepare",
            "post",
            zoo.post("/v1/models/imdb_lasso:prepare", b"good", "text/plain", **shows),
        ),
        *(
            (f"{path}/golden", "get", zoo.get(f"/v1/models/{name}/golden", **shows))
            for name in ("mnist_mlp", "imdb_lasso", "faces_generator")
        ),
    ]:
        schema = schema_of(document, real, method, found.status)
        jsonschema.Draft202012Validator(schema).validate(found.json)
        assert found.status == 200


def test_an_answer_fits_one_schema_alone(service, image):
    document = service.get("/openapi.json").json
    answer = service.post("/v1/models/fake:predict", image).json
    names = ("LabelsAnswer", "MultiLabelsAnswer", "ImageAnswer")
    schemas = [strict(document["components"]["schemas"][name], document) for name in names]
    fits = [jsonschema.Draft202012Validator(each).is_valid(answer) for each in schemas]
    assert fits == [True, False, False]
