"""What a camera sees at times that a test sets, one frame after another."""

import threading

from satchel_pi.camera.watcher import Camera, sightings

BEGAN = 1_800_000_000.0
"""The time of the first frame, in seconds since 1970: 2027-01-15T08:00:00Z"""


class Clock:
    """A clock that moves when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


class Scene:
    """A camera of ``frames``, none of which is dropped, ``every_s`` apart.

    A number among the frames is a pause in seconds before the next one.
    """

    def __init__(self, classifier, frames, *, every_s=0.1, smoothing_s=None):
        self._frames = frames
        self._every_s = every_s
        self._clock = Clock()
        self._wanted = threading.Semaphore()
        self.camera = Camera(
            "test", classifier, self._source(), threading.Event(), print, smoothing_s=smoothing_s
        )

    def __iter__(self):
        clock = self._clock
        for each in sightings(self.camera, clock=clock, wall_clock=lambda: BEGAN + clock.now):
            yield each
            self._wanted.release()

    def _source(self):
        after_s = 0.0
        for each in self._frames:
            if isinstance(each, float):
                after_s += each
                continue
            self._wanted.acquire()
            self._clock.now += after_s
            after_s = self._every_s
            yield each
