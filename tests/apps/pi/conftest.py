"""Fixtures that serve: scripted models in a thread, or real ones as a process."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack

import pytest

from helpers.services import Lines, Process, Running, fake_service, png, running


@pytest.fixture(scope="session")
def image():
    return png()


@pytest.fixture
def serve():
    """Return a function that serves scripted models for the length of a test."""
    with ExitStack() as stack:

        def start(*, most_connections=None, **words):
            service = fake_service(**words)
            return stack.enter_context(running(service, most_connections=most_connections))

        yield start


@pytest.fixture(scope="module")
def service():
    """A service of scripted models that the tests of a module share."""
    with running(fake_service()) as found:
        yield found


@pytest.fixture
def start_satchel():
    """Return a function that starts the command line as a process, ended with the test."""
    started = []

    def start(*words, **environment):
        process = subprocess.Popen(
            [sys.executable, "-c", "from satchel.cli import main; raise SystemExit(main())"]
            + [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Lines are waited for by select, which knows nothing of a buffer here.
            bufsize=0,
            env={**os.environ, **environment},
        )
        process.stderr = Lines(process.stderr)
        started.append(process)
        return Process(process, [])

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def serve_bundles(start_satchel):
    """Return a function that serves real bundles in a process of their own."""

    def start(*words, **environment):
        found = start_satchel("serve", *words, "--port", "0", **environment)
        port = int(re.search(r":(\d+)/\W*$", found.line(" at http://"))[1])
        return Running(port, process=found)

    return start
