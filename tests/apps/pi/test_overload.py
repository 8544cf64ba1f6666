"""Ten thousand at once: those for whom there is room are answered, the others are told so."""

import asyncio
from collections import Counter

import pytest
from pi_services import ZOO

MANY = 10_000


async def storm(port, words):
    """Return how often each status was answered to MANY requests, each on its own connection."""
    found = Counter()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(words)
        found[int((await reader.read()).split(b" ", 2)[1])] += 1
        writer.close()

    await asyncio.wait_for(asyncio.gather(*(one() for _ in range(MANY))), 60)
    return found


def test_10_000_requests_at_once_are_answered_or_told_to_come_again(serve_bundles):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < MANY + 100:
        pytest.skip(f"{MANY + 100:,} open files are not allowed here, {hard:,} are")
    started = serve_bundles(ZOO / "mnist.satchel")
    picture = (ZOO / "seven.png").read_bytes()
    head = [
        "POST /v1/classify/mnist_mlp HTTP/1.1", "Host: localhost", "Content-Type: image/png",
        f"Content-Length: {len(picture)}", "Connection: close", "", "",
    ]  # fmt: skip
    words = "\r\n".join(head).encode() + picture
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, MANY + 100), hard))
    try:
        found = asyncio.run(storm(started.port, words))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert set(found) == {200, 429}
    assert sum(found.values()) == MANY
    assert started.post("/v1/classify/mnist_mlp", picture).status == 200
