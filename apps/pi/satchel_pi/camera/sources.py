"""Sources of frames: a camera, a folder of images or a video file.

A camera may be unplugged, and a program that runs for months must survive that. ``steady`` reports
it in one line and tries again, at longer and longer intervals.
"""

import platform
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from satchel.errors import InputError
from satchel.preprocessing import SUFFIXES

if TYPE_CHECKING:
    from satchel.preprocessing import ImageLike

Frames: TypeAlias = Generator["ImageLike", None, None]
"""A generator of frames: RGB, uint8 (height, width, 3), of a camera; paths of a folder."""

FIRST_WAIT_S = 1.0
MOST_WAIT_S = 30.0
"""The longest wait between two attempts to open a camera. The wait doubles each time."""
FOLDER_RATE = 5.0
"""How many images of a folder come in a second."""
PI_SIZE = (640, 480)
"""The width and height of a frame of a Raspberry Pi's camera, in pixels."""
PICAMERA2 = "picamera2"


class CameraLost(InputError):  # noqa: N818 (the name says what happened)
    """A camera cannot be opened, or gives no frames any more."""


def open_source(
    word: str | None,
    *,
    stop: threading.Event,
    say: Callable[[str], None],
    rate: float = FOLDER_RATE,
    loop: bool = False,
) -> Frames:
    """Return the frames of the source ``word``: a device, ``picamera2``, a folder or a video file.

    None as ``word`` is the machine's camera. The frames end when ``stop`` is set. ``say`` gets one
    line when a camera is lost or is back. A folder gives ``rate`` images a second. With ``loop``, a
    folder or a video begins again at its end.

    Raises InputError if there is no such source, or if a package that it needs is not installed.
    """
    path = Path(word) if word else None
    if path is not None and path.is_dir():
        return folder_frames(path, rate=rate, loop=loop, stop=stop)
    if path is not None and path.is_file():
        return video_frames(path, _opencv(), loop=loop, stop=stop)
    if word == PICAMERA2 or (word is None and _has_picamera2()):
        module = _picamera2()
        return steady(lambda: pi_frames(module), stop=stop, say=say)
    device = _device("0" if word is None else word)
    opencv = _opencv()
    return steady(lambda: device_frames(device, opencv), stop=stop, say=say)


def steady(
    open_frames: Callable[[], Frames],
    *,
    stop: threading.Event,
    say: Callable[[str], None],
    first_wait_s: float = FIRST_WAIT_S,
) -> Frames:
    """Yield the frames of a camera until ``stop``, and open it again whenever it is lost."""
    wait_s = first_wait_s
    lost = False
    while not stop.is_set():
        try:
            with closing(open_frames()) as frames:
                for frame in frames:
                    if lost:
                        say("the camera is back")
                    lost, wait_s = False, first_wait_s
                    yield frame
                    if stop.is_set():
                        return
        except CameraLost as error:
            # Report the loss once, not at every attempt.
            if not lost:
                say(f"{error} Trying again.")
            lost = True
        stop.wait(wait_s)
        wait_s = min(2 * wait_s, MOST_WAIT_S)


def folder_frames(folder: Path, *, rate: float, loop: bool, stop: threading.Event) -> Frames:
    """Yield the images in ``folder`` in the order of their names, ``rate`` a second.

    Raises InputError if the folder holds no image.
    """
    while True:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not files:
            raise InputError(f"Expected images in the folder {str(folder)!r}, got none.")
        for path in files:
            yield path
            if stop.wait(1 / rate):
                return
        if not loop:
            return


def video_frames(path: Path, opencv: Any, *, loop: bool, stop: threading.Event) -> Frames:
    """Yield the frames of a video file at its own rate; raises InputError if it has none."""
    while True:
        video = opencv.VideoCapture(str(path))
        try:
            pause_s = 1 / max(1.0, video.get(opencv.CAP_PROP_FPS) or FOLDER_RATE)
            seen, frame = video.read()
            if not seen:
                raise InputError(f"Expected a video, got {str(path)!r}: OpenCV reads no frame.")
            while seen:
                started = time.monotonic()
                yield opencv.cvtColor(frame, opencv.COLOR_BGR2RGB)
                if stop.wait(max(0.0, pause_s - (time.monotonic() - started))):
                    return
                seen, frame = video.read()
        finally:
            video.release()
        if not loop:
            return


def device_frames(device: int | str, opencv: Any) -> Frames:
    """Yield the frames of a V4L2 device; raises CameraLost when it gives none (any more)."""
    interface = opencv.CAP_V4L2 if platform.system() == "Linux" else opencv.CAP_ANY
    name = f"/dev/video{device}" if isinstance(device, int) else device
    camera = opencv.VideoCapture(device, interface)
    try:
        if not camera.isOpened():
            raise CameraLost(f"Expected a camera as {name}, it does not open.")
        while True:
            seen, frame = camera.read()
            if not seen:
                raise CameraLost(f"Expected a frame from {name}, got none: is it plugged in?")
            yield opencv.cvtColor(frame, opencv.COLOR_BGR2RGB)
    finally:
        camera.release()


def pi_frames(picamera2: Any) -> Frames:
    """Yield the frames of a Raspberry Pi's camera; raises CameraLost when it gives none."""
    # Imported here, because the options of the service need this module without a camera.
    import numpy as np

    try:
        camera = picamera2.Picamera2()
    except (IndexError, RuntimeError) as error:
        # IndexError: libcamera's list of cameras is empty.
        raise CameraLost(f"Expected a Raspberry Pi camera, got none: {error}.") from error
    try:
        # In memory, libcamera's BGR888 begins with red.
        main = {"size": PI_SIZE, "format": "BGR888"}
        camera.configure(camera.create_video_configuration(main=main))
        camera.start()
        while True:
            # Copy the frame, because the driver fills its buffers again and again.
            yield np.array(camera.capture_array("main"))
    except (RuntimeError, OSError, TimeoutError) as error:
        raise CameraLost(f"Expected a frame from the camera, got none: {error}.") from error
    finally:
        camera.close()


def _device(word: str) -> int | str:
    if word.isascii() and word.isdigit() and len(word) < 4:
        return int(word)
    if not word.startswith("/dev/"):
        raise InputError(
            f"Expected a source: a number or /dev/videoN, {PICAMERA2}, a folder or a video file;"
            f" got {word[:200]!r}."
        )
    return word


def _has_picamera2() -> bool:
    try:
        _picamera2()
    except InputError:
        return False
    return True


def _picamera2() -> ModuleType:
    try:
        import picamera2
    except ImportError as error:
        raise InputError(
            "Expected picamera2, it is not installed: sudo apt install python3-picamera2, in an"
            " environment with --system-site-packages."
        ) from error
    module: ModuleType = picamera2
    return module


def _opencv() -> ModuleType:
    try:
        import cv2
    except ImportError as error:
        raise InputError(
            "Expected OpenCV to read a camera or a video, it is not installed:"
            " pip install opencv-python-headless."
        ) from error
    # OpenCV would log what our error says already.
    cv2.setLogLevel(0)
    module: ModuleType = cv2
    return module
