"""Runs the service: listens, serves, and finishes all accepted requests before it ends."""

import asyncio
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import cast

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from satchel.errors import SatchelError
from satchel_pi.http.application import application
from satchel_pi.http.connection_guard import MOST_HEAD_BYTES, ConnectionSlots, guarded
from satchel_pi.http.log import log_refusal
from satchel_pi.http.refusal import ProblemType
from satchel_pi.http.service import Service

BACKLOG = 4096
"""The number of connections that the system keeps until the service accepts them."""
ACCEPTED_AT_ONCE = 16
"""The number of connections that are accepted in a row before the accepted ones are served.

With thousands in a row, the first would wait until the last is accepted."""
KEEP_ALIVE_S = 30
MOST_CONNECTIONS = 1000
SHARE_OF_ONE = 0.5
"""The share of all connections that one address may have."""
SPARE_FILES = 64
"""The number of files that the process may open besides its connections."""
STOP_S = 25
"""The time in which accepted requests are finished when the service stops. The whole stop is to
take less than 30 s."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``port``; 0 is any free port.

    Raises SatchelError if the system does not allow it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # Name the protocol: asyncio sends small responses at once (TCP_NODELAY) only if it knows
        # that the socket is TCP, and 40 ms later otherwise.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SatchelError(
            f"Expected to listen on {host} port {port}, got: {error.strerror}."
        ) from error
    return listener


def make_server(
    service: Service,
    *,
    started: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    most_connections: int | None = None,
) -> uvicorn.Server:
    """Return a server of ``service``, which calls ``started`` when it listens.

    It calls ``stopping`` when it begins to end. Both are called in the event loop.
    """
    # A wrong form is the client's fault: the response says so, the log need not.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    most = most_connections or connections_allowed()
    settings = service.settings
    slots = ConnectionSlots(
        most,
        most_of_one=settings.most_connections_of_one or math.ceil(most * SHARE_OF_ONE),
        proxies=settings.proxies,
    )
    connection = guarded(
        AutoHTTPProtocol,
        head_timeout_s=settings.timeout_s,
        slots=slots,
        refused=lambda kind, message, request_id: _note_refusal(service, kind, message, request_id),
    )
    config = uvicorn.Config(
        application(service),
        # uvicorn wants a class, but only calls it.
        http=cast("type[asyncio.Protocol]", connection),
        loop="asyncio",
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        # h11's limit is higher than the guard's, which applies first, with both parsers.
        h11_max_incomplete_event_size=8 * MOST_HEAD_BYTES,
        access_log=False,
        log_level="error",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
    )
    return _Server(config, service, started, stopping)


def _note_refusal(service: Service, kind: ProblemType, message: str, request_id: str) -> None:
    """Count a response that a connection's guard sends, and log it if every request is logged."""
    service.metrics.requests.labels(str(kind.status)).inc()
    if service.settings.log_requests:
        log_refusal(kind, message, request_id)


def run_service(
    service: Service,
    listener: socket.socket,
    *,
    started: Callable[[], None],
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish accepted requests. Call it in the main thread."""
    # uvicorn sends the signal again at its end, which must not kill the process then.
    before = signal.signal(signal.SIGTERM, _do_nothing)
    try:
        make_server(service, started=started, stopping=stopping).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)


def connections_allowed() -> int:
    """Return the number of connections that the limit of open files allows."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(MOST_CONNECTIONS, soft - SPARE_FILES))


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        started: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._service = service
        self._announce = started
        self._announce_end = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio uses one number for both, so set the system's backlog again.
        for listener in sockets or []:
            listener.listen(BACKLOG)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._announce_end()
        # End the endless streams first: uvicorn would wait for them.
        self._service.stop()
        await super().shutdown(sockets)


def _do_nothing(_: int, __: FrameType | None) -> None:
    return
