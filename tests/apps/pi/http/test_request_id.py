"""Each request has an id: in its response, in its problem, and in the log."""

import json
import logging
import re

import pytest

from helpers.services import ZOO, fake_service, png, running
from satchel.errors import EngineError
from satchel_pi.http.access_control import Token
from satchel_pi.http.log import open_log
from satchel_pi.http.refusal import PROBLEM_TYPES
from satchel_pi.http.service import Settings

NEW = re.compile(r"[0-9a-f]{32}")
PREDICT = "/v1/models/fake:predict"


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/page.js", "/nothing", PREDICT])
def test_every_response_has_an_id_of_its_own(service, path):
    found = [service.get(path).headers["x-request-id"] for _ in range(2)]
    assert all(NEW.fullmatch(each) for each in found)
    assert found[0] != found[1]


def test_the_id_of_a_client_is_kept(service):
    found = service.post(PREDICT, b"no image", X_Request_Id="Order-4711.b_2")
    assert found.headers["x-request-id"] == "Order-4711.b_2"
    assert found.json["instance"] == "/requests/Order-4711.b_2"


@pytest.mark.parametrize("said", ["", "a b", "a/b", "x" * 65, "ä", "a,b", "<b>"])
def test_an_id_that_is_not_sane_is_replaced(service, said):
    found = service.get("/nothing", X_Request_Id=said.encode("latin-1"))
    assert NEW.fullmatch(found.headers["x-request-id"])


def test_a_refusal_without_the_token_has_an_id():
    with running(fake_service(settings=Settings(token=Token("x" * 16)))) as locked:
        found = locked.get("/v1/models", X_Request_Id="mine")
    assert (found.status, found.json["instance"]) == (401, "/requests/mine")


def test_the_error_of_an_input_in_a_batch_has_the_id_of_its_request(service):
    body = {"images": ["AAAA"]}
    found = service.post(f"{PREDICT}Batch", body, "application/json", X_Request_Id="mine")
    [result] = found.json["results"]
    assert (result["kind"], result["instance"]) == ("problem", "/requests/mine")


def logged(capsys):
    return capsys.readouterr().err.splitlines()


def test_a_json_log_has_an_object_for_each_request(capsys):
    with open_log("serve", as_json=True) as say:
        say("100 % in a line")
        with running(fake_service(settings=Settings(log_requests=True))) as started:
            started.post(PREDICT + "?top=1", png(), X_Request_Id="good")
            started.post(PREDICT, b"no image", X_Request_Id="bad")
    first, good, bad = map(json.loads, logged(capsys))
    assert (first["level"], first["message"]) == ("info", "100 % in a line")
    assert "request_id" not in first
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["time"])
    shown = ("request_id", "method", "path", "status", "address")
    assert [good[name] for name in shown] == ["good", "POST", PREDICT, 200, "127.0.0.1"]
    assert 0 < good["seconds"] < 60
    assert (bad["request_id"], bad["status"], bad["level"]) == ("bad", 422, "info")
    assert bad["detail"].startswith("Expected an image")


def test_without_a_wish_only_faults_are_logged(capsys):
    with (
        open_log("serve", as_json=False),
        running(fake_service(images=[EngineError("Expected finite numbers."), "cat"])) as started,
    ):
        started.post(PREDICT, png(), X_Request_Id="first")
        started.post(PREDICT, png(), X_Request_Id="second")
        started.get("/nothing")
    [line] = logged(capsys)
    assert re.fullmatch(
        rf"satchel serve: POST {PREDICT}: 503 in \d\.\d{{3}} s: Expected finite numbers\."
        r" \(request first\)",
        line,
    )


def test_a_fault_of_the_service_is_logged_with_its_id_and_its_traceback(capsys):
    with (
        open_log("serve", as_json=True),
        running(fake_service(images=RuntimeError("a bug"))) as started,
    ):
        started.post(PREDICT, png(), X_Request_Id="mine")
    lines = [json.loads(line) for line in logged(capsys)]
    assert [each["request_id"] for each in lines] == ["mine", "mine"]
    assert "RuntimeError: a bug" in lines[1]["exception"]


def test_a_path_cannot_write_a_line_of_its_own(capsys):
    with (
        open_log("serve", as_json=False),
        running(fake_service(settings=Settings(log_requests=True))) as started,
    ):
        started.get("/a%0Asatchel%20serve:%20b%1b[31m")
    [line] = logged(capsys)
    assert r"/a\nsatchel serve: b\x1b[31m" in line


def test_a_connection_that_sends_no_request_is_logged_with_its_id(capsys):
    with (
        open_log("serve", as_json=True),
        running(fake_service(settings=Settings(log_requests=True, timeout_s=0.2))) as started,
    ):
        found = started.ask("GET", "/", X="y" * 40_000)
    [line] = map(json.loads, logged(capsys))
    assert (line["status"], line["request_id"]) == (431, found.headers["x-request-id"])
    assert line["detail"] == found.error


def test_the_log_is_closed_again(capsys):
    before = list(logging.getLogger().handlers)
    with open_log("serve", as_json=True) as say:
        pass
    say("Nobody reads this.")
    assert logging.getLogger().handlers == before
    assert logged(capsys) == []


def test_a_process_with_a_json_log_writes_nothing_else(serve_bundles):
    started = serve_bundles(ZOO / "mnist.satchel", "--log", "json", "--log-requests")
    started.post("/v1/models/mnist_mlp:predict", png(), X_Request_Id="mine")
    started.process.line('"mine"')
    assert started.process.end() == 0
    more = started.process.process.stderr.read().splitlines()
    lines = [json.loads(line) for line in [*started.process.said, *more]]
    assert lines[-1]["path"] == "/v1/models/mnist_mlp:predict"
    assert lines[0]["message"].startswith("serves mnist_mlp at http://127.0.0.1:")


def test_kinds_of_problems_have_names_of_their_own():
    names = [each.name for each in PROBLEM_TYPES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z-]+", name) for name in names)
    assert all(400 <= each.status < 600 for each in PROBLEM_TYPES)
