"""A request runs on the models that were there when it began, whatever takes their place."""

import base64
import threading

import pytest

from helpers.services import fake_service, running
from satchel.testing import FakeImageClassifier, fake_image_bundle
from satchel_pi.http.loaded_model import LoadedModel
from satchel_pi.http.worker_pool import WorkerPool, thread_workers
from satchel_pi.versions.updating import Refused


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
    loaded.card = loaded.card._replace(version="9.9.9")
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
        batch = {"pictures": [base64.b64encode(image).decode()] * 3}
        path = "/v1/classify/fake/batch"
        client = threading.Thread(
            target=lambda: found.append(started.post(path, batch, "application/json").json)
        )
        client.start()
        assert slow.begun.wait(30)
        service.switch({"fake": later(quick)}, {}, WorkerPool(thread_workers(1), waiting=4))
        answer = started.post("/v1/classify/fake", image).json
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
    service.refused = (Refused("/bundles/new.satchel", "Expected a bundle, got garbage."),)
    with running(service) as started:
        found = started.get("/healthz")
    assert (found.status, found.json["status"]) == (200, "degraded")
    assert found.json["refused"] == [
        {"source": "/bundles/new.satchel", "why": "Expected a bundle, got garbage."}
    ]
