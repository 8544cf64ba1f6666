"""The newest frame of a camera, streamed to everybody who looks at the page."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.types import Receive, Scope, Send

from satchel.errors import InputError
from satchel_pi.http.worker_pool import too_many_requests

if TYPE_CHECKING:
    from satchel.preprocessing import ImageLike
    from satchel.tasks import FrameResult

MOST_VIEWERS = 16
MOST_IMAGES_A_SECOND = 15
STILL_THERE_S = 10.0
"""How long a viewer waits for a new frame before it gets a sign that the service still runs."""
SLOW_VIEWER_S = 10.0
"""A viewer that takes no data for this time is disconnected."""
BOUNDARY = b"satchel-frame"
SHOWN_SIDE = 640
"""The longer side of a frame on the page, in pixels."""
JPEG_QUALITY = 75


class LiveFrame(NamedTuple):
    """The newest frame and its predictions."""

    says: dict[str, Any]
    """The predictions and their frame, as JSON for /v1/camera/events."""
    image: bytes
    """The frame as a JPEG file. It is empty if nobody was watching at the time."""


class LiveView:
    """The newest frame. The camera's thread sets it, and viewers in the event loop read it."""

    def __init__(self, source: str, model: str) -> None:
        self.source = source
        self.model = model
        self.dropped = 0
        """How many frames were not classified because a later one replaced them."""
        self.watchers = 0
        """How many viewers see images. Without any, no image is encoded."""
        self._viewers = 0
        self._newest: LiveFrame | None = None
        self._changed: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    def start(self) -> None:
        """Begin. Call this in the event loop of the viewers."""
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def show(self, seen: LiveFrame, *, dropped: int) -> None:
        """Make ``seen`` the newest frame. Any thread may call this."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set, seen, dropped)

    def end(self) -> None:
        """End the streams of all viewers. Call this in the event loop."""
        self._ended = True
        self._wake()

    def events(self) -> "EndlessResponse":
        """Return a stream of the predictions, as server-sent events."""
        return EndlessResponse("text/event-stream", self._events(), self._count_viewer)

    def images(self) -> "EndlessResponse":
        """Return a stream of the frames, as MJPEG."""
        media = f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}"
        return EndlessResponse(media, self._images(), self._count_watcher)

    def _set(self, seen: LiveFrame, dropped: int) -> None:
        self._newest = seen
        self.dropped = dropped
        self._wake()

    def _wake(self) -> None:
        if self._changed is not None:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    @contextmanager
    def _count_viewer(self) -> Any:
        if self._viewers >= MOST_VIEWERS:
            raise too_many_requests(f"at most {MOST_VIEWERS} viewers, got more", retry_s=5)
        self._viewers += 1
        try:
            yield
        finally:
            self._viewers -= 1

    @contextmanager
    def _count_watcher(self) -> Any:
        with self._count_viewer():
            self.watchers += 1
            try:
                yield
            finally:
                self.watchers -= 1

    async def _news(self, least_s: float) -> AsyncIterator[LiveFrame | None]:
        """Yield the newest frame whenever it changes, and None when nothing came for a while."""
        while not self._ended:
            started = time.monotonic()
            changed = self._changed
            assert changed is not None, "the application has started it"
            if self._newest is not None:
                yield self._newest
            try:
                async with asyncio.timeout(STILL_THERE_S):
                    await changed.wait()
            except TimeoutError:
                yield None
            await asyncio.sleep(max(0.0, least_s - (time.monotonic() - started)))

    async def _events(self) -> AsyncIterator[bytes]:
        async for seen in self._news(1 / MOST_IMAGES_A_SECOND):
            yield b": still there\n\n" if seen is None else _event(seen.says)

    async def _images(self) -> AsyncIterator[bytes]:
        async for seen in self._news(1 / MOST_IMAGES_A_SECOND):
            if seen is not None and seen.image:
                yield b"--%b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (
                    BOUNDARY, len(seen.image), seen.image
                )  # fmt: skip


def _event(says: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(says).encode("ascii") + b"\n\n"


class EndlessResponse:
    """A response without an end, for a viewer that has to keep up."""

    def __init__(
        self, media_type: str, pieces: AsyncIterator[bytes], count: Callable[[], Any]
    ) -> None:
        self._media_type = media_type
        self._pieces = pieces
        self._count = count

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send until the viewer disconnects, takes no more data, or the camera ends."""
        with self._count():
            gone = asyncio.ensure_future(_gone(receive))
            try:
                await self._send(send, gone)
            finally:
                gone.cancel()

    async def _send(self, send: Send, gone: "asyncio.Future[None]") -> None:
        headers = [
            (b"content-type", self._media_type.encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for piece in self._pieces:
            if gone.done():
                return
            try:
                async with asyncio.timeout(SLOW_VIEWER_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                return
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def publisher(live: LiveView) -> "Callable[[FrameResult[ImageLike], str], None]":
    """Return a function that makes a result, of that version, the newest frame of ``live``."""

    def show(result: "FrameResult[ImageLike]", version: str) -> None:
        says = {
            "model": live.model,
            "version": version,
            "number": result.number,
            "dropped": result.dropped,
            "latency_ms": round(1000 * result.seconds, 3),
            "predictions": [each.to_json() for each in result.predictions],
            "error": None if result.error is None else str(result.error),
        }
        image = to_jpeg(result.frame) if live.watchers else b""
        live.show(LiveFrame(says, image), dropped=result.dropped)

    return show


def to_jpeg(frame: "ImageLike") -> bytes:
    """Return ``frame`` as a small JPEG file, or an empty one if the frame cannot be read."""
    # Imported here, because a service without a camera does not need them.
    import numpy as np
    from PIL import Image

    from satchel.preprocessing import decode

    try:
        pixels = frame if isinstance(frame, np.ndarray) else decode(frame)
    except InputError:
        # The classifier has reported this error already.
        return b""
    image = Image.fromarray(pixels)
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
