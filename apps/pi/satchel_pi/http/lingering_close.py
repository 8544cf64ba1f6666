"""Answers that come before the request is over, so that the client gets to read them.

A server that closes a connection with bytes unread resets it, and the client sees the reset instead
of the answer. So what still comes of a refused body is read and dropped, for a while.
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE_BYTES = 65_536
AT_ONCE_S = 0.05
"""A body that ends within these leaves the connection in use"""
LINGER_BYTES = 64 << 20
LINGER_S = 2.0


class LingeringClose:
    """An application whose answers wait for the rest of a request's body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and read what is left."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        rest = _Rest(receive, ended=not _has_body(headers))
        waits = headers.get("expect", "").lower() == "100-continue"

        async def send_whole(message: Message) -> None:
            if message["type"] == "http.response.start" and not rest.ended:
                # A client that was never told to continue sends nothing.
                if not waits:
                    await rest.drop(AT_ONCE_BYTES, AT_ONCE_S)
                if not rest.ended:
                    MutableHeaders(scope=message)["connection"] = "close"
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if last and not rest.ended and not waits:
                await send({**message, "more_body": True})
                await rest.drop(LINGER_BYTES, LINGER_S)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self._app(scope, rest.receive, send_whole)


class _Rest:
    """What is still to come of a request."""

    def __init__(self, receive: Receive, *, ended: bool) -> None:
        self._receive = receive
        self.ended = ended

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.ended = True
        return message

    async def drop(self, most_bytes: int, seconds: float) -> None:
        """Read on until the end, or until it is too much or takes too long."""
        dropped = 0
        try:
            async with asyncio.timeout(seconds):
                while not self.ended and dropped <= most_bytes:
                    dropped += len((await self.receive()).get("body", b""))
        except TimeoutError:
            # The client has had its time.
            return


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
