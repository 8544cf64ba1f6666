"""The refusal of a request. It has a module of its own, because workers import no web stack."""

from collections.abc import Mapping


class Problem(Exception):  # noqa: N818 (it becomes the response to a request)
    """A request is refused, with this status and message."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
