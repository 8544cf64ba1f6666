"""Services that run beside the tests: in a thread with scripted models, or as a process."""

import io
import json
import re
import select
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from satchel.bundle import open_bundle
from satchel.testing import (
    FakeImageClassifier,
    FakeTextClassifier,
    fake_image_bundle,
    fake_text_bundle,
)
from satchel_pi.http.loaded_model import LoadedModel, LoadOptions, load_bundle
from satchel_pi.http.server import listen, make_server
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.worker_pool import WorkerPool, thread_workers

ROOT = Path(__file__).parents[2]
ZOO = ROOT / "zoo"
STARTING_S = 60
"""For a process to listen, on a machine that does other work"""


class Answered(NamedTuple):
    status: int
    headers: dict
    content: bytes

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def error(self):
        """The one line of an error in the one shape that errors have."""
        problem = self.json
        assert self.headers["content-type"] == "application/problem+json"
        assert list(problem) == ["type", "title", "status", "detail", "instance"]
        assert problem["status"] == self.status
        assert problem["instance"] == f"/requests/{self.headers['x-request-id']}"
        [line] = problem["detail"].splitlines()
        return line


class Running:
    """A service that listens on a port of this machine."""

    def __init__(self, port, service=None, process=None):
        self.port = port
        self.service = service
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None, **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            words = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, words)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answered(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body, media="application/octet-stream", **headers):
        if media == "application/json" and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.ask("POST", path, body, content_type=media, **headers)


def png(size=(8, 8), level=200):
    file = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0], 3), level, np.uint8)).save(file, "PNG")
    return file.getvalue()


def form(*parts, boundary="b0undary"):
    """Return a multipart body of (name, content) and its Content-Type."""
    head = '--{}\r\nContent-Disposition: form-data; name="{}"; filename="f"\r\n\r\n'
    pieces = [head.format(boundary, name).encode() + content + b"\r\n" for name, content in parts]
    end = f"--{boundary}--\r\n".encode()
    return b"".join(pieces) + end, f"multipart/form-data; boundary={boundary}"


@contextmanager
def running(service, **words):
    """Serve in a thread until the block is left."""
    listening = threading.Event()
    with listen("127.0.0.1", 0) as listener:
        server = make_server(service, started=listening.set, **words)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert listening.wait(STARTING_S)
            yield Running(listener.getsockname()[1], service)
        finally:
            server.should_exit = True
            thread.join(STARTING_S)
            assert not thread.is_alive()


def fake_service(*, images="cat", texts="positive", workers=2, waiting=8, settings=None, **words):
    """Return a service of two scripted models, ``fake`` for images and ``words`` for texts."""
    seen = FakeImageClassifier(fake_image_bundle(["cat", "dog"]), predictions=images)
    bundle = fake_text_bundle(["negative", "positive"])
    bundle = bundle._replace(card=bundle.card._replace(name="words"))
    read = FakeTextClassifier(bundle, predictions=texts)
    return Service(
        {"fake": LoadedModel(seen, 8), "words": LoadedModel(read, 4)},
        words.pop("failures", {}),
        WorkerPool(thread_workers(workers), waiting=waiting),
        settings or Settings(hosts=frozenset({"127.0.0.1", "localhost"})),
        **words,
    )


def labels_service(output, predictions):
    """Return a service of one scripted model for images, ``fake``, whose card has this output."""
    bundle = fake_image_bundle(["cat", "dog"])
    bundle = bundle._replace(card=bundle.card._replace(output=output))
    model = FakeImageClassifier(bundle, predictions=predictions)
    return Service({"fake": LoadedModel(model, 0)}, {}, WorkerPool(thread_workers(1), waiting=8))


def zoo_service(*names, settings=None, waiting=8, failures=None):
    """Return a service of the zoo's bundles, which run in threads of this process."""
    bundles = [open_bundle(ZOO / f"{name}.satchel") for name in names]
    loaded = [load_bundle(bundle, LoadOptions()) for bundle in bundles]
    return Service(
        {each.name: each for each in loaded},
        failures or {},
        WorkerPool(thread_workers(2), waiting=waiting),
        settings or Settings(),
    )


def eventually(holds, seconds=STARTING_S):
    """Wait until ``holds()`` is true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.05)


class Process(NamedTuple):
    process: subprocess.Popen
    said: list
    """Lines of standard error so far"""

    def line(self, pattern, seconds=STARTING_S):
        """Return the first line of standard error that has ``pattern``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.said:
                if re.search(pattern, line):
                    return line
            ready, _, _ = select.select([self.process.stderr], [], [], 0.1)
            if ready:
                line = self.process.stderr.readline()
                if not line:
                    break
                self.said.append(line.rstrip("\n"))
        raise AssertionError(f"no line with {pattern!r} in {self.said}")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(STARTING_S)


class Lines:
    """Lines of an unbuffered pipe."""

    def __init__(self, pipe):
        self._pipe = pipe

    def fileno(self):
        return self._pipe.fileno()

    def readline(self):
        return self._pipe.readline().decode()

    def read(self):
        return self._pipe.read().decode()

    def close(self):
        self._pipe.close()


def read_stream(port, path, enough, seconds=10):
    """Return what comes of a stream until ``enough`` says so."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        found = b""
        while not enough(found):
            piece = client.recv(65536)
            if not piece:
                break
            found += piece
        return found
