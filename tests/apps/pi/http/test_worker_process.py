"""Real worker processes: what they answer, and what becomes of those that do not."""

import asyncio
import io
import os
import signal
import sys

import numpy as np
import pytest
from PIL import Image

from helpers.services import ZOO, Running, png
from satchel.bundle.reading import open_bundle
from satchel.errors import InputError
from satchel.tasks.image_classification import ImageClassifier
from satchel_pi.http.refusal import INPUT_TOO_COSTLY, Problem
from satchel_pi.http.starting import start_workers
from satchel_pi.http.worker_process import WorkerOptions, WorkerProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="models run in threads there")

SEVEN = (ZOO / "seven.png").read_bytes()
BUNDLES = {"mnist_mlp": open_bundle(ZOO / "mnist.satchel")}


@pytest.fixture
def loop():
    """An event loop, as a service has one."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def start(loop):
    """Return a function that starts a worker of the smallest bundle, with ``ask``."""
    started = []

    def make(**options):
        worker = WorkerProcess(BUNDLES, WorkerOptions(**options))
        started.append(worker)
        assert worker.start(tested=False)["mnist_mlp"].file == "full_int8.tflite"
        worker.ask = lambda content=SEVEN: loop.run(worker.run("mnist_mlp", content, top=3))
        return worker

    yield make
    for each in started:
        each.close()
    # The loop tells the connections that they have ended.
    loop.run(asyncio.sleep(0))


def test_a_worker_answers_as_the_runtime_does(start):
    worker = start()
    expected = ImageClassifier(BUNDLES["mnist_mlp"]).classify(SEVEN, top=3)
    found = worker.ask()
    assert [tuple(each.values()) for each in found.predictions] == [tuple(e) for e in expected]
    with pytest.raises(InputError, match="Expected an image"):
        worker.ask(b"no image")
    assert worker.ask().predictions == found.predictions


def test_a_worker_that_takes_too_long_is_killed_and_started_again(start):
    worker = start(deadline_s=0.3)
    before = worker.process_id
    # It is stopped, as if it were decoding for ever.
    os.kill(before, signal.SIGSTOP)
    with pytest.raises(Problem, match=r"within 0.3 s") as caught:
        worker.ask()
    assert caught.value.kind is INPUT_TOO_COSTLY
    assert worker.process_id is None
    worker.start(tested=False)
    assert worker.ask().predictions[0]["label"] == "7"


def test_a_worker_that_crashes_says_how(start):
    worker = start()
    os.kill(worker.process_id, signal.SIGSEGV)
    with pytest.raises(Problem, match="it ended with SIGSEGV"):
        worker.ask()
    assert worker.process_id is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_an_image_beyond_the_memory_of_a_worker_is_refused(start):
    worker = start(memory_bytes=48 << 20)
    large = io.BytesIO()
    Image.fromarray(np.zeros((5000, 5000, 3), np.uint8)).save(large, "PNG")
    with pytest.raises((InputError, Problem)):
        worker.ask(large.getvalue())
    if worker.process_id is None:
        worker.start(tested=False)
    assert worker.ask().predictions[0]["label"] == "7"


def test_workers_end_with_the_service(start):
    first = start()
    number = first.process_id
    first.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_model_that_fails_its_self_test_is_left_out():
    card = BUNDLES["mnist_mlp"].card
    models = tuple(each._replace(golden_tolerance=0.0) for each in card.models)
    odd = card._replace(name="odd", models=models)
    bundles = {**BUNDLES, "odd": BUNDLES["mnist_mlp"]._replace(card=odd)}
    found = start_workers(bundles, count=2, options=WorkerOptions(), say=lambda _: None)
    try:
        assert [each.name for each in found.models] == ["mnist_mlp"]
        assert "it is off by" in found.failures[0].why
        assert len(found.workers) == 2
    finally:
        for worker in found.workers:
            worker.close()


def test_a_bundle_that_ends_the_worker_does_not_stop_the_others(monkeypatch):
    load = WorkerProcess._load

    def crash(worker, bundle, *, tested):
        if bundle.card.name == "odd":
            os.kill(worker.process_id, signal.SIGSEGV)
        return load(worker, bundle, tested=tested)

    monkeypatch.setattr(WorkerProcess, "_load", crash)
    odd = BUNDLES["mnist_mlp"]._replace(card=BUNDLES["mnist_mlp"].card._replace(name="odd"))
    bundles = {"odd": odd, **BUNDLES}
    found = start_workers(bundles, count=1, options=WorkerOptions(), say=lambda _: None)
    try:
        assert [each.name for each in found.models] == ["mnist_mlp"]
        [failure] = found.failures
        assert failure.name == "odd"
        assert "it ended with SIGSEGV" in failure.why
    finally:
        for worker in found.workers:
            worker.close()


def children_of(number):
    with open(f"/proc/{number}/task/{number}/children", encoding="ascii") as file:
        return [int(each) for each in file.read().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_a_service_whose_worker_is_lost_serves_on(serve_bundles):
    started: Running = serve_bundles(ZOO / "mnist.satchel", "--workers", "2")
    for worker in children_of(started.process.process.pid):
        os.kill(worker, signal.SIGKILL)
    statuses = [started.post("/v1/models/mnist_mlp:predict", png()).status for _ in range(4)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200
    assert started.process.line("a worker is started again")
    assert started.get("/healthz").json["status"] == "ok"
