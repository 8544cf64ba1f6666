"""The response to an error that a route raises: a problem of one line."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import EngineError, SatchelError
from satchel_pi.http.problems import problem_response
from satchel_pi.http.refusal import (
    FAULT,
    INVALID_INPUT,
    MALFORMED_REQUEST,
    MODEL_FAILED,
    UNKNOWN_PATH,
    WRONG_METHOD,
    Problem,
)
from satchel_pi.http.request_body import ClientDisconnected


async def _on_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_response(problem)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """Return the response to a path or a method that the router does not know."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    path = request.url.path[:200]
    kind = MALFORMED_REQUEST
    if error.status_code == 404:
        kind = UNKNOWN_PATH
        message = f"Expected a path of /openapi.json, got {path!r}."
    elif error.status_code == 405:
        kind = WRONG_METHOD
        allowed = headers.get("Allow", "GET, HEAD")
        headers["Allow"] = allowed
        message = f"Expected {allowed} for {path!r}, got {request.method[:20]}."
    else:
        message = f"Expected another request, got one for: {HTTPStatus(error.status_code).phrase}."
    return problem_response(Problem(kind, message, headers=headers))


async def _on_satchel_error(_: Request, error: Exception) -> Response:
    kind = MODEL_FAILED if isinstance(error, EngineError) else INVALID_INPUT
    return problem_response(Problem(kind, str(error)))


async def _on_client_gone(_: Request, __: Exception) -> Response:
    # Nobody reads this response; 499 is nginx's status for it, and the metrics count it.
    return Response(status_code=499)


async def _on_exception(_: Request, error: Exception) -> Response:
    return problem_response(
        Problem(FAULT, f"Expected a response, got {type(error).__name__}: a fault of the service.")
    )


Handler: TypeAlias = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

EXCEPTION_HANDLERS: Mapping[type[Exception], Handler] = {
    Problem: _on_problem,
    HTTPException: _on_http_exception,
    SatchelError: _on_satchel_error,
    ClientDisconnected: _on_client_gone,
    Exception: _on_exception,
}
