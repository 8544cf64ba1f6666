"""Limits on slow clients and on the number of connections: a guard around uvicorn's protocol.

uvicorn sets no limit on the time in which a client sends the head of a request, and httptools none
on its memory. This guard limits both, and the number of connections.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any, cast

MOST_HEAD_BYTES = 32_768
"""The largest head of a request: its first line and its headers."""
LATE_S = 0.1
"""The delay of a timer from which on the service counts as overloaded."""
LINGER_S = 2.0
"""How long a refused client may read the response before the connection is closed."""
MOST_LINGER_BYTES = 1 << 20
"""The most bytes that are read and dropped while a refused client reads its response."""

SLOW_READER_TIMEOUTS = 3
"""How many times the head's timeout a client may take nothing of its response.

It is more than 1 because a radio network may be interrupted for a while."""

REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
}


class ConnectionSlots:
    """The most connections and the present ones. A refused connection no longer counts."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0


class GuardedConnection(asyncio.Protocol):
    """One connection: uvicorn's protocol ``inner``, with limits on the head of each request."""

    def __init__(
        self,
        inner: Any,
        *,
        head_timeout_s: float,
        slots: ConnectionSlots,
        refused: Callable[[int], None],
    ) -> None:
        """Wrap ``inner``. ``refused`` is called with the status of a response that is sent here."""
        self._inner = inner
        self._tell_refused = refused
        self._head_timeout_s = head_timeout_s
        self._slots = slots
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._dropped_bytes = 0
        self._refused = False
        self._crowded = False
        # Give uvicorn's own error response the same form as all other errors.
        inner.send_400_response = lambda _: self._refuse(400, "Expected an HTTP request, got none.")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        _give_up_slow_readers(self._transport, SLOW_READER_TIMEOUTS * self._head_timeout_s)
        self._inner.connection_made(transport)
        # The client is refused only when its request arrives.
        self._crowded = self._slots.taken >= self._slots.most
        self._slots.taken += 1
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Pass the data on to uvicorn, unless the head of the request is too large."""
        if self._refused:
            self._drop(data)
        elif self._crowded:
            self._refuse(429, f"Expected at most {self._slots.most} connections, got more.")
        elif self._is_responding():
            self._inner.data_received(data)
        else:
            self._head_received(data)

    def eof_received(self) -> bool | None:
        """Let the transport close."""
        done: bool | None = self._inner.eof_received()
        return done

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell uvicorn that the connection has ended."""
        self._expect_nothing()
        if not self._refused:
            self._slots.taken -= 1
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell uvicorn that the client reads slowly."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Tell uvicorn that the client has read."""
        self._inner.resume_writing()

    def _is_responding(self) -> bool:
        """Return whether a request has come whose response is not complete."""
        cycle = self._inner.cycle
        return cycle is not None and not cycle.response_complete

    def _head_received(self, data: bytes) -> None:
        before = self._inner.cycle
        self._head_bytes += len(data)
        self._inner.data_received(data)
        if self._refused or self._transport.is_closing():
            return
        if self._inner.cycle is not before:
            self._head_bytes = 0
            self._expect_nothing()
        elif self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431, f"Expected at most {MOST_HEAD_BYTES:,} bytes of headers, got more.")
        elif self._deadline is None:
            self._expect_head()

    def _expect_head(self) -> None:
        due = self._loop.time() + self._head_timeout_s
        self._deadline = self._loop.call_at(due, self._head_timed_out, due)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_timed_out(self, due: float) -> None:
        self._deadline = None
        if self._loop.time() - due > LATE_S:
            # The service itself was too slow: data of the client may be there unread.
            self._expect_head()
            return
        self._refuse(
            408, f"Expected a request's headers within {self._head_timeout_s:g} s, got a part."
        )

    def _refuse(self, status: int, message: str) -> None:
        """Send an error response instead of the application's, and end the connection."""
        self._refused = True
        self._slots.taken -= 1
        self._tell_refused(status)
        self._expect_nothing()
        content = json.dumps({"error": message}).encode()
        head = [
            f"HTTP/1.1 {status} {REASONS[status]}",
            "content-type: application/json",
            f"content-length: {len(content)}",
            "x-content-type-options: nosniff",
            "connection: close",
            *(["retry-after: 1"] if status == 429 else []),
        ]
        self._transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + content)
        # Do not close at once: with bytes unread, the client would see a reset and no response.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._deadline = self._loop.call_later(LINGER_S, self._transport.close)

    def _drop(self, data: bytes) -> None:
        self._dropped_bytes += len(data)
        if self._dropped_bytes > MOST_LINGER_BYTES:
            self._transport.close()


def _give_up_slow_readers(transport: asyncio.Transport, seconds: float) -> None:
    """Let the system end a connection whose client takes no data for ``seconds``."""
    connection = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = int(1000 * seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def guarded(
    make: Callable[..., Any],
    *,
    head_timeout_s: float,
    most_connections: int,
    refused: Callable[[int], None],
) -> Callable[..., asyncio.Protocol]:
    """Return a factory of connections: each is a protocol of ``make`` with a guard around it."""
    slots = ConnectionSlots(most_connections)

    # uvicorn passes its arguments by these names.
    def guard(*, config: Any, server_state: Any, app_state: Any, _loop: Any) -> asyncio.Protocol:
        inner = make(config=config, server_state=server_state, app_state=app_state, _loop=_loop)
        return GuardedConnection(
            inner,
            head_timeout_s=head_timeout_s,
            slots=slots,
            refused=refused,
        )

    return guard
