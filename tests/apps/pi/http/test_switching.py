"""A request runs on the models that were there when it began, whatever takes their place."""

import asyncio
import base64
import errno
import itertools
import os
import sys
import threading

import pytest

from helpers.services import ZOO, fake_service, running
from satchel.bundle import open_bundle
from satchel.device import start_child
from satchel.errors import (
    BundleError,
    CardError,
    EngineError,
    OutputError,
    SatchelError,
    TrustError,
)
from satchel.testing import FakeImageClassifier, fake_image_bundle
from satchel_pi.http import worker_process
from satchel_pi.http.health import to_json
from satchel_pi.http.loaded_model import LoadedModel
from satchel_pi.http.switching import ServiceHost
from satchel_pi.http.worker_pool import WorkerPool, thread_workers
from satchel_pi.http.worker_process import WorkerOptions
from satchel_pi.versions.updating import refusal


class Waiting(FakeImageClassifier):
    """Says what it is told, when it is let."""

    def __init__(self):
        super().__init__(fake_image_bundle(["cat", "dog"]), predictions="cat")
        self.begun = threading.Event()
        self.let = threading.Event()

    def classify(self, source, **words):
        self.begun.set()
        assert self.let.wait(30)
        return super().classify(source, **words)


class Closing:
    """A worker that notes its end."""

    def __init__(self, worker):
        self._worker = worker
        self.closed = threading.Event()

    def __getattr__(self, name):
        return getattr(self._worker, name)

    def close(self):
        self._worker.close()
        self.closed.set()


def later(runner):
    loaded = LoadedModel(runner, 8)
    loaded.bundle = loaded.bundle._replace(card=loaded.card._replace(version="9.9.9"))
    return loaded


@pytest.fixture
def slow():
    return Waiting()


def test_what_has_begun_is_answered_by_what_was_served_and_then_that_ends(slow, image):
    old = Closing(thread_workers(1)[0])
    service = fake_service()
    service.models = {"fake": LoadedModel(slow, 8)}
    service.pool = WorkerPool([old], waiting=4)
    quick = FakeImageClassifier(fake_image_bundle(["cat", "dog"]), predictions="dog")
    with running(service) as started:
        found = []
        batch = {"images": [base64.b64encode(image).decode()] * 3}
        path = "/v1/models/fake:predictBatch"
        client = threading.Thread(
            target=lambda: found.append(started.post(path, batch, "application/json").json)
        )
        client.start()
        assert slow.begun.wait(30)
        service.switch({"fake": later(quick)}, {}, WorkerPool(thread_workers(1), waiting=4))
        answer = started.post("/v1/models/fake:predict", image).json
        assert (answer["version"], answer["predictions"][0]["label"]) == ("9.9.9", "dog")
        assert not old.closed.is_set()
        slow.let.set()
        client.join(30)
        # All inputs of the batch, although two of them had not begun.
        [answer] = found
        assert answer["version"] == "0.0.0"
        assert [each["predictions"][0]["label"] for each in answer["results"]] == ["cat"] * 3
        assert old.closed.wait(30)
        assert service.metrics.page().count(b"satchel_queue_depth 0.0") == 1


def test_health_is_degraded_by_what_was_refused_and_names_it():
    service = fake_service()
    error = BundleError("Expected a bundle, got garbage.")
    service.refused = (refusal("/bundles/new.satchel", error),)
    with running(service) as started:
        found = started.get("/healthz")
        lines = started.get("/metrics").content.decode().splitlines()
    assert (found.status, found.json["status"]) == (200, "degraded")
    assert found.json["refused"] == [
        {
            "source": "/bundles/new.satchel",
            "why": "Expected a bundle, got garbage.",
            "remedy": "Put a right file in its place, or take it away.",
        }
    ]
    assert "satchel_refused_versions 1.0" in lines


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (TrustError("no key"), "Let a trusted key sign it"),
        (CardError("no card"), "Put a right file in its place"),
        (EngineError("it is off"), "Pack a version that passes"),
        (OutputError("no folder"), "Make room on the disk, then"),
        (OSError(errno.ENOMEM, "no memory"), "Make room on the disk or in memory"),
        (SatchelError("no folder"), "Mend what the reason names"),
    ],
)
def test_what_to_do_is_told_for_each_kind_of_refusal(error, remedy):
    assert refusal("file", error).remedy.startswith(remedy)


class Starts:
    """Stands for ``start_child``: its first children are real, later ones crash or do not start."""

    def __init__(self, real, *, then):
        self._real = real
        self._then = then
        # Workers are started in several threads at once.
        self._count = itertools.count()
        self.processes = []

    def __call__(self, arguments, **words):
        if next(self._count) >= self._real:
            if isinstance(self._then, OSError):
                raise self._then
            arguments = ["-c", self._then]
        process = start_child(arguments, **words)
        self.processes.append(process)
        return process


@pytest.fixture
def host(monkeypatch):
    """Return a function that makes a host of mnist, whose workers are started by ``starts``."""

    def make(starts):
        monkeypatch.setattr(worker_process, "start_child", starts)
        bundle = open_bundle(ZOO / "mnist.satchel")
        service = fake_service()
        service.models = {"mnist_mlp": service.models["fake"]}
        options = WorkerOptions()
        loop = asyncio.new_event_loop()
        loop.close()
        return ServiceHost(
            service, {"mnist_mlp": bundle}, loop, count=2, options=options, say=pytest.fail
        )

    return make


processes_only = pytest.mark.skipif(sys.platform == "win32", reason="models run in threads there")


@processes_only
def test_a_version_that_crashes_in_its_self_test_is_one_error_and_leaves_no_process(host):
    starts = Starts(0, then="import os; os.abort()")
    with pytest.raises(EngineError, match="it ended with SIGABRT"):
        host(starts).prepare(open_bundle(ZOO / "mnist.satchel"))
    assert all(each.poll() is not None for each in starts.processes)


@processes_only
def test_if_one_worker_of_a_version_does_not_start_none_is_left(host):
    starts = Starts(2, then=OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
    with pytest.raises(OSError, match=os.strerror(errno.EAGAIN)):
        host(starts).prepare(open_bundle(ZOO / "mnist.satchel"))
    # The test and the first worker.
    assert len(starts.processes) == 2
    assert all(each.poll() is not None for each in starts.processes)


@processes_only
def test_a_version_that_is_dropped_leaves_no_process(host):
    starts = Starts(3, then="")
    opened = host(starts).prepare(open_bundle(ZOO / "mnist.satchel"))
    assert sorted(each.poll() is None for each in starts.processes) == [False, True, True]
    opened.drop()
    assert all(each.poll() is not None for each in starts.processes)


@processes_only
def test_a_version_that_is_ready_when_the_service_has_ended_leaves_no_process(host):
    starts = Starts(3, then="")
    # The event loop of this host is closed.
    host(starts).prepare(open_bundle(ZOO / "mnist.satchel")).switch("")
    assert all(each.poll() is not None for each in starts.processes)


@processes_only
def test_health_names_the_version_that_is_tested_until_its_test_ends(host):
    made = host(Starts(3, then=""))

    def testing():
        found = to_json(made._service, told=True)["testing"]
        return [(each["model"], each["version"]) for each in found]

    opened = made.prepare(open_bundle(ZOO / "mnist.satchel"))
    assert testing() == [("mnist_mlp", "1.0.0")]
    opened.drop()
    assert testing() == []
    with pytest.raises(EngineError):
        made.prepare(open_bundle(ZOO / "mnist.satchel"))
    assert testing() == []
