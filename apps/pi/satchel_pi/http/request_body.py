"""The body of a request, read within limits of size, time and memory."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from starlette.types import Receive

from satchel_pi.http.refusal import TOO_LARGE, TOO_SLOW, WRONG_MEDIA_TYPE, Problem
from satchel_pi.http.worker_pool import too_many_requests

LEAST_BYTES_A_SECOND = 16_384
"""The lowest rate of a body after its first ``timeout_s``: that of a bad telephone line."""


class ClientDisconnected(Exception):  # noqa: N818 (this is no fault of the service)
    """The client closed the connection before its request was complete."""


class MemoryBudget:
    """The bytes of the bodies of all requests that are in memory, and their limits."""

    def __init__(self, most_bytes: int) -> None:
        """Allow ``most_bytes`` together, and half of them to one address."""
        self.most_bytes = most_bytes
        self.held_bytes = 0
        self._by_address: Counter[str] = Counter()

    def take(self, size_bytes: int, address: str) -> None:
        """Count ``size_bytes`` more of ``address``; raises Problem 429 if that is too much."""
        if self.held_bytes + size_bytes > self.most_bytes:
            raise too_many_requests(
                f"bodies of at most {self.most_bytes:,} bytes together, got more"
            )
        if self._by_address[address] + size_bytes > self.most_bytes // 2:
            raise too_many_requests(
                f"bodies of at most {self.most_bytes // 2:,} bytes of one address, got more"
            )
        self.held_bytes += size_bytes
        self._by_address[address] += size_bytes

    def give_back(self, size_bytes: int, address: str) -> None:
        """Count ``size_bytes`` of ``address`` less."""
        self.held_bytes -= size_bytes
        self._by_address -= Counter({address: size_bytes})


class RequestBody:
    """The received part of a request's body. Leaving the context gives its memory back."""

    def __init__(self, memory: MemoryBudget, address: str) -> None:
        """Prepare to read the body of a request of ``address``."""
        self._address = address
        self.content = bytearray()
        self._memory = memory
        self._held = 0

    def __enter__(self) -> "RequestBody":
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.give_back(self._held, self._address)

    def taken(self) -> bytes:
        """Return the content, and keep no second copy of it. Its memory still counts."""
        content = bytes(self.content)
        self.content.clear()
        return content

    def hold(self, size_bytes: int) -> None:
        """Count ``size_bytes`` more for the response; raises Problem 429 if that is too much."""
        self._memory.take(size_bytes, self._address)
        self._held += size_bytes

    async def read(
        self, receive: Receive, headers: Mapping[str, str], *, most_bytes: int, timeout_s: float
    ) -> None:
        """Read the whole body into ``content``.

        Raises Problem 413 for more than ``most_bytes``, 408 for a body that comes too slowly, 429
        when all bodies together need too much memory, and ClientDisconnected.
        """
        check_length(headers, most_bytes)
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            allowed_s = timeout_s + len(self.content) / LEAST_BYTES_A_SECOND
            try:
                async with asyncio.timeout_at(started + allowed_s):
                    message = await receive()
            except TimeoutError as error:
                raise Problem(
                    TOO_SLOW,
                    f"Expected a body within {timeout_s:g} s, or {LEAST_BYTES_A_SECOND:,} bytes a"
                    f" second, got {len(self.content):,} bytes.",
                ) from error
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            piece: bytes = message.get("body", b"")
            if len(self.content) + len(piece) > most_bytes:
                raise _too_large(most_bytes, "more")
            self.hold(len(piece))
            self.content += piece
            if not message.get("more_body", False):
                return


def check_encoding(headers: Mapping[str, str]) -> None:
    """Raise Problem 415 for a body that is compressed: as it is, it would be read as an input."""
    said = headers.get("content-encoding", "identity").strip().lower()
    if said not in ("", "identity"):
        raise Problem(
            WRONG_MEDIA_TYPE, f"Expected a body without Content-Encoding, got {said[:40]!r}."
        )


def check_length(headers: Mapping[str, str], most_bytes: int) -> None:
    """Raise Problem 413 for a body whose Content-Length is too large."""
    said = headers.get("content-length", "")
    # The server has already refused a length that is no number.
    if said.isascii() and said.isdigit() and int(said[:20]) > most_bytes:
        raise _too_large(most_bytes, said[:20])


def _too_large(most_bytes: int, found: str) -> Problem:
    return Problem(TOO_LARGE, f"Expected a body of at most {most_bytes:,} bytes, got {found}.")
