"""Runs a classifier on the frames of a camera, in this thread or beside a service."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from satchel.errors import SatchelError
from satchel.preprocessing import ImageLike
from satchel.tasks import FrameResult, ImageClassifier
from satchel_pi.camera.sources import Frames

TOP = 5

OnResult = Callable[[FrameResult[ImageLike]], None]


def watch(
    classifier: ImageClassifier, frames: Frames, *, show: OnResult, stop: threading.Event
) -> None:
    """Classify the newest frame again and again, and call ``show`` with each result.

    This ends when ``stop`` is set or when the frames end. Raises what ``frames`` raises.
    """
    results = classifier.classify_stream(frames, top=TOP)
    try:
        for result in results:
            show(result)
            if stop.is_set():
                return
    finally:
        # A source that waits for its camera ends only when this is set.
        stop.set()
        results.close()


class Camera(NamedTuple):
    """A camera to watch: its frames, their classifier, and the function that gets each result."""

    source: str
    """The name of the source, for the page."""
    classifier: ImageClassifier
    frames: Frames
    show: OnResult
    stop: threading.Event
    """The event that ends the frames."""


class Watcher(threading.Thread):
    """Watches a camera beside a service, which goes on running if the camera fails."""

    def __init__(self, camera: Camera, *, also: OnResult, say: Callable[[str], None]) -> None:
        """Prepare the thread. ``also`` gets every result too, ``say`` the error that ends it."""
        super().__init__(name="satchel-camera", daemon=True)
        self._camera = camera
        self._also = also
        self._say = say

    def run(self) -> None:
        """Watch until the frames end."""
        camera = self._camera

        def show(result: FrameResult[ImageLike]) -> None:
            self._also(result)
            camera.show(result)

        try:
            watch(camera.classifier, camera.frames, show=show, stop=camera.stop)
        except SatchelError as error:
            self._say(str(error))

    def close(self) -> None:
        """Stop and wait until the camera is released. It may be called before ``start``, too."""
        self._camera.stop.set()
        if self.ident is not None:
            self.join()
