"""The id of a request: in its response, in a problem, and in each line of the log about it."""

import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
"""An id of a client is taken if it is of this form: it comes into logs, pages and addresses."""
_SANE = re.compile(PATTERN[1:-1])


@dataclass
class CurrentRequest:
    """The request that a task answers."""

    id: str
    detail: str = ""
    """The line of its problem. It is empty if there is none."""


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)
"""The request that the present task answers, None outside of one."""


def new_request_id() -> str:
    """Return an id that no other request has: 32 hexadecimal digits."""
    return uuid.uuid4().hex


class RequestId:
    """An ASGI application whose requests and responses have an id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, with its own id if that is sane, or a new one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _stated(Headers(scope=scope)) or new_request_id()
        # It is left set, because uvicorn logs an exception in this task after this call.
        current_request.set(CurrentRequest(request_id))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


def _stated(headers: Headers) -> str | None:
    stated = headers.getlist(HEADER)
    return stated[0] if len(stated) == 1 and _SANE.fullmatch(stated[0]) else None
