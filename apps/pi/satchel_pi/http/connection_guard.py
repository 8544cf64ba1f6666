"""Limits what a connection may send, and how many there are: a guard around uvicorn's protocol.

uvicorn sets no limit on the time in which a client sends the head of a request, and its parsers
none on what they keep or skip: headers, trailers, chunk extensions, the head of a next request.
This guard counts every byte, from the first to the last. The application limits those of a body,
and all others have a limit here. It also limits the connections, together and of one address.
"""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from satchel_pi.http.problems import PROBLEM_JSON, problem_details
from satchel_pi.http.refusal import (
    HEADERS_TOO_LARGE,
    MALFORMED_REQUEST,
    TOO_MANY_REQUESTS,
    TOO_SLOW,
    ProblemType,
)
from satchel_pi.http.request_id import HEADER, new_request_id

MOST_HEAD_BYTES = 16_384
"""The largest head of a request: its first line and its headers. Also the most bytes beside a body:
trailers, chunk extensions, the head of a next request."""
BODY_BYTES_FOR_ONE = 8
"""How many bytes of a body allow one more byte beside it. The framing of a chunk has 5 or more, and
the parser stops at each chunk: a body in chunks of a byte would keep the event loop from others."""
MOST_RECEIVED_BYTES = 65_536
"""The bytes that are read from a connection before the others have their turn."""
MOST_LINES = 128
"""The most lines of a head or of trailers. A short header takes forty times its bytes in memory."""
MOST_PIPELINED = 16
"""The most requests that a client may send before the first is answered."""
PIECE_BYTES = 4096
"""The bytes that a parser gets at once, before the limits are checked again."""
RESERVED = 16
"""The connections beyond the limit that are kept for health and metrics."""
_RESERVED_FOR = (b"GET /healthz ", b"HEAD /healthz ", b"GET /metrics ")
LATE_S = 0.1
"""The delay of a timer from which on the service counts as overloaded."""
LINGER_S = 2.0
"""How long a refused client may read the response before the connection is closed."""
MOST_LINGER_BYTES = 1 << 20
"""The most bytes that are read and dropped while a refused client reads its response."""

SLOW_READER_TIMEOUTS = 3
"""How many times the head's timeout a client may take nothing of its response.

It is more than 1 because a radio network may be interrupted for a while."""

OnRefusal: TypeAlias = Callable[[ProblemType, str, str], None]
"""A function that is told the kind of a problem, its line and the id in the response."""


class ConnectionSlots:
    """The most connections and the present ones. A refused connection no longer counts."""

    def __init__(
        self, most: int, *, most_of_one: int | None = None, proxies: Collection[str] = ()
    ) -> None:
        """Allow ``most`` connections, ``most_of_one`` of an address that is none of ``proxies``."""
        self.most = most
        self.most_of_one = most if most_of_one is None else most_of_one
        self.taken = 0
        self.reserved = 0
        """How many connections beyond the limit ask for health or metrics."""
        self._proxies = frozenset(proxies)
        self._by_address: Counter[str] = Counter()

    def take(self, address: str) -> str:
        """Count a connection of ``address``. Return the limit that it is beyond, empty if none."""
        self.taken += 1
        self._by_address[address] += 1
        if self.taken > self.most:
            return f"at most {self.most} connections"
        if self._by_address[address] > self.most_of_one and address not in self._proxies:
            return f"at most {self.most_of_one} connections of one address"
        return ""

    def give_back(self, address: str) -> None:
        """Count a connection of ``address`` less."""
        self.taken -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class GuardedConnection(asyncio.Protocol):
    """One connection: uvicorn's protocol ``inner``, with limits on the head of each request."""

    def __init__(
        self,
        inner: Any,
        *,
        head_timeout_s: float,
        slots: ConnectionSlots,
        refused: OnRefusal,
    ) -> None:
        """Wrap ``inner``. ``refused`` is called for each response that is sent here."""
        self._inner = inner
        self._tell_refused = refused
        self._head_timeout_s = head_timeout_s
        self._slots = slots
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._dropped_bytes = 0
        self._beside_bytes = 0
        self._body_bytes = 0
        self._lines = 0
        self._refused = False
        self._crowded = ""
        self._reserved = False
        self._address = ""
        # Give uvicorn's own error response the same form as all other errors.
        inner.send_400_response = lambda _: self._refuse(
            MALFORMED_REQUEST, "Expected an HTTP request, got none."
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        if hasattr(transport, "max_size"):
            transport.max_size = MOST_RECEIVED_BYTES
        _give_up_slow_readers(self._transport, SLOW_READER_TIMEOUTS * self._head_timeout_s)
        self._inner.connection_made(transport)
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        # The client is refused only when its request arrives.
        self._crowded = self._slots.take(self._address)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Pass the data on to uvicorn in small pieces, until a limit is reached."""
        for at in range(0, len(data), PIECE_BYTES):
            piece = data[at : at + PIECE_BYTES]
            if self._refused:
                self._drop(data[at:])
                return
            if self._transport.is_closing():
                return
            if self._crowded and not self._may_pass(piece):
                self._refuse(TOO_MANY_REQUESTS, f"Expected {self._crowded}, got more.")
            elif self._is_responding():
                self._body_received(piece)
            else:
                self._head_received(piece)

    def eof_received(self) -> bool | None:
        """Let the transport close."""
        done: bool | None = self._inner.eof_received()
        return done

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell uvicorn that the connection has ended."""
        self._expect_nothing()
        if not self._refused:
            self._give_back()
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

    def _may_pass(self, data: bytes) -> bool:
        """Return whether a connection beyond the limit asks for what stays reachable, and once."""
        if self._reserved:
            # Its one request is being answered.
            return self._is_responding()
        is_one = data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == 1
        if is_one and data.startswith(_RESERVED_FOR) and self._slots.reserved < RESERVED:
            self._slots.reserved += 1
            self._reserved = True
        return self._reserved

    def _give_back(self) -> None:
        self._slots.give_back(self._address)
        if self._reserved:
            self._slots.reserved -= 1

    def _body_received(self, data: bytes) -> None:
        """Pass on what comes after a request's head, unless too much of it is not the body."""
        cycle = self._inner.cycle
        before = len(cycle.body)
        self._inner.data_received(data)
        # The application takes a body's bytes away only later, in the event loop.
        found = max(0, len(cycle.body) - before)
        if self._inner.cycle is not cycle:
            # The head of a next request was complete.
            found += len(self._inner.cycle.body)
        self._body_bytes += found
        self._beside_bytes += max(0, len(data) - found)
        if not found:
            self._lines += data.count(b"\n")
        allowed_bytes = MOST_HEAD_BYTES + self._body_bytes // BODY_BYTES_FOR_ONE
        self._check(self._beside_bytes, allowed_bytes)

    def _head_received(self, data: bytes) -> None:
        before = self._inner.cycle
        self._head_bytes += len(data)
        self._inner.data_received(data)
        if self._refused or self._transport.is_closing():
            return
        begun = self._inner.cycle is not before
        self._body_bytes = len(self._inner.cycle.body) if begun else 0
        # What follows the head in the same piece is not of it.
        self._lines += data.partition(b"\r\n\r\n")[0].count(b"\n") if begun else data.count(b"\n")
        if begun:
            self._beside_bytes = 0
            self._check(self._head_bytes - self._body_bytes, MOST_HEAD_BYTES + PIECE_BYTES)
            self._head_bytes = 0
            self._lines = 0
            self._expect_nothing()
        else:
            self._check(self._head_bytes, MOST_HEAD_BYTES)
            if self._deadline is None:
                self._expect_head()

    def _check(self, found_bytes: int, allowed_bytes: int) -> None:
        """Refuse the client if it has sent too much that is not a body."""
        if self._refused or self._transport.is_closing():
            return
        waiting = len(getattr(self._inner, "pipeline", ()))
        if found_bytes > allowed_bytes:
            limit = f"{MOST_HEAD_BYTES:,} bytes"
        elif self._lines > MOST_LINES:
            limit = f"{MOST_LINES} lines"
        elif waiting > MOST_PIPELINED:
            limit = f"{MOST_PIPELINED} requests in advance"
        else:
            return
        if (self._is_responding() and self._inner.cycle.response_started) or waiting:
            # The client would read another status line as a part of a response.
            self._transport.abort()
            return
        self._refuse(HEADERS_TOO_LARGE, f"Expected at most {limit} of headers, got more.")

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
            TOO_SLOW,
            f"Expected a request's headers within {self._head_timeout_s:g} s, got a part.",
        )

    def _refuse(self, kind: ProblemType, message: str) -> None:
        """Send an error response instead of the application's, and end the connection."""
        self._refused = True
        self._give_back()
        if self._is_responding():
            # What the application still sends is for nobody.
            self._inner.cycle.disconnected = True
            self._inner.cycle.message_event.set()
        # What of the request has come is not parsed further, so it gets an id of the service.
        request_id = new_request_id()
        self._tell_refused(kind, message, request_id)
        self._expect_nothing()
        content = json.dumps(problem_details(kind, message, request_id)).encode()
        head = [
            f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}",
            f"content-type: {PROBLEM_JSON}",
            f"{HEADER.lower()}: {request_id}",
            f"content-length: {len(content)}",
            "x-content-type-options: nosniff",
            "connection: close",
            *(["retry-after: 1"] if kind is TOO_MANY_REQUESTS else []),
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
    slots: ConnectionSlots,
    refused: OnRefusal,
) -> Callable[..., asyncio.Protocol]:
    """Return a factory of connections: each is a protocol of ``make`` with a guard around it."""

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
