"""A camera that goes on with the new versions of a service."""

import json
import re
import shutil
import signal
import sys

import pytest

from helpers.services import ZOO, eventually
from helpers.versions import put, version_of
from satchel.errors import EngineError
from satchel.testing import FakeImageClassifier, fake_image_bundle
from satchel_pi.camera.watcher import Camera
from satchel_pi.commands.camera_versions import CameraHost

NAME = "mnist_mlp"
ONE = ("--workers", "1")


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    shutil.copy(ZOO / "seven.png", folder)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_a_new_version_and_a_roll_back_reach_the_camera(
    serve_bundles, start_satchel, images, tmp_path
):
    folder, place = tmp_path / "bundles", tmp_path / "events.jsonl"
    folder.mkdir()
    shutil.copy(ZOO / "mnist.satchel", folder)
    watched = ("--camera", "--source", images, "--rate", "20", "--loop", "--events", place)
    started = serve_bundles("--watch", folder, *ONE, *watched)

    def events():
        lines = [json.loads(line) for line in place.read_text().splitlines()]
        return [(each["event"], each["version"], each["reason"]) for each in lines]

    eventually(events)
    put(folder, "broken.satchel", version_of("mnist", "1.0.1", wrong=True))
    started.process.line("without .*broken.satchel: Expected full_int8")
    put(folder, "new.satchel", version_of("mnist", "1.1.0"))
    started.process.line(f"serves {NAME} 1.1.0, no longer 1.0.0")
    eventually(lambda: len(events()) == 3)
    start_satchel("serve", "--watch", folder, "--rollback", NAME).process.wait(60)
    started.process.line(f"serves {NAME} 1.0.0, no longer 1.1.0")
    eventually(lambda: len(events()) == 5)
    assert started.process.end(signal.SIGTERM) == 0
    assert events() == [
        ("begin", "1.0.0", None), ("end", "1.0.0", "model"),
        ("begin", "1.1.0", None), ("end", "1.1.0", "model"),
        ("begin", "1.0.0", None), ("end", "1.0.0", "stopped"),
    ]  # fmt: skip


def test_a_bundle_that_is_not_served_watches_no_camera(serve_bundles, images, tmp_path):
    (tmp_path / "broken.satchel").write_bytes(version_of("mnist", "1.0.0", wrong=True))
    started = serve_bundles(
        tmp_path / "broken.satchel",
        ZOO / "imdb_lasso.satchel",
        *ONE,
        "--camera",
        "--source",
        images,
    )
    assert any(
        re.search(f"without its camera: {NAME} is not served$", each)
        for each in started.process.said
    )
    assert started.get("/v1/camera/events").status == 404


class FakeHost:
    """A host that says what is done with what it has prepared."""

    def __init__(self):
        self.done = []

    def served(self):
        return {"fake": bundle("1.0.0")}

    def prepare(self, _):
        return self

    def switch(self, source):
        self.done.append(source)

    def drop(self):
        self.done.append("dropped")

    def report(self, refused):
        self.done.append(refused)


def bundle(version, name="fake"):
    found = fake_image_bundle(["cat", "dog"])
    return found._replace(card=found.card._replace(name=name, version=version))


def classifier(found):
    return FakeImageClassifier(found, predictions="cat")


@pytest.fixture
def camera():
    return Camera("test", classifier(bundle("1.0.0")), iter(()), None, print)


def version(camera):
    return camera.classifier.bundle.card.version


def test_the_camera_switches_with_the_service_and_not_before(camera):
    inner = FakeHost()
    host = CameraHost(inner, camera, classifier)
    prepared = host.prepare(bundle("1.1.0"))
    assert version(camera) == "1.0.0"
    prepared.switch("new.satchel")
    assert (version(camera), inner.done) == ("1.1.0", ["new.satchel"])
    host.prepare(bundle("1.2.0")).drop()
    host.report(["refused"])
    assert (version(camera), inner.done[1:]) == ("1.1.0", ["dropped", ["refused"]])
    assert list(host.served()) == ["fake"]


def test_a_version_that_the_camera_cannot_open_is_not_served_either(camera):
    inner = FakeHost()

    def fails(_):
        raise EngineError("Expected more memory.")

    host = CameraHost(inner, camera, fails)
    with pytest.raises(EngineError, match="more memory"):
        host.prepare(bundle("1.1.0"))
    assert (version(camera), inner.done) == ("1.0.0", ["dropped"])


def test_other_models_leave_the_camera_alone(camera):
    def fails(_):
        raise AssertionError("it is not the camera's")

    CameraHost(FakeHost(), camera, fails).prepare(bundle("1.1.0", name="other")).switch("x")
    assert version(camera) == "1.0.0"
