"""The service as a process: listens, answers, and ends with all that it has accepted answered."""

import asyncio
import logging
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
from satchel_pi.http.connection_guard import MOST_HEAD_BYTES, guarded
from satchel_pi.http.service import Service

BACKLOG = 4096
"""Connections that the system keeps until they are accepted"""
ACCEPTED_AT_ONCE = 16
"""Before those that were accepted get their turn: of thousands the first would wait for the last"""
KEEP_ALIVE_S = 30
MOST_CONNECTIONS = 1000
SPARE_FILES = 64
"""That the process opens beside its connections"""
STOP_S = 30
"""For what was accepted to be answered"""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises SatchelError where the system does not let it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With its protocol: asyncio sends small answers at once (TCP_NODELAY) only where it knows
        # that it is TCP, and 40 ms later elsewhere.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SatchelError(
            f"Expected to listen on {host} port {port}, the system says: {error.strerror}."
        ) from error
    return listener


def make_server(
    service: Service,
    *,
    started: Callable[[], None] = lambda: None,
    most_connections: int | None = None,
) -> uvicorn.Server:
    """Return a server of ``service``; ``started`` is called once it listens."""
    # What is wrong with a form is the client's to know: it is in the answer.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    connection = guarded(
        AutoHTTPProtocol,
        head_timeout_s=service.settings.timeout_s,
        most_connections=most_connections or connections_allowed(),
        refused=lambda status: service.metrics.requests.labels(str(status)).inc(),
    )
    config = uvicorn.Config(
        application(service),
        # It is called as a class would be.
        http=cast("type[asyncio.Protocol]", connection),
        loop="asyncio",
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        # Of h11: the guard's limit comes first, and is the same for both parsers.
        h11_max_incomplete_event_size=8 * MOST_HEAD_BYTES,
        access_log=False,
        log_level="error",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
    )
    return _Server(config, service, started)


def run_service(service: Service, listener: socket.socket, *, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was accepted; in the main thread."""
    # uvicorn sends itself the signal again when it is done; the end was in order by then.
    before = signal.signal(signal.SIGTERM, _do_nothing)
    try:
        make_server(service, started=started).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)


def connections_allowed() -> int:
    """Return how many connections the process may have, by its limit of open files."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(MOST_CONNECTIONS, soft - SPARE_FILES))


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, service: Service, started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._service = service
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio has one number for both.
        for listener in sockets or []:
            listener.listen(BACKLOG)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams without end would be waited for.
        self._service.stop()
        await super().shutdown(sockets)


def _do_nothing(_: int, __: FrameType | None) -> None:
    return
