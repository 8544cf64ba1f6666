"""What a request is refused for: a status and one line, ``{"error": "Expected …, got …"}``."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response


class Problem(Exception):  # noqa: N818 (it is the answer to a request)
    """A request that is refused."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``value`` as JSON in ASCII: a label, or an error, may hold what UTF-8 cannot."""
    content = json.dumps(value, allow_nan=False).encode("ascii")
    return Response(content, status, headers, media_type="application/json")


def problem_response(problem: Problem) -> Response:
    """Return ``problem`` in the one shape that all errors have."""
    return json_response({"error": problem.message}, problem.status, problem.headers)
