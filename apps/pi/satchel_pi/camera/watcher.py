"""Runs a classifier on the frames of a camera, in this thread or beside a service."""

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from satchel.errors import SatchelError
from satchel_pi.camera.sources import Frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle import Card, LabelOutput
    from satchel.inference import Prediction
    from satchel.preprocessing import ImageLike
    from satchel.tasks import FrameResult, ImageClassifier

TOP = 5


class Sighting(NamedTuple):
    """One frame of a camera, and the answer of a model to it."""

    result: "FrameResult[ImageLike]"
    """The frame, and the TOP labels of this frame alone."""
    card: "Card"
    """The card of the model that classified it."""
    time: float
    """The time when the frame was taken up, in seconds since 1970."""
    at: float
    """The same moment, in seconds of a clock that nobody sets."""
    scores: "NDArray[np.float32]"
    """The probability of each label in this frame, (labels,). Empty if there is an error."""
    smoothed: "NDArray[np.float32]"
    """The same, smoothed over the frames. Without smoothing it is ``scores``."""
    predictions: "list[Prediction]"
    """The TOP labels by their smoothed scores, best first. Empty if there is an error."""


OnSighting = Callable[[Sighting], None]


@dataclass
class Camera:
    """A camera to watch: its frames, their classifier, and who gets what it sees."""

    source: str
    """The name of the source, for the page and in events."""
    classifier: "ImageClassifier"
    """The classifier of the next frame. Another thread may put a new one here."""
    frames: Frames
    stop: threading.Event
    """The event that ends the frames."""
    show: OnSighting
    """The function that gets everything that is seen."""
    ended: Callable[[], None] = lambda: None
    """The function that is called after the last frame."""
    smoothing_s: float | None = None
    """The time constant of the smoothed scores, in seconds. None does not smooth."""


def watch(camera: Camera, *, also: OnSighting = lambda _: None) -> None:
    """Classify the newest frame again and again, and show what is seen.

    This ends when ``camera.stop`` is set or when the frames end. ``also`` gets everything too.
    Raises what the frames raise.
    """
    seen = sightings(camera)
    try:
        for sighting in seen:
            also(sighting)
            camera.show(sighting)
            if camera.stop.is_set():
                return
    finally:
        # A source that waits for its camera ends only when this is set.
        camera.stop.set()
        seen.close()
        camera.ended()


def sightings(
    camera: Camera,
    *,
    clock: Callable[[], float] = time.perf_counter,
    wall_clock: Callable[[], float] = time.time,
) -> Generator[Sighting, None, None]:
    """Yield what the camera's classifier sees in the newest frame, each time one is asked for.

    A classifier that is put into ``camera`` meanwhile has the next frame, and smoothing begins
    again with it. A frame that cannot be classified changes no smoothed score. Raises what the
    frames raise.
    """
    # Imported here, because the options of the service need this module without a camera.
    import numpy as np

    from satchel.inference import best_labels
    from satchel.tasks import classify_latest
    from satchel_pi.camera.smoothing import Smoother

    def begin() -> Smoother | None:
        return None if camera.smoothing_s is None else Smoother(camera.smoothing_s)

    nothing = np.zeros(0, np.float32)
    classifier, scores, smoother = camera.classifier, nothing, begin()

    def classify(frame: "ImageLike") -> "list[Prediction]":
        nonlocal classifier, scores, smoother
        if classifier is not camera.classifier:
            classifier, smoother = camera.classifier, begin()
        scores = classifier.scores(frame)
        return best_labels(scores, _output(classifier), TOP)

    results = classify_latest(classify, camera.frames, clock=clock)
    try:
        for result in results:
            at = clock() - result.seconds
            moment = (classifier.bundle.card, wall_clock() - result.seconds, at)
            if result.error is not None:
                yield Sighting(result, *moment, nothing, nothing, [])
            elif smoother is None:
                yield Sighting(result, *moment, scores, scores, result.predictions)
            else:
                mean = smoother.add(scores, at)
                best = best_labels(mean, _output(classifier), TOP)
                yield Sighting(result, *moment, scores, mean, best)
    finally:
        results.close()


def _output(classifier: "ImageClassifier") -> "LabelOutput":
    return cast("LabelOutput", classifier.bundle.card.output)


class Watcher(threading.Thread):
    """Watches a camera beside a service, which goes on running if the camera fails."""

    def __init__(self, camera: Camera, *, also: OnSighting, say: Callable[[str], None]) -> None:
        """Prepare the thread. ``also`` gets everything too, ``say`` what ends it."""
        super().__init__(name="satchel-camera", daemon=True)
        self._camera = camera
        self._also = also
        self._say = say
        self._closed = False

    def run(self) -> None:
        """Watch until the frames end."""
        try:
            watch(self._camera, also=self._also)
        except SatchelError as error:
            self._say(str(error))
        except OSError as error:
            # Where this is printed, most often: nobody reads it any more, or the disk is full.
            self._say(
                "Expected to write what the camera sees, got:"
                f" {error.strerror or error}. The camera has ended."
            )
        else:
            if not self._closed:
                self._say(
                    f"Expected more frames of {self._camera.source!r}, got its end: --loop begins a"
                    " folder or a video again."
                )

    def close(self) -> None:
        """Stop and wait until the camera is released. It may be called before ``start``, too."""
        self._closed = True
        self._camera.stop.set()
        if self.ident is not None:
            self.join()
