"""Measures the time that the service adds to a classifier, and the service under load.

    .venv/bin/python benchmarks/serve.py zoo/mnist.satchel zoo/seven.png [--clients 50]

One client: a classifier in this process, and the same image through a service in another process
over one connection, take turns, round by round. Prints the p50 of each, and the difference and the
ratio of each turn.

Load: wrk (Debian's package) posts the image from so many clients. Each client sends its next
request as soon as it has its response. The service's own counters tell the statuses of the
responses, and its resident memory is read every second. The exit code is 1 after a response other
than 200 and 429, after a lost connection, or if memory grew.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from side_by_side import print_conditions, spread

from satchel import ImageClassifier

COMMAND = "import sys; from satchel.cli import main; sys.exit(main())"
GROWTH_LIMIT = 2 << 20
"""The most bytes by which memory may grow over the second half of the load.

It is above 0 because arenas of the allocator come and go."""
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "image/png"
local file = io.open("{image}", "rb")
wrk.body = file:read("*a")
file:close()
function done(summary, latency, requests)
  local e = summary.errors
  local words = '{{"requests": %d, "seconds": %f, "lost": %d, "ms": [%f, %f, %f, %f]}}'
  io.stderr:write(string.format(
    words, summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3))
end
"""


class Service(NamedTuple):
    """A service that runs in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> str:
        """Return the body of the response to a GET of ``path``."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as response:
            return response.read().decode()

    def statuses(self) -> dict[str, int]:
        """Return the number of responses so far, by status."""
        found = re.findall(r'satchel_requests_total{status="(\d+)"} (\S+)', self.get("/metrics"))
        return {status: int(float(count)) for status, count in found}

    def resident_bytes(self) -> int:
        """Return the resident memory of the service in bytes."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(*words: str | Path) -> Iterator[Service]:
    """Serve the bundles that ``words`` begin with, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", *words, "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        port = None
        while port is None:
            line = process.stderr.readline()
            if not line:
                raise SystemExit("Expected the service to start, it ended.")
            port = re.search(r"at http://127\.0\.0\.1:(\d+)/", line)
        yield Service(process, int(port[1]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def main() -> None:
    """Measure the service with one client, then with many."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path, help="a bundle that classifies images")
    parser.add_argument("image", type=Path)
    parser.add_argument("--calls", type=int, default=300, help="requests in a round (300)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60, help="duration of the load; 0: no load")
    parser.add_argument("--queue", type=int, default=64, help="requests that may wait (64)")
    args = parser.parse_args()
    with serving(args.bundle, "--queue", str(args.queue)) as service:
        one_client(service, args.bundle, args.image, args.calls, args.rounds)
        failed = args.seconds > 0 and load(
            service, args.image, clients=args.clients, seconds=args.seconds
        )
    print_conditions()
    sys.exit(failed)


def one_client(service: Service, bundle: Path, image: Path, calls: int, rounds: int) -> None:
    """Print the time that the service adds to the classifier alone."""
    content = image.read_bytes()
    classifier = ImageClassifier(bundle)
    path = f"/v1/models/{classifier.bundle.card.name}:predict"
    with connected(service.port, path, content) as ask:
        alone = lambda: classifier.classify(content, top=5)  # noqa: E731
        for run in (alone, ask):
            p50_us(run, calls)
        turns = [(p50_us(alone, calls), p50_us(ask, calls)) for _ in range(rounds)]
    print("| one client | p50, us | |")
    print("|---|---|---|")
    print(f"| classifier alone | {spread([each for each, _ in turns], 0)} | |")
    print(f"| through the service | {spread([each for _, each in turns], 0)} | |")
    print(f"| the service adds | {spread([b - a for a, b in turns], 0)} | at most 1,000 |")
    print(f"| ratio | {spread([b / a for a, b in turns])} | |")
    print(flush=True)


@contextmanager
def connected(port: int, path: str, content: bytes) -> Iterator[Callable[[], bytes]]:
    """Yield a function that posts ``content`` over one connection and returns the response."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    words = head.encode() + content
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask() -> bytes:
            connection.sendall(words)
            found = connection.recv(65536)
            # Headers and a small body are sent together, so they mostly arrive together.
            length = int(re.search(rb"content-length: (\d+)", found)[1])
            begin = found.index(b"\r\n\r\n") + 4
            while len(found) < begin + length:
                found += connection.recv(65536)
            assert found.startswith(b"HTTP/1.1 200"), found
            return found

        yield ask


def p50_us(run: Callable[[], object], calls: int) -> float:
    """Return the median time of ``calls`` runs, in microseconds."""
    durations_s = []
    for _ in range(calls):
        started = time.perf_counter()
        run()
        durations_s.append(time.perf_counter() - started)
    return 1e6 * statistics.median(durations_s)


def load(service: Service, image: Path, *, clients: int, seconds: int) -> bool:
    """Print the responses that many clients got, and return whether anything went wrong."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("Expected wrk, it is not installed: apt install wrk.")
    name = json.loads(service.get("/v1/models"))["models"][0]["path"]
    before = service.statuses()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.format(image=image.absolute()))
        script.flush()
        words = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", script.name]
        running = subprocess.Popen(
            [*words, f"http://127.0.0.1:{service.port}{name}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        resident = []
        while running.poll() is None:
            time.sleep(1)
            resident.append(service.resident_bytes())
        assert running.stderr
        found = json.loads(running.stderr.read())
    after = service.statuses()
    statuses = {each: after[each] - before.get(each, 0) for each in after}
    late = resident[len(resident) // 2 :]
    grown = int(np.polyfit(np.arange(len(late)), late, 1)[0] * len(late))
    # Reading the counters is itself one response with status 200.
    said = ", ".join(f"{count:,} of {status}" for status, count in statuses.items() if count > 1)
    print(f"| {clients} clients for {found['seconds']:.0f} s | |")
    print("|---|---|")
    print(f"| responses a second | {found['requests'] / found['seconds']:,.0f} |")
    print(f"| responses | {said} |")
    print(f"| connections lost, timed out | {found['lost']} |")
    latencies = " / ".join(f"{each:.1f}" for each in found["ms"])
    print(f"| latency p50 / p90 / p99 / largest, ms | {latencies} |")
    mega = f"{resident[0] / 1e6:.1f} to {resident[-1] / 1e6:.1f}"
    print(f"| resident memory, first to last second, MB | {mega} |")
    print(f"| slope over the second half, kB | {grown / 1e3:.0f} |", flush=True)
    wrong = set(statuses) - {"200", "429"}
    return bool(wrong) or found["lost"] > 0 or grown > GROWTH_LIMIT


if __name__ == "__main__":
    main()
