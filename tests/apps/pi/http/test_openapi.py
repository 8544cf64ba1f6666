"""The OpenAPI document says what the service does: read by a program that tries it."""

import re
import subprocess
import sys

import pytest

from helpers.services import fake_service, running, zoo_service
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


def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(zoo, tmp_path):
    pytest.importorskip("schemathesis")
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
                    assert started.ask(method.upper(), path).status not in (404, 405)
    assert set(document["paths"]) == {
        "/v1/models", "/healthz", "/metrics", "/openapi.json",
        "/v1/classify/fake", "/v1/classify/fake/batch",
        "/v1/classify/words", "/v1/classify/words/batch",
        "/v1/camera/events", "/v1/camera/stream",
    }  # fmt: skip


def test_the_document_asks_for_a_token_only_where_there_is_one(zoo, service):
    locked = zoo.get("/openapi.json", Authorization=f"Bearer {SECRET}").json
    assert locked["security"] == [{"token": []}]
    assert locked["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in service.get("/openapi.json").json
