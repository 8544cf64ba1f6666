"""A camera beside a service, and those who look at it."""

import errno
import io
import json
import re
import socket
import threading
import time
from contextlib import contextmanager

import numpy as np
from PIL import Image

from helpers.services import eventually, fake_service, png, read_stream, running
from satchel.errors import InputError
from satchel_pi.camera.sources import CameraLost, steady
from satchel_pi.camera.watcher import Camera, Watcher
from satchel_pi.http.live_view import MOST_VIEWERS, LiveView, publisher, to_jpeg

FRAME = np.full((48, 64, 3), 200, np.uint8)


def forever(pause_s=0.01):
    while True:
        yield FRAME
        time.sleep(pause_s)


@contextmanager
def watched(frames, *, said, show=lambda _: None, **words):
    """Serve beside a camera of ``frames``."""
    live = LiveView("test", "fake")
    service = fake_service(live=live, **words)
    stop = threading.Event()
    classifier = service.models["fake"].runner
    camera = Camera("test", classifier, frames(stop), stop, show)
    publish = publisher(live)
    with running(service) as found:
        watcher = Watcher(
            camera, also=lambda seen: publish(seen.result, seen.card.version), say=said.append
        )
        watcher.start()
        try:
            yield found
        finally:
            watcher.close()


def test_viewers_are_told_what_the_camera_sees():
    said = []
    with watched(lambda _: forever(), said=said) as started:
        found = read_stream(
            started.port, "/v1/camera/events", lambda got: got.count(b"data: ") >= 3
        )
    assert b"content-type: text/event-stream" in found
    events = [json.loads(each) for each in re.findall(rb"data: (.*)\n\n", found)]
    assert events[0]["predictions"][0] == {"label": "cat", "score": 1.0}
    assert (events[0]["model"], events[0]["version"]) == ("fake", "0.0.0")
    assert [each["number"] for each in events] == sorted({each["number"] for each in events})
    assert said == []


def test_viewers_are_shown_what_the_camera_sees():
    with watched(lambda _: forever(), said=[]) as started:
        found = read_stream(
            started.port, "/v1/camera/stream", lambda got: got.count(b"\xff\xd9") >= 2
        )
        metrics = started.get("/metrics").content.decode()
    assert b"multipart/x-mixed-replace; boundary=satchel-frame" in found
    image = found[found.index(b"\xff\xd8") : found.index(b"\xff\xd9") + 2]
    assert Image.open(io.BytesIO(image)).size == (64, 48)
    assert re.search(r"^satchel_dropped_frames_total \d", metrics, re.M)


def test_a_camera_that_is_unplugged_leaves_the_service_serving():
    said = []

    def unplugged():
        yield FRAME
        raise CameraLost("Expected a frame, got none.")

    def frames(stop):
        return steady(unplugged, stop=stop, say=said.append, first_wait_s=0.05)

    with watched(frames, said=said) as started:
        deadline = time.monotonic() + 10
        while len(said) < 3 and time.monotonic() < deadline:
            assert started.post("/v1/models/fake:predict", png()).status == 200
        assert started.get("/healthz").json["status"] == "ok"
    assert said[:3] == [
        "Expected a frame, got none. Trying again.",
        "the camera is back",
        "Expected a frame, got none. Trying again.",
    ]


def test_a_source_that_ends_for_good_leaves_the_service_serving():
    said = []

    def broken(_):
        yield FRAME
        raise InputError("Expected more.")

    with watched(broken, said=said) as started:
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        assert started.post("/v1/models/fake:predict", png()).status == 200
        newest = read_stream(started.port, "/v1/camera/events", lambda got: b"data: " in got)
    assert said == ["Expected more."]
    assert b'"number": 0' in newest


def test_a_source_that_ends_is_said_and_one_that_is_closed_is_not():
    said = []
    with watched(lambda _: iter([FRAME]), said=said):
        eventually(lambda: said)
    assert said == [
        "Expected more frames of 'test', got its end: --loop begins a folder or a video again."
    ]
    with watched(lambda _: forever(), said=said):
        pass
    assert len(said) == 1


def test_a_camera_whose_words_cannot_be_written_leaves_the_service_serving():
    said = []

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with watched(lambda _: forever(), said=said, show=full) as started:
        eventually(lambda: said)
        assert started.get("/healthz").status == 200
    assert said == [
        "Expected to write what the camera sees, got: No space left on device. The camera has"
        " ended."
    ]


def test_more_viewers_than_allowed_are_told_to_come_again_and_places_become_free():
    with watched(lambda _: forever(), said=[]) as started:
        words = b"GET /v1/camera/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        viewers = [
            socket.create_connection(("127.0.0.1", started.port)) for _ in range(MOST_VIEWERS)
        ]
        for each in viewers:
            each.sendall(words)
            assert each.recv(100).startswith(b"HTTP/1.1 200")
        refused = started.get("/v1/camera/stream")
        assert (refused.status, refused.headers["retry-after"]) == (429, "5")
        for each in viewers:
            each.close()
        deadline = time.monotonic() + 10
        while started.service.live._viewers and time.monotonic() < deadline:
            time.sleep(0.01)
        assert started.service.live._viewers == 0


def test_a_service_with_viewers_ends_at_once():
    with watched(lambda _: forever(), said=[]) as started:
        viewer = socket.create_connection(("127.0.0.1", started.port), timeout=10)
        viewer.sendall(b"GET /v1/camera/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        viewer.recv(100)
        before = time.monotonic()
    assert time.monotonic() - before < 5
    while viewer.recv(65536):
        pass
    viewer.close()


def test_a_viewer_that_takes_nothing_is_left(monkeypatch):
    monkeypatch.setattr("satchel_pi.http.live_view.SLOW_VIEWER_S", 0.3)
    noise = np.random.default_rng(7).integers(0, 256, (480, 640, 3), np.uint8)

    def frames(_):
        while True:
            yield noise
            time.sleep(0.01)

    with watched(frames, said=[]) as started:
        with socket.create_connection(("127.0.0.1", started.port)) as viewer:
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            viewer.sendall(b"GET /v1/camera/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            live = started.service.live
            deadline = time.monotonic() + 20
            while not live.watchers and time.monotonic() < deadline:
                time.sleep(0.01)
            while live.watchers and time.monotonic() < deadline:
                time.sleep(0.05)
            assert live.watchers == 0
        assert started.get("/healthz").status == 200


def test_without_a_camera_there_is_no_stream(service):
    assert service.get("/v1/camera/events").status == 404
    assert "data-live" not in service.get("/").content.decode()


def test_a_frame_becomes_a_small_jpeg_and_a_damaged_file_none(tmp_path):
    assert Image.open(io.BytesIO(to_jpeg(np.zeros((960, 1280, 3), np.uint8)))).size == (640, 480)
    (tmp_path / "a.png").write_bytes(png())
    assert Image.open(io.BytesIO(to_jpeg(tmp_path / "a.png"))).size == (8, 8)
    (tmp_path / "b.png").write_bytes(b"none")
    assert to_jpeg(tmp_path / "b.png") == b""
