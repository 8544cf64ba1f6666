"""Every kind of problem happens, and is told by the type that the guide lists."""

import threading
import time

import pytest

from helpers.services import ZOO, fake_service, png, running
from satchel.errors import EngineError
from satchel_pi.http.access_control import Token
from satchel_pi.http.refusal import INPUT_TOO_COSTLY, PROBLEM_TYPES
from satchel_pi.http.service import Settings

PREDICT = "/v1/models/fake:predict"
LIMITS = Settings(most_body_bytes=1000, timeout_s=0.3, hosts=frozenset({"127.0.0.1"}))


def ask_while_a_model_is_busy(started):
    """Send requests until one is refused, because the others wait."""
    found = []
    clients = [
        threading.Thread(target=lambda: found.append(started.post(PREDICT, png())))
        for _ in range(12)
    ]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return next(each for each in found if each.status == 429)


ASKS = {
    "malformed-request": lambda it: it.post(PREDICT, b"{", "application/json"),
    "wrong-host": lambda it: it.get("/healthz", Host="other.example"),
    "other-site": lambda it: it.get("/v1/models", Sec_Fetch_Site="cross-site"),
    "unknown-path": lambda it: it.get("/v1/nothing"),
    "unknown-sample": lambda it: it.get("/v1/models/fake/golden/0"),
    "unknown-model": lambda it: it.post("/v1/models/nobody:predict", png()),
    "wrong-method": lambda it: it.get(PREDICT),
    "too-slow": lambda it: it.post(PREDICT, b"", Content_Length="10"),
    "too-large": lambda it: it.post(PREDICT, bytes(1001)),
    "wrong-media-type": lambda it: it.post(PREDICT, b"a text", "text/plain"),
    "invalid-parameter": lambda it: it.post(f"{PREDICT}?top=0", png()),
    "invalid-input": lambda it: it.post(PREDICT, b"no image"),
    "headers-too-large": lambda it: it.get("/", X="y" * 40_000),
}
"""The kinds of problems that a request alone has, each with one."""


@pytest.fixture(scope="module")
def limited():
    with running(fake_service(settings=LIMITS)) as found:
        yield found


@pytest.mark.parametrize("name", ASKS)
def test_a_wrong_request_has_its_kind_of_problem(limited, name):
    check(ASKS[name](limited), name)


def test_a_request_without_the_token_has_its_kind_of_problem():
    with running(fake_service(settings=Settings(token=Token("x" * 16)))) as started:
        check(started.get("/v1/models"), "token-required")


def test_a_service_that_is_busy_has_its_kind_of_problem(serve):
    started = serve(images=lambda _: time.sleep(0.2) or "cat", workers=1, waiting=1)
    found = ask_while_a_model_is_busy(started)
    check(found, "too-many-requests")
    assert int(found.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("error", "name"),
    [(EngineError("Expected finite numbers."), "model-failed"), (RuntimeError("a bug"), "fault")],
)
def test_a_model_that_fails_has_its_kind_of_problem(serve, error, name):
    check(serve(images=error).post(PREDICT, png()), name)


def test_an_input_that_takes_too_long_has_its_kind_of_problem(serve_bundles):
    started = serve_bundles(ZOO / "mnist.satchel", "--workers", "1", "--job-timeout", "0.000001")
    check(started.post("/v1/models/mnist_mlp:predict", png()), INPUT_TOO_COSTLY.name)


def test_each_kind_of_problem_is_tried_here():
    tried = {*ASKS, "token-required", "too-many-requests", "model-failed", "fault"}
    assert tried | {INPUT_TOO_COSTLY.name} == {each.name for each in PROBLEM_TYPES}


def check(found, name):
    [kind] = [each for each in PROBLEM_TYPES if each.name == name]
    assert found.error.startswith("Expected ")
    assert (found.status, found.json["type"]) == (kind.status, f"/docs#{name}")
    assert found.json["title"] == kind.title
