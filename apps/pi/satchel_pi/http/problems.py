"""The form of a refusal: problem details of RFC 9457, of which ``detail`` is the one line."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from satchel_pi.http.refusal import Problem, ProblemType
from satchel_pi.http.request_id import current_request, new_request_id

PROBLEM_JSON = "application/problem+json"


def json_response(
    value: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    media_type: str = "application/json",
) -> Response:
    """Return a response of ``value`` as ASCII JSON, because a label may not be valid UTF-8."""
    content = json.dumps(value, allow_nan=False).encode("ascii")
    return Response(content, status, headers, media_type=media_type)


def problem_details(kind: ProblemType, message: str, request_id: str) -> dict[str, Any]:
    """Return the fields of RFC 9457 for a problem of a request."""
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": message,
        "instance": f"/requests/{request_id}",
    }


def problem_response(problem: Problem) -> Response:
    """Return the response to ``problem``, in the form that all errors have."""
    request = current_request.get()
    if request is not None:
        request.detail = problem.message
    # Without one, a test calls a part of the application.
    request_id = new_request_id() if request is None else request.id
    return json_response(
        problem_details(problem.kind, problem.message, request_id),
        problem.kind.status,
        problem.headers,
        media_type=PROBLEM_JSON,
    )
