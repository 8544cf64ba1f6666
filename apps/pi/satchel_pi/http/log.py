"""The log of the service on standard error: lines for people, or a JSON object in each line."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel.cli import printable
from satchel_pi.http.client_address import client_address
from satchel_pi.http.refusal import ProblemType
from satchel_pi.http.request_id import current_request
from satchel_pi.http.service import Settings

LOGGER = logging.getLogger("satchel_pi")
MOST_PATH = 200
"""The most characters of a path in a line."""


@contextmanager
def open_log(command: str, *, as_json: bool) -> Iterator[Callable[[str], None]]:
    """Write the log of ``satchel COMMAND`` to standard error; the target logs a line.

    Warnings and errors of the libraries are in it too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else _TextLines(command))
    root, level = logging.getLogger(), LOGGER.level
    root.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield LOGGER.info
    finally:
        LOGGER.setLevel(level)
        root.removeHandler(handler)


class RequestLog:
    """An ASGI application that logs each response, or only the faults of the service."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, and log its response when it has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        # What uvicorn answers if the application does not.
        status = 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            if self._settings.log_requests or status >= 500:
                self._log(scope, status, time.perf_counter() - started)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        request = current_request.get()
        fields = {
            "method": scope["method"],
            "path": scope["path"][:MOST_PATH],
            "status": status,
            "seconds": round(seconds, 6),
            "address": client_address(scope, self._settings.proxies),
            **({"detail": request.detail} if request is not None and request.detail else {}),
        }
        words = "{method} {path}: {status} in {seconds:.3f} s".format(**fields)
        detail = f": {fields['detail']}" if "detail" in fields else ""
        level = logging.ERROR if status >= 500 else logging.INFO
        LOGGER.log(level, "%s", words + detail, extra={"fields": fields})


def log_refusal(kind: ProblemType, message: str, request_id: str) -> None:
    """Log the refusal of a connection that has sent no whole request."""
    fields = {"request_id": request_id, "status": kind.status, "detail": message}
    LOGGER.info("%s", f"refused {request_id}: {kind.status}: {message}", extra={"fields": fields})


class _TextLines(logging.Formatter):
    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def format(self, record: logging.LogRecord) -> str:
        request = current_request.get()
        of = "" if request is None else f" (request {request.id})"
        line = printable(f"satchel {self._command}: {record.getMessage()}{of}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        request = current_request.get()
        if request is not None:
            said["request_id"] = request.id
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)
