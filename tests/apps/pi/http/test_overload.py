"""Ten thousand at once: those for whom there is room are answered, the others are told so."""

import socket
from collections import Counter
from contextlib import ExitStack

import pytest

from helpers.services import ZOO

MANY = 10_000


def storm(port, words):
    """Return how often each status was answered to MANY requests, each on its own connection.

    All are sent before the first answer is read.
    """
    found = Counter()
    with ExitStack() as opened:
        clients = []
        for _ in range(MANY):
            client = socket.create_connection(("127.0.0.1", port), timeout=60)
            clients.append(opened.enter_context(client))
            client.sendall(words)
        for client in clients:
            found[int(client.recv(65536).split(b" ", 2)[1])] += 1
    return found


@pytest.fixture
def many_files():
    """Let this process open as many sockets as it needs."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < MANY + 100:
        pytest.skip(f"{MANY + 100:,} open files are not allowed here, {hard:,} are")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, MANY + 100), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_10_000_requests_at_once_are_answered_or_told_to_come_again(serve_bundles, many_files):
    started = serve_bundles(ZOO / "mnist.satchel")
    image = (ZOO / "seven.png").read_bytes()
    head = [
        "POST /v1/models/mnist_mlp:predict HTTP/1.1", "Host: localhost", "Content-Type: image/png",
        f"Content-Length: {len(image)}", "Connection: close", "", "",
    ]  # fmt: skip
    found = storm(started.port, "\r\n".join(head).encode() + image)
    assert set(found) == {200, 429}
    assert sum(found.values()) == MANY
    assert started.post("/v1/models/mnist_mlp:predict", image).status == 200
