"""What a model reads of an input, and the golden samples of its bundle."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from helpers.services import ROOT, ZOO, png, running, zoo_service
from satchel.bundle import open_bundle
from satchel.bundle.image_input import ImageInput
from satchel.selftest import golden_vectors
from satchel.tasks import ImageClassifier, TextClassifier
from satchel_pi.http.inspection import prepare
from satchel_pi.http.loaded_model import LoadOptions, load_bundle
from satchel_pi.http.model_facts import layout_of
from satchel_pi.http.service import Service
from satchel_pi.http.worker_pool import WorkerPool, thread_workers


@pytest.fixture(scope="module")
def zoo():
    with running(zoo_service("mnist", "cifar100", "imdb_lasso", "faces")) as found:
        yield found


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def test_an_image_is_shown_as_the_model_reads_it(zoo):
    content = (ZOO / "seven.png").read_bytes()
    found = zoo.post("/v1/models/mnist_mlp:prepare", content).json
    [read] = ImageClassifier(ZOO / "mnist.satchel")._read(content)
    assert (pixels(base64.b64decode(found["image"])) == read).all()
    assert (found["kind"], found["model"]) == ("image", "mnist_mlp")
    assert found["layout"] == "28 x 28 pixels, stretched, RGB: uint8 (1, 28, 28, 3)"
    as_file = zoo.post("/v1/models/mnist_mlp:prepare", content, Accept="image/png")
    assert as_file.headers["content-type"] == "image/png"
    assert as_file.content == base64.b64decode(found["image"])


def test_an_image_for_a_model_of_grey_ones_is_grey():
    bundle = open_bundle(ZOO / "mnist.satchel")
    card = bundle.card
    grey = card._replace(input=ImageInput(2, 2, channels=1, fit="letterbox"))
    model = load_bundle(bundle, LoadOptions())
    model.bundle = bundle._replace(card=grey)
    content = io.BytesIO()
    Image.fromarray(np.uint8([[[255, 0, 0]] * 2] * 2)).save(content, "PNG")
    assert (pixels(prepare(model, content.getvalue()).image) == round(255 * 0.299)).all()
    assert layout_of(model) == "2 x 2 pixels, whole, with a border, grey: uint8 (1, 2, 2, 1)"


def test_the_tokens_of_a_text_are_told_with_their_spelling(zoo):
    text = "A Wonderful qwertzuiop film."
    found = zoo.post("/v1/models/imdb_lasso:prepare", text.encode(), "text/plain").json
    [ids] = TextClassifier(ZOO / "imdb_lasso.satchel")._read(text)
    assert [each["id"] for each in found["tokens"]] == ids[: len(found["tokens"])].tolist()
    told = [each["token"] for each in found["tokens"]]
    assert told == ["<START>", "<UNKNOWN>", "wonderful", "<UNKNOWN>", "film"]
    assert found["layout"].startswith("int32 (1, ")


def test_what_cannot_be_prepared_is_refused_in_one_line(zoo):
    found = zoo.post("/v1/models/faces_generator:prepare", {"seed": 7}, "application/json")
    assert (found.status, found.error) == (
        422, "Expected a model of images or texts, got 'faces_generator'.",
    )  # fmt: skip
    assert zoo.post("/v1/models/mnist_mlp:prepare", b"no image").status == 422
    assert zoo.post("/v1/models/nobody:prepare", png()).status == 404


def test_golden_samples_are_told_with_the_answer_of_the_float_model(zoo):
    bundle = open_bundle(ZOO / "mnist.satchel")
    vectors = golden_vectors(bundle)
    for _ in range(2):
        samples = zoo.get("/v1/models/mnist_mlp/golden").json["samples"]
        assert [each["number"] for each in samples] == list(range(len(vectors)))
        for sample, vector in zip(samples, vectors, strict=True):
            is_blend = vector.input.other is not None
            assert sample["kind"] == ("blend" if is_blend else "image")
            best = int(vector.prediction.argmax())
            assert sample["expected"][0]["label"] == bundle.card.output.labels[best]
            assert sample["tolerance"] == vector.tolerance(bundle.card.models[0])
    assert {each["kind"] for each in samples} == {"image", "blend"}
    found = zoo.get("/v1/models/mnist_mlp/golden/0")
    assert found.headers["content-type"] == "image/png"
    assert found.content == bundle.files["golden/0.png"]


def test_golden_texts_begin_in_the_list_and_are_whole_by_their_number(zoo):
    bundle = open_bundle(ZOO / "imdb_lasso.satchel")
    [first, *_] = zoo.get("/v1/models/imdb_lasso/golden").json["samples"]
    whole = bundle.files["golden/0.txt"].decode()
    assert (first["kind"], first["excerpt"]) == ("text", whole[:200])
    found = zoo.get("/v1/models/imdb_lasso/golden/0")
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert found.content.decode() == whole


def test_a_golden_seed_has_the_image_that_it_expects(zoo):
    samples = zoo.get("/v1/models/faces_generator/golden").json["samples"]
    assert [(each["kind"], each["seed"], each["expected"]) for each in samples[:2]] == [
        ("seed", 1000, []), ("seed", 1066, []),
    ]  # fmt: skip
    found = zoo.get("/v1/models/faces_generator/golden/1/output")
    expected = golden_vectors(open_bundle(ZOO / "faces.satchel"))[1].prediction
    assert (pixels(found.content) == expected).all()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("mnist_mlp/golden/64", "Expected a golden sample from 0 to 63, got '64'."),
        ("mnist_mlp/golden/-1", "Expected a golden sample from 0 to 63, got '-1'."),
        (
            "mnist_mlp/golden/" + "9" * 30,
            f"got '{'9' * 30}'.",
        ),
        ("mnist_mlp/golden/0/output", "Expected a model that makes images, got 'mnist_mlp'."),
        ("faces_generator/golden/0", "an image or a text, got a seed."),
        ("nobody/golden", "Expected a model of this service"),
    ],
)
def test_a_golden_sample_that_is_not_there_is_a_404(zoo, path, said):
    found = zoo.get(f"/v1/models/{path}")
    assert found.status == 404
    assert said in found.error


def test_a_blend_of_two_images_is_told_and_not_shown():
    bundle = open_bundle(ROOT / "tests" / "golden" / "digits.satchel")
    loaded = load_bundle(bundle, LoadOptions())
    with running(
        Service({"digits": loaded}, {}, WorkerPool(thread_workers(1), waiting=4))
    ) as started:
        samples = started.get("/v1/models/digits/golden").json["samples"]
        blends = [each for each in samples if each["kind"] == "blend"]
        for each in blends[:1]:
            assert started.get(f"/v1/models/digits/golden/{each['number']}").status == 404
    assert len(samples) == len(golden_vectors(bundle))


def test_a_golden_sample_of_a_file_that_was_written_into_is_a_problem_of_one_line(tmp_path):
    path = tmp_path / "mnist.satchel"
    content = (ZOO / "mnist.satchel").read_bytes()
    path.write_bytes(content)
    loaded = load_bundle(open_bundle(path), LoadOptions())
    with running(
        Service({"mnist_mlp": loaded}, {}, WorkerPool(thread_workers(1), waiting=4))
    ) as started:
        asked = "/v1/models/mnist_mlp/golden/0"
        assert started.get(asked).status == 200
        sample = loaded.bundle.files["golden/0.png"]
        with path.open("r+b") as file:
            file.seek(content.index(sample) + len(sample) - 20)
            file.write(bytes(8))
        found = started.get(asked)
        assert found.status == 503
        assert found.error.startswith("Expected a bundle as it was packed, got other bytes")


def test_a_bundle_without_golden_vectors_has_no_samples(service):
    assert service.get("/v1/models/fake/golden").json["samples"] == []


def test_workers_in_processes_show_the_same(serve_bundles, zoo):
    names = ("mnist", "imdb_lasso", "faces")
    started = serve_bundles(*(ZOO / f"{name}.satchel" for name in names))
    content = (ZOO / "seven.png").read_bytes()
    for ask in (
        lambda it: it.post("/v1/models/mnist_mlp:prepare", content),
        lambda it: it.post("/v1/models/imdb_lasso:prepare", b"A dull film.", "text/plain"),
        lambda it: it.get("/v1/models/mnist_mlp/golden"),
        lambda it: it.get("/v1/models/mnist_mlp/golden/0"),
        lambda it: it.get("/v1/models/faces_generator/golden/0/output"),
    ):
        assert ask(started).content == ask(zoo).content
    assert started.post("/v1/models/mnist_mlp:prepare", b"no image").status == 422
