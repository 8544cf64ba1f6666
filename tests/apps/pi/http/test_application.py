"""What the service answers to those who ask it properly."""

import base64
import io
import json
import re
import time
from http.client import HTTPConnection

import numpy as np
import pytest
from PIL import Image

from helpers.services import (
    ZOO,
    fake_service,
    form,
    labels_service,
    png,
    running,
    zoo_service,
)
from satchel.bundle.card import Card, ModelEntry, TensorSpec, parse_card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import Bundle
from satchel.engines.fake import FakeEngine
from satchel.errors import EngineError
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.style_transfer import StyleTransfer
from satchel.testing import FakeTextClassifier, fake_text_bundle
from satchel_pi.http.loaded_model import LoadedModel, open_bundles
from satchel_pi.http.media_types import prefers
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.worker_pool import WorkerPool, thread_workers

CAT = [{"label": "cat", "score": 1.0}, {"label": "dog", "score": 0.0}]


@pytest.fixture(scope="module")
def zoo():
    """The service with real models: mnist, the smallest of the texts, and faces."""
    with running(zoo_service("mnist", "imdb_lasso", "faces")) as found:
        yield found


@pytest.fixture(params=["raw", "octets", "form", "field", "json"])
def asked(request, image):
    """An image in every form in which it may be sent: body and Content-Type."""
    if request.param == "raw":
        return image, "image/png"
    if request.param == "octets":
        return image, "application/octet-stream"
    if request.param == "form":
        return form(("image", image))
    if request.param == "field":
        body, media = form(("image", image))
        return body.replace(b'; filename="f"', b""), media
    return {"image": base64.b64encode(image).decode()}, "application/json"


def test_an_image_in_any_form_is_classified(service, asked):
    found = service.post("/v1/models/fake:predict", *asked)
    assert (found.status, found.json["predictions"]) == (200, CAT)
    assert found.headers["content-type"] == "application/json"
    said = {name: found.json[name] for name in ("model", "version", "file", "engine")}
    assert said == {
        "model": "fake", "version": "0.0.0", "file": "fake.tflite", "engine": "FakeEngine",
    }  # fmt: skip
    assert found.json["latency_ms"] > 0


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ("Größe".encode(), "text/plain; charset=utf-8"),
        (b"plain", "text/plain"),
        ({"text": "said"}, "application/json"),
        form(("text", "Größe".encode())),
        (b'{"text": "\\ud800"}', "application/json"),
        (b"", "text/plain"),
    ],
)
def test_a_text_in_any_form_is_classified(service, body, media):
    found = service.post("/v1/models/words:predict", body, media)
    assert found.status == 200, found.content
    assert found.json["predictions"][0]["label"] == "positive"


def test_the_text_that_was_sent_is_the_text_that_is_read(serve):
    started = serve()
    for body, media in [
        ("Größe".encode(), "text/plain"),
        ({"text": "Größe"}, "application/json"),
        form(("text", "Größe".encode())),
    ]:
        started.post("/v1/models/words:predict", body, media)
    assert started.service.models["words"].runner.contents == ["Größe"] * 3


def test_top_says_how_many_labels(service, image):
    path = "/v1/models/fake:predict?top={}"
    assert service.post(path.format(1), image).json["predictions"] == CAT[:1]
    assert service.post(path.format(99), image).json["predictions"] == CAT


def test_a_batch_is_answered_in_its_order_and_outlives_what_cannot_be_read(serve):
    started = serve(images=["dog", "cat", "cat"])
    batch = form(("image", png()), ("image", b"no image"), ("image", png()))
    found = started.post("/v1/models/fake:predictBatch?top=1", *batch)
    assert found.status == 200
    first, second, third = found.json["results"]
    assert first == {"kind": "labels", "predictions": [{"label": "dog", "score": 1.0}]}
    assert (second["kind"], second["type"]) == ("problem", "/docs#invalid-input")
    assert second["detail"].startswith("Expected an image")
    assert third == {"kind": "labels", "predictions": [{"label": "cat", "score": 1.0}]}


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        ("fake", "images", [base64.b64encode(png()).decode()] * 3),
        ("words", "texts", ["good", "", "x" * 10_000]),
    ],
)
def test_a_batch_of_json_is_a_list(service, path, field, values):
    found = service.post(f"/v1/models/{path}:predictBatch", {field: values}, "application/json")
    assert found.status == 200, found.content
    assert len(found.json["results"]) == 3


def test_real_models_answer_as_the_runtime_does(zoo):
    content = (ZOO / "seven.png").read_bytes()
    found = zoo.post("/v1/models/mnist_mlp:predict", content, "image/png").json
    expected = ImageClassifier(ZOO / "mnist.satchel").classify(content, top=5)
    assert [tuple(each.values()) for each in found["predictions"]] == [tuple(e) for e in expected]
    said = zoo.post(
        "/v1/models/imdb_lasso:predict", b"A dull film, and an awful waste.", "text/plain"
    )
    assert said.json["predictions"][0]["label"] == "negative"


def test_a_generator_answers_with_an_image(zoo):
    path = "/v1/models/faces_generator:predict"
    found = zoo.post(path, {"seed": 7}, "application/json", Accept="image/png")
    assert (found.status, found.headers["content-type"]) == (200, "image/png")
    pixels = np.asarray(Image.open(io.BytesIO(found.content)))
    assert (pixels == zoo.service.models["faces_generator"].runner.generate(7)).all()
    in_json = zoo.post(path, {"seed": 7}, "application/json").json
    assert (in_json["kind"], in_json["model"]) == ("image", "faces_generator")
    assert base64.b64decode(in_json["image"]) == found.content
    several = zoo.post(f"{path}Batch", {"seeds": [7, 8]}, "application/json").json["results"]
    assert [each["kind"] for each in several] == ["image", "image"]
    assert several[0]["image"] == in_json["image"] != several[1]["image"]
    wrong = zoo.post("/v1/models/faces_generator:predict", {"seed": 2**53}, "application/json")
    assert wrong.status == 422
    assert zoo.post(path, b"").status == 415


def test_images_of_a_batch_count_as_memory_while_they_are_made():
    settings = Settings(most_memory_bytes=20_000)
    with running(zoo_service("faces", settings=settings)) as started:
        path = "/v1/models/faces_generator:predict"
        found = started.post(f"{path}Batch", {"seeds": [*range(64)]}, "application/json")
        assert (found.status, found.json["type"]) == (429, "/docs#too-many-requests")
        assert started.service.memory.held_bytes == 0
        assert started.post(path, {"seed": 7}, "application/json").status == 200


@pytest.mark.parametrize(
    ("accept", "png"),
    [
        ("image/png", True),
        ("image/*", True),
        ("image/avif,image/webp,image/*,*/*;q=0.8", True),
        ("application/json;q=0.5, image/png", True),
        ("application/json, image/png;q=0.5", False),
        ("application/json", False),
        ("*/*", False),
        ("image/png;q=0", False),
        ("image/png;q=x", False),
        ("image/pngs", False),
        ("", False),
        (",;=", False),
    ],
)
def test_an_accept_header_chooses_between_json_and_the_file(accept, png):
    assert prefers("image/png", "application/json", accept) == png


@pytest.fixture
def style():
    """A model that paints every image in one grey."""
    entry = ModelEntry(
        "fake.onnx", "onnx", "float32", 1, TensorSpec("float32"), TensorSpec("float32"), {}, 0.0, ""
    )
    card = Card("style", "1.0.0", "style-transfer", ImageInput(2, 2), ImageOutput(2, 2), (entry,))
    engine = FakeEngine(np.full((1, 2, 2, 3), 100, np.float32))
    return LoadedModel(StyleTransfer(Bundle(card, {}), engine=engine), 0)


def test_a_style_answers_with_an_image(style, image):
    with running(
        Service({"style": style}, {}, WorkerPool(thread_workers(1), waiting=1))
    ) as started:
        found = started.post("/v1/models/style:predict", image, "image/png", Accept="image/png")
        assert (found.status, found.headers["content-type"]) == (200, "image/png")
        assert (np.asarray(Image.open(io.BytesIO(found.content))) == 100).all()
        assert started.post("/v1/models/style:predict", b"no image").status == 422
        assert "data-styled" in started.get("/").content.decode()


def test_models_are_listed_with_where_to_ask_them(zoo):
    models = zoo.get("/v1/models").json["models"]
    assert [each["path"] for each in models] == [
        "/v1/models/mnist_mlp:predict",
        "/v1/models/imdb_lasso:predict",
        "/v1/models/faces_generator:predict",
    ]
    assert [each["labels"] for each in models] == [10, 2, 0]
    assert [(each["input"], each["kind"]) for each in models] == [
        ("image", "labels"),
        ("text", "labels"),
        ("seed", "image"),
    ]


def test_one_model_is_told_with_its_card(zoo):
    found = zoo.get("/v1/models/mnist_mlp").json
    listed = zoo.get("/v1/models").json["models"][0]
    card = parse_card(json.dumps(found.pop("card")).encode())
    assert found == listed
    assert card == zoo.service.models["mnist_mlp"].card
    assert zoo.get("/v1/models/nobody").status == 404


def test_a_model_of_several_labels_says_which_it_chooses(image):
    output = LabelOutput(("cat", "dog"), "sigmoid", multi_label=True, thresholds=(0.7, 0.3))
    with running(labels_service(output, {"cat": 0.6, "dog": 0.4})) as started:
        found = started.post("/v1/models/fake:predict", image).json
        assert started.get("/v1/models/fake").json["kind"] == "multi_labels"
    assert found["kind"] == "multi_labels"
    shown = [(each["label"], each["chosen"]) for each in found["predictions"]]
    assert shown == [("cat", False), ("dog", True)]


def test_labels_that_repeat_have_their_ids(image):
    output = LabelOutput(("crane", "crane"), ids=("bird", "machine"))
    with running(labels_service(output, {"crane": 0.5})) as started:
        found = started.post("/v1/models/fake:predict", image).json
    assert found["kind"] == "labels"
    assert [each["id"] for each in found["predictions"]] == ["bird", "machine"]


def test_health_is_ok_degraded_or_failing(serve, image):
    started = serve(failures={"broken": "it is off by 0.5"})
    found = started.get("/healthz")
    assert (found.status, found.json["status"]) == (200, "degraded")
    assert found.json["models"]["broken"]["why"] == "it is off by 0.5"
    assert found.json["models"]["fake"] == {
        "status": "ok", "why": "", "golden_vectors": 8, "version": "0.0.0",
    }  # fmt: skip
    assert found.json["models"]["broken"]["version"] == ""
    assert found.json["refused"] == []

    failing = serve(images=EngineError("Expected finite numbers."), texts=EngineError("nan"))
    assert failing.get("/healthz").json["status"] == "ok"
    found = failing.post("/v1/models/fake:predict", image)
    assert (found.status, found.error) == (503, "Expected finite numbers.")
    assert failing.get("/healthz").json["status"] == "degraded"
    failing.post("/v1/models/words:predict", b"text", "text/plain")
    found = failing.get("/healthz")
    assert (found.status, found.json["status"]) == (503, "failing")


def test_a_model_that_answers_again_is_healthy_again(serve, image):
    started = serve(images=[EngineError("once"), "cat"])
    assert started.post("/v1/models/fake:predict", image).status == 503
    assert started.post("/v1/models/fake:predict", image).status == 200
    assert started.get("/healthz").json["status"] == "ok"


def test_a_fault_of_the_service_is_a_500_in_the_same_shape_and_it_goes_on(serve, image, caplog):
    started = serve(images=[RuntimeError("a bug"), "cat"])
    found = started.post("/v1/models/fake:predict", image)
    assert (found.status, found.error) == (
        500, "Expected a response, got RuntimeError: a fault of the service.",
    )  # fmt: skip
    assert started.post("/v1/models/fake:predict", image).status == 200


def test_an_answer_over_an_open_connection_does_not_wait_for_the_network(service):
    """Headers and body are two writes: without TCP_NODELAY the second waits 40 ms for an ACK."""
    connection = HTTPConnection("127.0.0.1", service.port)
    taken = []
    for _ in range(60):
        started = time.perf_counter()
        connection.request("GET", "/v1/models")
        connection.getresponse().read()
        taken.append(time.perf_counter() - started)
    connection.close()
    # ACKs are quick at first; of the others the faster ones, as the machine may have other work.
    assert sorted(taken[30:])[5] < 0.035


def test_metrics_count_requests_and_measure_models(serve, image):
    started = serve()
    for _ in range(3):
        started.post("/v1/models/fake:predict", image)
    started.post("/v1/models/nobody:predict", image)
    page = started.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=")
    lines = page.content.decode().splitlines()
    assert 'satchel_requests_total{status="200"} 3.0' in lines
    assert 'satchel_requests_total{status="404"} 1.0' in lines
    assert 'satchel_request_seconds_count{model="fake"} 3.0' in lines
    assert 'satchel_model_seconds_count{model="fake"} 3.0' in lines
    assert "satchel_queue_depth 0.0" in lines
    assert not any("dropped_frames" in line for line in lines)


def test_the_documentation_names_every_path_and_loads_nothing_from_elsewhere(service):
    document = service.get("/openapi.json").json
    page = service.get("/docs").content.decode()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    for each in (page, service.get("/").content.decode()):
        assert set(re.findall(r'(?:src|href|action)="([^"]+)"', each)) <= {
            "/", "/docs", "/healthz", "/openapi.json", "/static/icon.svg", "/static/style.css",
            "/static/page.js", "#problems",
        }  # fmt: skip


def test_every_answer_keeps_a_page_to_itself(service):
    for path in ("/", "/docs", "/healthz", "/nothing", "/static/page.js"):
        headers = service.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_the_page_says_what_is_not_served():
    with running(fake_service(failures={"<broken>": "it is off"})) as started:
        page = started.get("/").content.decode()
    assert "&lt;broken&gt;" in page
    assert "it is off" in page


def test_the_page_asks_for_reviews_where_opinions_are_told_and_else_for_texts():
    spam = FakeTextClassifier(fake_text_bundle(["ham", "spam"]), predictions="spam")
    service = Service({"fake": LoadedModel(spam, 0)}, {}, WorkerPool(thread_workers(1), waiting=1))
    with running(service) as started:
        page = started.get("/").content.decode()
    assert "Write a text" in page
    assert "film" not in page
    assert "data-image" not in page
    with running(fake_service()) as started:
        assert "Write a review" in started.get("/").content.decode()


def test_a_bundle_that_does_not_open_is_a_failure_with_its_reason(tmp_path):
    bundles, [failure] = open_bundles([tmp_path / "none.satchel"], trust=None)
    assert bundles == {}
    assert failure.why.startswith("Expected a bundle")


def test_of_two_bundles_with_one_name_the_first_is_served():
    bundles, [failure] = open_bundles([ZOO / "mnist.satchel"] * 2, trust=None)
    assert list(bundles) == ["mnist_mlp"]
    assert failure.why == "Expected bundles of different names, got a second 'mnist_mlp'."
