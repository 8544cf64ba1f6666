"""Clients that send what no parser should keep, on both parsers, and those who wait meanwhile."""

import socket
from contextlib import ExitStack, suppress

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from helpers.services import fake_service, png, running
from satchel_pi.http.service import Settings

MOST_SENT_BYTES = 64 << 20
"""What a flood may send before it must have been cut off: sockets buffer a few megabytes of it."""
POST = (
    b"POST /v1/models/words:predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
)
FLOODS = {
    "trailers": (POST + b"0\r\n", b"".join(b"X-%05d: yyyy\r\n" % at for at in range(4000))),
    "one trailer": (POST + b"0\r\nX: ", b"a" * 60_000),
    "short trailers": (POST + b"0\r\n", b"a:\r\n" * 15_000),
    "chunk extensions": (POST + b"1;", b"a" * 60_000),
    "chunks of extensions": (POST, b"1;" + b"a" * 2000 + b"\r\na\r\n"),
    "chunks of a byte": (POST, b"1\r\na\r\n" * 10_000),
    "short headers": (b"GET / HTTP/1.1\r\n", b"a:\r\n" * 15_000),
    "one header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 60_000),
    "requests in advance": (b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1000),
}


@pytest.fixture(scope="module", params=[HttpToolsProtocol, H11Protocol])
def service(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("satchel_pi.http.server.AutoHTTPProtocol", request.param)
        with running(fake_service()) as found:
            yield found


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_cut_off_and_others_are_served(service, kind):
    begin, piece = FLOODS[kind]
    sent = 0
    flood = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    with flood, suppress(OSError):
        flood.sendall(begin)
        while sent < MOST_SENT_BYTES:
            flood.sendall(piece)
            sent += len(piece)
    assert sent < MOST_SENT_BYTES
    assert service.post("/v1/models/fake:predict", png()).status == 200


def test_what_is_sent_too_much_is_named(service):
    begin, piece = FLOODS["trailers"]
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as flood:
        flood.sendall(begin + piece[:40_000])
        answer = flood.recv(65536)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"of headers, got more." in answer


def test_trailers_and_extensions_as_programs_send_them_are_read(service):
    chunks = b"".join(b"1;part=%d\r\na\r\n" % at for at in range(500))
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        client.sendall(POST + chunks + b"0\r\nDigest: sha-256=abc\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")


def half_open(port, address, count, stack):
    """Open connections of ``address`` that begin a request and never end it."""
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))
        stack.enter_context(client).sendall(b"GET / HTTP/1.1\r\n")


def ask(port, address, path="/v1/models", more=""):
    with socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0)) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        return int(client.recv(65536).split(b" ", 2)[1])


def test_one_address_leaves_connections_to_others():
    with running(fake_service(), most_connections=8) as started, ExitStack() as stack:
        half_open(started.port, "127.0.0.2", 8, stack)
        assert ask(started.port, "127.0.0.2") == 429
        assert ask(started.port, "127.0.0.3") == 200


def test_health_and_metrics_have_connections_of_their_own():
    settings = Settings(most_connections_of_one=100)
    service = fake_service(settings=settings)
    with running(service, most_connections=8) as started, ExitStack() as stack:
        half_open(started.port, "127.0.0.2", 12, stack)
        assert ask(started.port, "127.0.0.3") == 429
        assert ask(started.port, "127.0.0.3", "/healthz") == 200
        assert ask(started.port, "127.0.0.3", "/metrics") == 200


def test_a_question_for_health_opens_no_connection_for_more():
    with running(fake_service(), most_connections=8) as started, ExitStack() as stack:
        half_open(started.port, "127.0.0.2", 8, stack)
        request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client = socket.create_connection(("127.0.0.1", started.port), 10, ("127.0.0.2", 0))
        stack.enter_context(client).sendall(request % b"/healthz")
        answer = b""
        # The headers and the body of a response are two pieces.
        while b'"words"' not in answer:
            answer += client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        client.sendall(request % b"/v1/models")
        assert client.recv(65536).startswith(b"HTTP/1.1 429")
        two = socket.create_connection(("127.0.0.1", started.port), 10, ("127.0.0.2", 0))
        stack.enter_context(two).sendall(request % b"/healthz" + request % b"/v1/models")
        assert two.recv(65536).startswith(b"HTTP/1.1 429")


def test_a_trusted_proxy_may_have_all_connections():
    settings = Settings(proxies=frozenset({"127.0.0.2"}))
    service = fake_service(settings=settings)
    with running(service, most_connections=8) as started, ExitStack() as stack:
        half_open(started.port, "127.0.0.2", 7, stack)
        assert ask(started.port, "127.0.0.2") == 200
