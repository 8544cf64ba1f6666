"""The page that says how the service is, and the figures on it."""

import doctest
import os
import re
import sys
import time

import pytest

from helpers.services import ZOO, fake_service, running
from satchel.errors import EngineError, TrustError
from satchel_pi.http import words
from satchel_pi.http.health import load_of, status_of
from satchel_pi.http.service import NewVersion
from satchel_pi.versions.updating import refusal

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
    ],
)
def test_a_browser_gets_a_page_and_a_program_json(service, accept, media):
    found = service.get("/healthz", Accept=accept)
    assert (found.status, found.headers["content-type"]) == (200, media)
    assert found.headers["vary"] == "Accept"


def test_the_page_says_of_each_model_how_it_is_and_what_was_refused(image):
    service = fake_service(images=EngineError("Expected <finite> numbers."))
    service.failures = {"broken": "it is off"}
    service.refused = (
        refusal("/bundles/new.satchel", TrustError("Expected a signature & got none.")),
        refusal("", EngineError("it has no file")),
    )
    service.testing = NewVersion("words", "2.0.0", time.monotonic() - 75)
    with running(service) as started:
        started.post("/v1/models/fake:predict", image)
        page = started.get("/healthz", Accept=BROWSER).content.decode()
    for said in (
        "degraded", "fake", "0.0.0", "failing", "Expected &lt;finite&gt; numbers.",
        "8 golden vectors passed", "FakeEngine", "text classification", "0 of at most 8",
        "broken", "not served", "it is off",
        "/bundles/new.satchel", "Expected a signature &amp; got none.", "Let a trusted key sign it",
        "words 2.0.0</strong>, for 1 min 15 s",
    ):  # fmt: skip
        assert said in page, said


def test_a_page_of_a_service_that_fails_is_a_503_too(image):
    with running(fake_service(images=EngineError("nan"), texts=EngineError("nan"))) as started:
        started.post("/v1/models/fake:predict", image)
        started.post("/v1/models/words:predict", b"text", "text/plain")
        found = started.get("/healthz", Accept=BROWSER)
    assert (found.status, b"No model works." in found.content) == (503, True)


def test_a_service_that_ends_says_so():
    service = fake_service()
    service.stopping = True
    assert status_of(service) == "stopping"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process")
def test_the_memory_is_that_of_the_processes_that_there_are():
    service = fake_service()
    assert load_of(service).worker_bytes is None

    class Child:
        process_id = os.getppid()

    class Ended:
        process_id = None

    service.pool._workers = [Child(), Child(), Ended()]
    load = load_of(service)
    assert load.service_bytes > 10 << 20
    assert load.worker_bytes > 0
    assert load.workers == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process")
def test_the_page_of_a_service_with_workers_says_what_they_take(serve_bundles):
    started = serve_bundles(ZOO / "mnist.satchel", "--workers", "2")
    page = started.get("/healthz", Accept=BROWSER).content.decode()
    [workers] = re.findall(r"<dt>Memory, workers</dt><dd>(\d+) MB</dd>", page)
    assert 20 < int(workers) < 1000
    assert "<dt>Workers</dt><dd>2</dd>" in page
    assert re.search(r"<dt>Up for</dt><dd>\d+ s</dd>", page)


def test_figures_are_written_as_their_examples_say():
    found = doctest.testmod(words)
    assert (found.failed, found.attempted > 0) == (0, True)
