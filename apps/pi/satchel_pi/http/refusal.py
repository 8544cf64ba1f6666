"""The refusal of a request. It has a module of its own, because workers import no web stack."""

from collections.abc import Mapping
from typing import NamedTuple


class ProblemType(NamedTuple):
    """A kind of problem, of which a client can read the name: it never changes."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        """The field ``type`` of RFC 9457: the place on the page /docs that describes it."""
        return f"/docs#{self.name}"


MALFORMED_REQUEST = ProblemType("malformed-request", 400, "The request cannot be parsed")
WRONG_HOST = ProblemType("wrong-host", 400, "The Host header is not one of this service")
TOKEN_REQUIRED = ProblemType("token-required", 401, "The token is missing or wrong")
OTHER_SITE = ProblemType("other-site", 403, "A page of another site asks")
UNKNOWN_PATH = ProblemType("unknown-path", 404, "The path does not exist")
UNKNOWN_MODEL = ProblemType("unknown-model", 404, "The model is not served")
UNKNOWN_SAMPLE = ProblemType("unknown-sample", 404, "The bundle has no such golden sample")
WRONG_METHOD = ProblemType("wrong-method", 405, "The path does not have this method")
TOO_SLOW = ProblemType("too-slow", 408, "The request arrives too slowly")
TOO_LARGE = ProblemType("too-large", 413, "The body is too large")
WRONG_MEDIA_TYPE = ProblemType("wrong-media-type", 415, "The body has another media type")
INVALID_PARAMETER = ProblemType("invalid-parameter", 422, "A parameter is out of range")
INVALID_INPUT = ProblemType("invalid-input", 422, "The input is not one that the model takes")
TOO_MANY_REQUESTS = ProblemType("too-many-requests", 429, "There are too many requests at once")
HEADERS_TOO_LARGE = ProblemType("headers-too-large", 431, "The headers are too large")
FAULT = ProblemType("fault", 500, "The service has a fault")
MODEL_FAILED = ProblemType("model-failed", 503, "The model fails on this device")
INPUT_TOO_COSTLY = ProblemType("input-too-costly", 503, "The input takes too long or ends a worker")

PROBLEM_TYPES = (
    MALFORMED_REQUEST, WRONG_HOST, TOKEN_REQUIRED, OTHER_SITE, UNKNOWN_PATH, UNKNOWN_MODEL,
    UNKNOWN_SAMPLE, WRONG_METHOD, TOO_SLOW, TOO_LARGE, WRONG_MEDIA_TYPE, INVALID_PARAMETER,
    INVALID_INPUT, TOO_MANY_REQUESTS, HEADERS_TOO_LARGE, FAULT, MODEL_FAILED, INPUT_TOO_COSTLY,
)  # fmt: skip
"""Every kind of problem that the service answers with. Names are added and never changed."""


class Problem(Exception):  # noqa: N818 (it becomes the response to a request)
    """A request is refused with this kind of problem and this message of one line."""

    def __init__(
        self, kind: ProblemType, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.headers = dict(headers or {})
