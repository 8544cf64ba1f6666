"""Makes sure that a client can read a response that is sent before its request is complete.

A server that closes a connection with bytes unread resets it, and the client sees the reset instead
of the response. So the rest of a refused body is read and dropped, for a while.
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE_BYTES = 65_536
AT_ONCE_S = 0.05
"""The connection stays in use if the rest of the body ends within these two limits."""
LINGER_BYTES = 64 << 20
LINGER_S = 2.0


class LingeringClose:
    """An ASGI application whose responses wait for the rest of a request's body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, and read the rest of its body."""
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
    """The part of a request that has not been received yet."""

    def __init__(self, receive: Receive, *, ended: bool) -> None:
        self._receive = receive
        self.ended = ended

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.ended = True
        return message

    async def drop(self, most_bytes: int, seconds: float) -> None:
        """Read and drop the rest until it ends, is more than ``most_bytes`` or takes too long."""
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
