"""What the service adds to a classifier, and what it does under load.

    .venv/bin/python benchmarks/serve.py zoo/mnist.satchel zoo/seven.png [--clients 50]

One client: a classifier here and the same image through a service in a process of its own, over
one connection, take turns, round by round; p50 of each, the difference and the ratio of each turn.

Load: wrk (Debian's package) posts the image from so many clients, each as soon as it has its
answer. The service's own counters say which statuses there were; its resident memory is looked at
every second. Exit code 1 for an answer other than 200 and 429, for a lost connection, or for memory
that grew.
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
"""Bytes over the second half of the load: arenas of the allocator come and go"""
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
    """A service that runs."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> str:
        """Return what it answers to a GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def statuses(self) -> dict[str, int]:
        """Return how often it has answered with each status."""
        found = re.findall(r'satchel_requests_total{status="(\d+)"} (\S+)', self.get("/metrics"))
        return {status: int(float(count)) for status, count in found}

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(bundle: Path, *words: str) -> Iterator[Service]:
    """Serve ``bundle`` in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", bundle, "--port", "0", *words],
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
    """Measure one client, then many."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path, help="that classifies images")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--calls", type=int, default=300, help="a round (300)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60, help="of load; 0: none")
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
    """Print what the service adds to the classifier alone."""
    content = image.read_bytes()
    classifier = ImageClassifier(bundle)
    path = f"/v1/classify/{classifier.bundle.card.name}"
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
    """Yield a function that posts ``content`` over one connection and returns the answer."""
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
            # Headers and a small body come at once, as they are sent; a rest would be seen here.
            length = int(re.search(rb"content-length: (\d+)", found)[1])
            begin = found.index(b"\r\n\r\n") + 4
            while len(found) < begin + length:
                found += connection.recv(65536)
            assert found.startswith(b"HTTP/1.1 200"), found
            return found

        yield ask


def p50_us(run: Callable[[], object], calls: int) -> float:
    """Return the median of ``calls`` runs, microseconds."""
    taken = []
    for _ in range(calls):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return 1e6 * statistics.median(taken)


def load(service: Service, image: Path, *, clients: int, seconds: int) -> bool:
    """Print what many clients got, and return whether anything of it is wrong."""
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
    # The counters' own GET is one of the 200s.
    said = ", ".join(f"{count:,} of {status}" for status, count in statuses.items() if count > 1)
    print(f"| {clients} clients for {found['seconds']:.0f} s | |")
    print("|---|---|")
    print(f"| answers a second | {found['requests'] / found['seconds']:,.0f} |")
    print(f"| answers | {said} |")
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
