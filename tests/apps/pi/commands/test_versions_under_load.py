"""Ten new versions while 50 clients ask, and a service that is killed while it switches."""

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from helpers.services import ZOO, eventually
from helpers.versions import put, version_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGHUP")

NAME = "mnist_mlp"
PATH = f"/v1/models/{NAME}:predict"
IMAGE = (ZOO / "seven.png").read_bytes()
CLIENTS = 50
KILLS = 6
SWITCH_S = 2.5
"""Longer than it takes from a new file to the switch, on a quiet machine"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "bundles"
    folder.mkdir()
    shutil.copy(ZOO / "mnist.satchel", folder)
    return folder


@contextmanager
def asking(port, count):
    """Let ``count`` clients ask without a pause until the block ends; yield what was answered."""
    found = Counter()
    lock = threading.Lock()
    stop = threading.Event()

    def ask():
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while not stop.is_set():
            try:
                connection.request("POST", PATH, IMAGE, {"Content-Type": "image/png"})
                response = connection.getresponse()
                said = json.loads(response.read())
                answer = response.status, said.get("version")
            except (OSError, HTTPException, ValueError) as error:
                answer = type(error).__name__, str(error)
                connection.close()
            with lock:
                found[answer] += 1
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for each in threads:
        each.start()
    try:
        yield found
    finally:
        stop.set()
        for each in threads:
            each.join(60)


def children_and_files(process):
    """Return how many children and how many open files the service has."""
    place = Path(f"/proc/{process.pid}")
    children = (place / "task" / str(process.pid) / "children").read_text().split()
    files = [os.readlink(each) for each in (place / "fd").iterdir()]  # noqa: PTH115 (fast)
    return len(children), len([name for name in files if not name.startswith("socket:")])


def test_ten_new_versions_and_a_broken_one_under_50_clients_lose_no_request(serve_bundles, folder):
    started = serve_bundles("--watch", folder, "--workers", "2", "--queue", "64")
    process = started.process.process
    with asking(started.port, CLIENTS) as found:
        eventually(lambda: found[200, "1.0.0"] > CLIENTS)
        for minor in range(1, 11):
            version = f"1.{minor}.0"
            put(folder, "new.satchel", version_of("mnist", version))
            started.process.line(f"serves {NAME} {version}")
            # Each answers before the next one comes.
            eventually(lambda: found[200, version] > CLIENTS)  # noqa: B023 (called at once)
        put(folder, "new.satchel", version_of("mnist", "1.11.0", wrong=True))
        started.process.line("without .*new.satchel: Expected full_int8")
        before = found[200, "1.10.0"]
        eventually(lambda: found[200, "1.10.0"] > before + CLIENTS)
    assert set(found) == {(200, f"1.{minor}.0") for minor in range(11)}
    assert started.get("/healthz").json["status"] == "degraded"
    if sys.platform == "linux":
        children, files = children_and_files(process)
        # The workers of the earlier versions have ended, and their files are closed.
        assert children == 2
        assert files < 40


def test_a_service_that_is_killed_while_it_switches_serves_one_whole_version(serve_bundles, folder):
    chance = random.Random(38)
    served = 0
    for minor in range(1, KILLS + 1):
        version = f"1.{minor}.0"
        started = serve_bundles("--watch", folder, "--workers", "1")
        answer = started.post(PATH, IMAGE).json
        before, served = served, int(answer["version"].split(".")[1])
        # The version before, or one that has come since: what was cut off is taken at a start.
        assert before <= served < minor
        assert answer["predictions"][0]["label"] == "7"
        put(folder, "new.satchel", version_of("mnist", version))
        time.sleep(chance.uniform(0, SWITCH_S))
        assert started.process.end(signal.SIGKILL) == -signal.SIGKILL
    started = serve_bundles("--watch", folder, "--workers", "1")
    # Whatever was cut off is taken in the end.
    eventually(lambda: started.post(PATH, IMAGE).json["version"] == f"1.{KILLS}.0")
    assert started.get("/healthz").json["status"] == "ok"
