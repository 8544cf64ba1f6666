"""A client that a generator makes from /openapi.json works, and is the same for other models."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.services import ROOT, ZOO, labels_service, running, zoo_service
from satchel.bundle.label_output import LabelOutput

GUIDE = ROOT / "docs" / "guides" / "http-api.md"
GENERATING_S = 120

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openapi_python_client") is None,
    reason="openapi-python-client is not installed",
)


def generate(url, folder):
    """Return the folder of a client of the service at ``url``."""
    config = folder / "config.yaml"
    # Its formatter would have to be in the path.
    config.write_text("post_hooks: []\n")
    client = folder / "client"
    words = ["generate", "--url", f"{url}/openapi.json", "--output-path", client]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *words, "--config", config],
        cwd=folder, capture_output=True, check=True, timeout=GENERATING_S,
    )  # fmt: skip
    return client


def run(client, program, *arguments):
    """Return what a program that imports the client prints."""
    path = os.pathsep.join([str(client), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def zoo():
    with running(zoo_service("mnist", "imdb_lasso", "faces")) as found:
        yield found


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    return generate(zoo.url, tmp_path_factory.mktemp("generated"))


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def test_a_client_does_not_change_when_a_model_is_added(client, tmp_path):
    with running(zoo_service("mnist")) as smaller:
        before = contents(generate(smaller.url, tmp_path))
    assert before == contents(client)
    modules = [name for name in before if name.startswith("satchel_client/api/models/")]
    assert {Path(name).stem for name in modules} == {
        "__init__", "get_golden_input", "get_golden_output", "get_model", "list_golden",
        "list_models", "predict", "predict_batch", "prepare",
    }  # fmt: skip


def test_the_program_of_the_guide_runs_as_printed(client, zoo):
    shown = GUIDE.read_text(encoding="utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```$", shown, re.M | re.S)
    [said] = re.findall(r"^It prints `(.+?)`", shown, re.M)
    assert run(client, program.replace("http://127.0.0.1:8080", zoo.url)) == f"{said}\n"


EVERY_KIND = """
import base64, sys
from io import BytesIO
from pathlib import Path
from satchel_client import Client
from satchel_client.api.models import get_model, list_models, predict, predict_batch
from satchel_client.api.service import get_health
from satchel_client.models import (
    ImageAnswer, LabelsAnswer, LabelsResult, PredictBatchRequest, PredictForm, PredictRequest,
    Problem, ProblemResult,
)
from satchel_client.types import File

url, image = sys.argv[1], Path(sys.argv[2]).read_bytes()
client = Client(url)
for body in (
    PredictRequest(image=base64.b64encode(image).decode()),
    PredictForm(image=File(BytesIO(image), "seven.png", "image/png")),
    File(BytesIO(image)),
):
    answer = predict.sync("mnist_mlp", client=client, body=body, top=1)
    assert isinstance(answer, LabelsAnswer), answer
    assert answer.predictions[0].label == "7"
made = predict.sync("faces_generator", client=client, body=PredictRequest(seed=7))
assert isinstance(made, ImageAnswer)
assert base64.b64decode(made.image).startswith(b"\\x89PNG")
both = PredictBatchRequest(images=[base64.b64encode(image).decode(), "AAAA"])
first, second = predict_batch.sync("mnist_mlp", client=client, body=both).results
assert isinstance(first, LabelsResult) and first.predictions[0].label == "7"
assert isinstance(second, ProblemResult) and second.type_ == "/docs#invalid-input"
refused = predict.sync("nobody", client=client, body=PredictRequest(text=""))
assert isinstance(refused, Problem)
assert (refused.type_, refused.status) == ("/docs#unknown-model", 404)
assert get_model.sync("mnist_mlp", client=client).card["name"] == "mnist_mlp"
assert get_health.sync(client=client).status == "ok"
print(*(each.model for each in list_models.sync(client=client).models))
"""


def test_a_client_reads_every_kind_of_answer(client, zoo):
    shown = run(client, EVERY_KIND, zoo.url, ZOO / "seven.png")
    assert shown == "mnist_mlp imdb_lasso faces_generator\n"


SEVERAL_LABELS = """
import sys
from io import BytesIO
from pathlib import Path
from satchel_client import Client
from satchel_client.api.models import predict
from satchel_client.models import MultiLabelsAnswer
from satchel_client.types import File

body = File(BytesIO(Path(sys.argv[2]).read_bytes()))
answer = predict.sync("fake", client=Client(sys.argv[1]), body=body)
assert isinstance(answer, MultiLabelsAnswer)
print(*(each.id for each in answer.predictions if each.chosen))
"""


def test_a_client_reads_which_labels_are_chosen(client):
    output = LabelOutput(
        ("crane", "crane", "dog"), "sigmoid", multi_label=True, ids=("bird", "machine", "dog")
    )
    with running(labels_service(output, {"crane": 0.9, "dog": 0.1})) as several:
        assert run(client, SEVERAL_LABELS, several.url, ZOO / "seven.png") == "bird machine\n"
