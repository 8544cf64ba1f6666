"""A camera to labels, and to who looks on."""

import io
import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from satchel.errors import InputError, SatchelError
from satchel.preprocessing import Picture, decode
from satchel.tasks import FrameResult, ImageClassifier
from satchel_pi.live import Live, Seen
from satchel_pi.sources import Frames

TOP = 5
SHOWN_SIDE = 640
"""Pixels, of the longer side of a frame on the page"""
JPEG_QUALITY = 75

Show = Callable[[FrameResult[Picture]], None]


def watch(
    classifier: ImageClassifier, frames: Frames, *, show: Show, stop: threading.Event
) -> None:
    """Hand what ``classifier`` says of the newest frame to ``show``, until ``stop`` or the end.

    Raises what ``frames`` raises.
    """
    results = classifier.classify_stream(frames, top=TOP)
    try:
        for result in results:
            show(result)
            if stop.is_set():
                return
    finally:
        # A source that waits for its camera looks at it.
        stop.set()
        results.close()


class Camera(NamedTuple):
    """Frames, and what is done with each result, whether somebody looks on or not."""

    source: str
    """To show"""
    classifier: ImageClassifier
    frames: Frames
    show: Show
    stop: threading.Event
    """Ends the frames"""


class Watcher(threading.Thread):
    """Watches beside a service, which goes on whatever becomes of the camera."""

    def __init__(self, camera: Camera, *, also: Show, say: Callable[[str], None]) -> None:
        """``also`` gets every result too, ``say`` the one line that says what ended it."""
        super().__init__(name="satchel-camera", daemon=True)
        self._camera = camera
        self._also = also
        self._say = say

    def run(self) -> None:
        """Watch until the frames end."""
        camera = self._camera

        def show(result: FrameResult[Picture]) -> None:
            self._also(result)
            camera.show(result)

        try:
            watch(camera.classifier, camera.frames, show=show, stop=camera.stop)
        except SatchelError as error:
            self._say(str(error))

    def close(self) -> None:
        """Stop, and wait until the camera is released; also where it was never started."""
        self._camera.stop.set()
        if self.ident is not None:
            self.join()


def shown_by(live: Live) -> Show:
    """Return what makes a result the newest that ``live`` has."""

    def show(result: FrameResult[Picture]) -> None:
        says = {
            "number": result.number,
            "dropped": result.dropped,
            "latency_ms": round(1000 * result.seconds, 3),
            "predictions": [each._asdict() for each in result.predictions],
            "error": None if result.error is None else str(result.error),
        }
        picture = to_jpeg(result.frame) if live.watchers else b""
        live.show(Seen(says, picture), dropped=result.dropped)

    return show


def to_jpeg(frame: Picture) -> bytes:
    """Return ``frame`` as a small JPEG file, empty for one that cannot be read."""
    try:
        pixels = frame if isinstance(frame, np.ndarray) else decode(frame)
    except InputError:
        # The classifier has said what is wrong with it.
        return b""
    image = Image.fromarray(pixels)
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
