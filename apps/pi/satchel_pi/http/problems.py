"""The form of a refusal: a status and one line, ``{"error": "Expected …, got …"}``."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from satchel_pi.http.refusal import Problem


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response of ``value`` as ASCII JSON, because a label may not be valid UTF-8."""
    content = json.dumps(value, allow_nan=False).encode("ascii")
    return Response(content, status, headers, media_type="application/json")


def problem_response(problem: Problem) -> Response:
    """Return the response to ``problem``, in the form that all errors have."""
    return json_response({"error": problem.message}, problem.status, problem.headers)
