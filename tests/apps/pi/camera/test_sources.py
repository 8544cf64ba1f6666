"""Where frames come from, and cameras that are unplugged in the middle."""

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.services import png
from satchel.errors import InputError
from satchel_pi.camera import sources
from satchel_pi.camera.sources import CameraLost, device_frames, open_source, pi_frames, steady


@pytest.fixture
def stop():
    return threading.Event()


@pytest.fixture
def said():
    return []


class Opencv:
    """A camera of three frames, then it is unplugged; every second time it does not even open."""

    CAP_V4L2, CAP_ANY, COLOR_BGR2RGB = 200, 0, 4

    def __init__(self):
        self.opened = 0
        self.released = 0

    def VideoCapture(self, device, interface):  # noqa: N802 (OpenCV's name)
        self.opened += 1
        frames = iter(np.full((2, 2, 3), (0, 0, n), np.uint8) for n in range(3))
        opens = self.opened % 2 == 1

        def read():
            frame = next(frames, None)
            return frame is not None, frame

        def release():
            self.released += 1

        return SimpleNamespace(isOpened=lambda: opens, read=read, release=release)

    def cvtColor(self, frame, code):  # noqa: N802 (OpenCV's name)
        return frame[..., ::-1]


def test_a_device_gives_rgb_until_it_is_unplugged_and_is_released():
    opencv = Opencv()
    frames = device_frames(0, opencv)
    assert [int(next(frames)[0, 0, 0]) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(CameraLost, match="Expected a frame from /dev/video0, got none: is"):
        next(frames)
    with pytest.raises(CameraLost, match="Expected a camera as /dev/video9, it does not open"):
        next(device_frames("/dev/video9", opencv))
    assert opencv.released == 2


def test_a_camera_that_is_unplugged_is_opened_again_and_said_to_be_lost_once(stop, said):
    opencv = Opencv()
    frames = steady(
        lambda: device_frames(0, opencv), stop=stop, say=said.append, first_wait_s=0.001
    )
    for _ in range(9):
        next(frames)
    assert said == [
        "Expected a frame from /dev/video0, got none: is it plugged in? Trying again.",
        "the camera is back",
    ] * 2  # fmt: skip
    stop.set()
    assert list(frames) == []
    assert opencv.released == opencv.opened


def test_each_try_waits_twice_as_long_up_to_a_limit(said):
    waits = []

    class Stop(threading.Event):
        def wait(self, timeout=None):
            waits.append(timeout)
            if len(waits) == 8:
                self.set()
            return self.is_set()

    def never():
        raise CameraLost("gone.")
        yield

    assert list(steady(never, stop=Stop(), say=said.append)) == []
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert said == ["gone. Trying again."]


def test_a_wait_for_a_camera_ends_when_nobody_watches_any_more(stop, said):
    def never():
        raise CameraLost("gone.")
        yield

    frames = steady(never, stop=stop, say=said.append, first_wait_s=3600)
    ended = threading.Thread(target=lambda: list(frames))
    ended.start()
    stop.set()
    ended.join(5)
    assert not ended.is_alive()


class Picamera2:
    """A Raspberry Pi's camera of two frames in one buffer."""

    def __init__(self):
        self.calls = []
        self.buffer = np.zeros((4, 4, 3), np.uint8)

    def create_video_configuration(self, main):
        return main

    def configure(self, main):
        self.calls.append(main["format"])

    def start(self):
        self.calls.append("start")

    def capture_array(self, name):
        if self.buffer[0, 0, 0] == 2:
            raise RuntimeError("camera frontend has timed out")
        self.buffer += 1
        return self.buffer

    def close(self):
        self.calls.append("close")


def test_a_raspberry_pis_camera_gives_copies_until_it_fails_and_is_closed():
    camera = Picamera2()
    frames = pi_frames(SimpleNamespace(Picamera2=lambda: camera))
    first, second = next(frames), next(frames)
    assert (first[0, 0, 0], second[0, 0, 0]) == (1, 2)
    with pytest.raises(CameraLost, match="Expected a frame from the camera, got none: cam"):
        next(frames)
    assert camera.calls == ["BGR888", "start", "close"]


def test_no_raspberry_pi_camera_is_a_lost_one():
    def none():
        raise IndexError("list index out of range")

    with pytest.raises(CameraLost, match="Expected a Raspberry Pi camera, got none"):
        next(pi_frames(SimpleNamespace(Picamera2=none)))


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.PNG"):
        (tmp_path / name).write_bytes(png())
    (tmp_path / "note.txt").write_text("no image")
    return tmp_path


def test_a_folder_gives_its_images_by_name(folder, stop, said):
    frames = open_source(str(folder), stop=stop, say=said.append, rate=1000)
    assert [each.name for each in frames] == ["a.PNG", "b.png"]


def test_a_folder_begins_again_until_it_is_stopped(folder, stop, said):
    frames = open_source(str(folder), stop=stop, say=said.append, rate=1000, loop=True)
    assert [next(frames).name for _ in range(4)] == ["a.PNG", "b.png"] * 2
    stop.set()
    assert list(frames) == []


def test_an_empty_folder_is_refused(tmp_path, stop, said):
    frames = open_source(str(tmp_path), stop=stop, say=said.append)
    with pytest.raises(InputError, match="Expected images in the folder"):
        next(frames)


def test_a_video_gives_its_frames(tmp_path, stop, said):
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "red.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 1000, (32, 32))
    for _ in range(5):
        writer.write(np.full((32, 32, 3), (0, 0, 255), np.uint8))
    writer.release()
    frames = list(open_source(str(path), stop=stop, say=said.append))
    assert len(frames) == 5
    red, green, blue = frames[0].reshape(-1, 3).mean(axis=0)
    assert (red > 200, green < 50, blue < 50) == (True, True, True)


def test_a_file_that_is_no_video_is_refused(tmp_path, stop, said):
    pytest.importorskip("cv2")
    path = tmp_path / "note.avi"
    path.write_text("no video")
    with pytest.raises(InputError, match=r"Expected a video, got .*note\.avi"):
        next(open_source(str(path), stop=stop, say=said.append))


@pytest.mark.parametrize("word", ["nothing-there", "", "1234", "²"])
def test_what_is_no_source_is_refused(word, stop, said):
    with pytest.raises(InputError, match="Expected a source: a number or /dev/videoN"):
        open_source(word, stop=stop, say=said.append)


@pytest.mark.parametrize(
    ("word", "module", "remedy"),
    [
        ("0", "cv2", r"pip install opencv-python-headless"),
        ("picamera2", "picamera2", "apt install"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_remedy(
    word, module, remedy, stop, said, monkeypatch
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=remedy):
        open_source(word, stop=stop, say=said.append)


def test_without_a_word_it_is_the_pis_camera_where_picamera2_is_installed(stop, said, monkeypatch):
    camera = Picamera2()
    monkeypatch.setitem(sys.modules, "picamera2", SimpleNamespace(Picamera2=lambda: camera))
    frames = open_source(None, stop=stop, say=said.append)
    assert next(frames).shape == (4, 4, 3)
    frames.close()
    assert camera.calls[-1] == "close"


def test_the_opencv_that_is_installed_has_what_is_used_of_it():
    cv2 = pytest.importorskip("cv2")
    sources._opencv()
    with pytest.raises(CameraLost, match="Expected a camera as /dev/video99, it does not open"):
        next(device_frames(99, cv2))
    assert not Path("/dev/video99").exists()
