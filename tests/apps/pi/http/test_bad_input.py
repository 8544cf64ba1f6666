"""What the service says to what it should not be sent, and that it lives on."""

import json
import re
import socket
import struct
import threading
import time
import zlib
from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from helpers.services import fake_service, form, png, running
from satchel_pi.http.service import Settings

SETTINGS = Settings(most_body_bytes=100_000, most_memory_bytes=300_000, timeout_s=0.5)


@pytest.fixture(scope="module", params=[HttpToolsProtocol, H11Protocol])
def service(request):
    """A service on both parsers of HTTP: h11 is the one where httptools has no wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("satchel_pi.http.server.AutoHTTPProtocol", request.param)
        with running(fake_service(settings=SETTINGS)) as found:
            yield found


@pytest.fixture(autouse=True)
def it_lives_on(service):
    """After each of these, the next client is answered."""
    yield
    assert service.post("/v1/models/fake:predict", png()).status == 200


def bomb(megapixels):
    """Return a PNG file of a few hundred bytes that says it has so many pixels."""

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content
            + struct.pack(">I", zlib.crc32(name + content))
        )  # fmt: skip

    header = struct.pack(">IIBBBBB", 10_000, megapixels * 100, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def talk(port, *pieces, pause_s=0.0, seconds=10.0, address="127.0.0.1"):
    """Send the pieces one after another and return all that is answered."""
    with socket.create_connection(("127.0.0.1", port), seconds, (address, 0)) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
                time.sleep(pause_s)
        except OSError:
            # It hung up; what it said before is still there to read.
            pass
        found = b""
        while piece := client.recv(65536):
            found += piece
        return found


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def error_of(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]


def request(body=b"", *, length=None, path="/v1/models/fake:predict", more=()):
    head = [
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: image/png",
        f"Content-Length: {len(body) if length is None else length}", *more,
    ]  # fmt: skip
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("body", "media", "status", "said"),
    [
        (b"no image", "image/png", 422, "Expected an image"),
        (b"", "image/png", 422, "Expected an image"),
        (png()[:45], "image/png", 422, "Expected a readable image"),
        (bomb(100), "image/png", 422, "pixels"),
        (png(), "text/plain", 415, "Expected a Content-Type of application/json"),
        (png(), "", 415, "got 'none'"),
        (png(), "image", 415, "got 'image'"),
        (b"{", "application/json", 400, "Expected JSON"),
        (b"\xff", "application/json", 400, "Expected JSON"),
        (b"[" * 90_000, "application/json", 400, "Expected JSON"),
        (b'{"image": ' + b"9" * 9000 + b"}", "application/json", 400, "Expected JSON"),
        ([], "application/json", 422, "with the field 'image', got list"),
        ({}, "application/json", 422, "got none"),
        ({"imag": ""}, "application/json", 422, "got 'imag'"),
        ({"image": "", "text": ""}, "application/json", 422, "got 'image', 'text'"),
        ({"image": None}, "application/json", 422, "in base64 as 'image', got null"),
        ({"image": "ö"}, "application/json", 422, "Expected base64"),
        ({"image": "abc"}, "application/json", 422, "Expected base64"),
        (b"x", "multipart/form-data", 400, "Expected a multipart form"),
        (b"x", "multipart/form-data; boundary=b", 400, "Expected a multipart form"),
        (form(("image", png()))[0][:-9], form()[1], 400, "it breaks off"),
        (*form(), 422, "Expected one part 'image', got 0"),
        (*form(("photo", png())), 422, "Expected a form of parts 'image', got 'photo'"),
        (*form(("image", b""), ("image", b"")), 422, "Expected one part 'image', got more"),
        (bytes(100_001), "image/png", 413, "at most 100,000 bytes, got 100001"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_body_that_is_no_image_is_refused_in_one_line(service, body, media, status, said):
    found = service.post("/v1/models/fake:predict", body, media)
    assert (found.status, found.headers["content-type"]) == (status, "application/problem+json")
    assert said in found.error
    assert found.error.startswith("Expected ")


@pytest.mark.parametrize(
    ("body", "media", "status", "said"),
    [
        (
            b"\xff\xfe",
            "text/plain",
            422,
            "Expected a text in UTF-8, got another encoding at byte 0",
        ),
        (b"x", "text/plain; charset=utf-16", 415, "charset 'utf-16'"),
        (png(), "image/png", 415, "text/plain; got 'image/png'"),
        ({"text": 7}, "application/json", 422, "got number"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_text_is_refused_in_one_line(service, body, media, status, said):
    found = service.post("/v1/models/words:predict", body, media)
    assert found.status == status
    assert said.replace("; got", ", got") in found.error


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"texts": []}, "Expected from 1 to 64 in a batch, got 0"),
        ({"texts": ["a"] * 65}, "got more"),
        ({"texts": "a"}, "Expected a list as 'texts', got text"),
        ({"texts": ["a", 1]}, "Expected a text as 'texts[1]', got number"),
        ({"text": "a"}, "with the field 'texts', got 'text'"),
    ],
)
def test_a_batch_that_is_none_is_refused_in_one_line(service, body, said):
    found = service.post("/v1/models/words:predictBatch", body, "application/json")
    assert found.status == 422
    assert said in found.error


def test_a_form_of_many_parts_is_refused_at_little_cost(service):
    found = service.post("/v1/models/fake:predictBatch", *form(*[("image", b"")] * 1200))
    assert found.status == 422
    assert "got more" in found.error


@pytest.mark.parametrize("top", ["0", "-1", "x", "1.5", "²", "9" * 30, "", "100001"])
def test_a_wrong_top_is_refused(service, top):
    found = service.post(f"/v1/models/fake:predict?top={top.replace('²', '%C2%B2')}", png())
    assert found.status == 422
    assert "top" in found.error


def test_a_wrong_name_path_or_method_is_told_the_right_one(service):
    found = service.post("/v1/models/nobody:predict", png())
    assert (found.status, found.error) == (
        404,
        "Expected a model of this service (fake, words), got 'nobody'.",
    )
    assert service.post("/v1/models/fake:explain", b"").status == 404
    found = service.get("/v1/../../etc/passwd")
    assert (found.status, found.error[:20]) == (404, "Expected a path of /")
    assert service.get("/static/../handlers.py").status == 404
    assert service.get("/static/%2e%2e/handlers.py").status == 404
    assert service.get("/v1/models/").status == 404
    found = service.get("/v1/models/fake:predict")
    assert (found.status, found.headers["allow"]) == (405, "POST")
    assert found.error == "Expected POST for '/v1/models/fake:predict', got GET."


def test_a_body_that_hides_its_length_is_cut_at_the_limit(service):
    head = request(length=0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    piece = b"4000\r\n" + bytes(0x4000) + b"\r\n"
    answer = talk(service.port, head, *[piece] * 10)
    assert status_of(answer) == 413
    assert error_of(answer) == "Expected a body of at most 100,000 bytes, got more."


def test_a_refusal_of_a_body_that_is_still_sent_can_be_read(service):
    answer = talk(service.port, request(bytes(4_000_000)))
    assert status_of(answer) == 413
    assert b"connection: close" in answer


def test_a_truncated_body_ends_quietly(service):
    for cut in (b"", png()[:20]):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(request(cut, length=len(png())))
            time.sleep(0.05)
    deadline = time.monotonic() + 5
    while service.service.memory.held_bytes and time.monotonic() < deadline:
        time.sleep(0.01)
    assert service.service.memory.held_bytes == 0


def test_a_body_that_comes_too_slowly_is_cut(service):
    started = time.monotonic()
    answer = talk(service.port, request(b"", length=1000), *[b"x"] * 16, pause_s=0.05)
    assert status_of(answer) == 408
    assert error_of(answer).startswith(
        "Expected a body within 0.5 s, or 16,384 bytes a second, got"
    )
    assert time.monotonic() - started < 8


def test_headers_that_come_too_slowly_are_cut(service):
    answer = talk(
        service.port,
        b"POST /v1/models/fake:predict HTTP/1.1\r\n",
        *[b"X: y\r\n"] * 16,
        pause_s=0.05,
    )
    assert status_of(answer) == 408
    assert error_of(answer) == "Expected a request's headers within 0.5 s, got a part."


def test_a_client_that_says_nothing_is_cut(service):
    assert status_of(talk(service.port)) == 408


def test_slow_headers_behind_a_first_request_are_cut_too(service):
    whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = talk(service.port, whole, b"GET /healthz HTTP/1.1\r\n", pause_s=0.2)
    first, _, second = answer.partition(b"HTTP/1.1 408")
    assert first.startswith(b"HTTP/1.1 200")
    assert b"Expected a request's headers" in second


def test_a_client_that_reads_no_answer_is_left(service):
    """It asks again and again until nobody can write to it any more."""
    ask = b"GET /docs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        client.settimeout(0.2)
        with pytest.raises(ConnectionError):
            send_for(20, client, ask * 100)


def send_for(seconds, client, words):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(TimeoutError):
            client.sendall(words)


def test_refusals_of_connections_are_counted(service):
    def count():
        page = service.get("/metrics").content.decode()
        found = re.search(r'satchel_requests_total{status="408"} (\S+)', page)
        return float(found[1]) if found else 0.0

    before = count()
    talk(service.port, b"GET")
    assert count() == before + 1


def test_slow_clients_do_not_keep_others_waiting(serve):
    started = serve(workers=1, waiting=1, settings=Settings(timeout_s=60))
    with ExitStack() as slow:
        for _ in range(100):
            client = slow.enter_context(socket.create_connection(("127.0.0.1", started.port)))
            client.sendall(request(b"", length=1000))
        # Not one of them is cut for a minute: this one does not wait for them.
        assert started.post("/v1/models/fake:predict", png()).status == 200


def test_endless_headers_are_cut(service):
    answer = talk(service.port, b"GET / HTTP/1.1\r\n", *[b"X: " + b"y" * 5000 + b"\r\n"] * 20)
    assert status_of(answer) == 431
    assert error_of(answer) == "Expected at most 16,384 bytes of headers, got more."


@pytest.mark.parametrize(
    "words", [b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n", b"GET  HTTP\r\n\r\n"]
)
def test_what_is_no_http_is_told_so(service, words):
    answer = talk(service.port, words)
    assert status_of(answer) == 400
    assert error_of(answer) == "Expected an HTTP request, got none."


# Bytes that are read are no image, and get 422.
@pytest.mark.parametrize(("address", "status"), [("127.0.0.2", 429), ("127.0.0.5", 422)])
def test_the_bodies_of_one_address_take_half_of_the_memory(serve, address, status):
    """A client that holds back the end of a body leaves no room for itself, but for others."""
    started = serve(settings=replace(SETTINGS, timeout_s=60))
    with ExitStack() as held:
        hold_body(started, "127.0.0.2", held)
        answer = talk(
            started.port, request(bytes(95_000), more=["Connection: close"]), address=address
        )
    assert status_of(answer) == status


def test_bodies_together_take_bounded_memory(serve):
    """Three clients that hold back the end of a body leave no room for a fourth."""
    started = serve(settings=replace(SETTINGS, timeout_s=60))
    with ExitStack() as held:
        for last in (2, 3, 4):
            hold_body(started, f"127.0.0.{last}", held)
        answer = talk(started.port, request(bytes(95_000), more=["Connection: close"]))
    assert status_of(answer) == 429
    assert b"retry-after: 1" in answer.lower()


def hold_body(started, address, held):
    """Send 95,000 bytes of a body from ``address``, and wait until the service holds them."""
    before = started.service.memory.held_bytes
    client = socket.create_connection(("127.0.0.1", started.port), source_address=(address, 0))
    held.enter_context(client).sendall(request(bytes(95_000), length=100_000))
    deadline = time.monotonic() + 30
    while started.service.memory.held_bytes < before + 95_000 and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_full_queue_answers_429_and_serves_again(serve):
    go = threading.Event()

    def wait(_):
        go.wait(30)
        return "cat"

    started = serve(images=wait, workers=1, waiting=2)
    found = []
    clients = [
        threading.Thread(
            target=lambda: found.append(started.post("/v1/models/fake:predict", png()))
        )
        for _ in range(3)
    ]
    for each in clients:
        each.start()
    while started.service.pool.pending < 3:
        time.sleep(0.01)
    assert "satchel_queue_depth 2.0" in started.get("/metrics").content.decode()
    refused = started.post("/v1/models/fake:predict", png())
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.error == "Expected at most 2 requests waiting, got more: try again in 1 s."
    go.set()
    for each in clients:
        each.join()
    assert [each.status for each in found] == [200] * 3
    assert started.post("/v1/models/fake:predict", png()).status == 200


def test_more_connections_than_allowed_are_told_to_come_again(serve):
    started = serve(most_connections=5)
    idle = [socket.create_connection(("127.0.0.1", started.port)) for _ in range(5)]
    time.sleep(0.1)
    answer = talk(started.port, request(png()))
    assert status_of(answer) == 429
    assert b"retry-after: 1" in answer
    for each in idle:
        each.close()
    deadline = time.monotonic() + 10
    while started.post("/v1/models/fake:predict", png()).status != 200:
        assert time.monotonic() < deadline


def test_a_compressed_body_is_refused_and_not_read_as_an_image(service):
    found = service.post("/v1/models/fake:predict", png(), Content_Encoding="gzip")
    assert found.status == 415
    assert found.error == "Expected a body without Content-Encoding, got 'gzip'."


@pytest.mark.parametrize(
    "body", [b"[[]," * 20_000, b'"' * 80_000, b'{"image": [' + b'"",' * 20_000 + b"]}"]
)
def test_json_of_many_values_is_refused_before_it_is_parsed(service, body):
    found = service.post("/v1/models/fake:predict", body, "application/json")
    assert found.status == 400
    assert found.error.startswith("Expected JSON of at most 1000 texts")
