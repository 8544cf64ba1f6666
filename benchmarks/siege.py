"""Measures what an honest client sees, and the memory of all processes, while others attack.

    .venv/bin/python benchmarks/siege.py [--seconds 60]

`satchel serve` runs with two workers on loopback. Meanwhile, each from an address of its own:

- attackers send chunked trailers and chunk extensions, four connections a second of each, half-open
  connections, and, as fast as they are answered, progressive JPEGs of 9,000 scans and lossless
  WebPs of 1 kB that say 29.7 and 26 megapixels;
- one client sends PNG and WebP images of 24 megapixels, one after another;
- one honest client classifies a small image 50 times a second, and one asks for /healthz.

Prints a table. The exit code is 1 if an honest request got another status than 200, if memory went
beyond 400 MB, if the honest p99 was 1 s or more, or if SIGTERM took 30 s. Linux only.
"""

import argparse
import http.client
import io
import json
import multiprocessing
import os
import signal
import socket
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image
from serve import serving
from side_by_side import ROOT, print_conditions

ATTACKER, HONEST, HEALTH, LARGE = (f"127.0.0.{last}" for last in (2, 9, 10, 11))
MOST_BYTES = 400_000_000
MOST_S = 1.0
MOST_STOP_S = 30.0
CHUNKED = (
    b"POST /v1/models/imdb_lstm:predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Return an image as a file."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def many_scans(side: int, count: int) -> bytes:
    """Return a progressive JPEG in which one scan stands ``count`` times more."""
    plain = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    second = plain.index(b"\xff\xda", plain.index(b"\xff\xda") + 2)
    begin, end = plain.rindex(b"\xff\xc4", 0, second), plain.index(b"\xff\xc4", second)
    return plain[:end] + plain[begin:end] * count + plain[end:]


def large_images() -> list[tuple[str, bytes]]:
    """Return images of 24 megapixels, with their media types."""
    ramp = (np.add.outer(np.arange(4000) // 16, np.arange(6000) // 16) % 256).astype(np.uint8)
    image = Image.fromarray(np.stack([ramp, ramp[::-1], ramp[:, ::-1]], -1))
    clear = image.copy()
    clear.putalpha(200)
    return [
        ("image/png", encoded(image, "PNG", compress_level=1)),
        ("image/png", encoded(clear, "PNG", compress_level=1)),
        ("image/webp", encoded(image, "WEBP", method=0)),
        ("image/webp", encoded(image, "WEBP", lossless=True, method=0)),
    ]


def ask(port: int, address: str, path: str, media: str = "", body: bytes = b"") -> tuple[int, str]:
    """Return the status of a request from ``address``, and the beginning of its body."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=60, source_address=(address, 0)
    )
    try:
        words = {"content-type": media} if media else {}
        connection.request("POST" if media else "GET", path, body or None, words)
        response = connection.getresponse()
        return response.status, response.read(200).decode("utf-8", "replace")
    finally:
        connection.close()


def flood(port: int, kind: str) -> None:
    """Send one kind of bytes for ever, on one connection after another."""
    begin, piece = {
        "trailers": (
            CHUNKED + b"0\r\n",
            b"".join(b"X-%05d: yyyy\r\n" % at for at in range(4000)),
        ),
        "extensions": (CHUNKED + b"1;", b"a" * 60_000),
        "half open": (b"GET / HTTP/1.1\r\n", b""),
    }[kind]
    kept = []
    while True:
        with suppress(OSError):
            client = socket.create_connection(("127.0.0.1", port), 10, (ATTACKER, 0))
            kept = [*kept[-700:], client]
            client.sendall(begin)
            while piece:
                client.sendall(piece)
        time.sleep(0.005 if kind == "half open" else 0.25)


def send_images(port: int, file: bytes, media: str) -> None:
    """Post one image for ever."""
    while True:
        with suppress(OSError, http.client.HTTPException):
            ask(port, ATTACKER, "/v1/models/mnist_mlp:predict", media, file)


def honest(port: int, found: "multiprocessing.Queue[object]", seconds: float) -> None:
    """Classify a small image 50 times a second, and report each status and time."""
    seven = (ROOT / "zoo" / "seven.png").read_bytes()
    results = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        try:
            status, _ = ask(port, HONEST, "/v1/models/mnist_mlp:predict?top=1", "image/png", seven)
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        results.append((status, time.monotonic() - started))
        time.sleep(0.02)
    found.put(("honest", results))


def health(port: int, found: "multiprocessing.Queue[object]", seconds: float) -> None:
    """Ask for /healthz twice a second, and report each status and what it says."""
    results = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        status, content = ask(port, HEALTH, "/healthz")
        results.append(((status, json.loads(content)["status"]), time.monotonic() - started))
        time.sleep(0.5)
    found.put(("health", results))


def large(port: int, found: "multiprocessing.Queue[object]", seconds: float) -> None:
    """Post images of 24 megapixels, and report each status and time."""
    images = large_images()
    results = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        media, content = images[len(results) % len(images)]
        started = time.monotonic()
        status, _ = ask(port, LARGE, "/v1/models/mnist_mlp:predict?top=1", media, content)
        results.append((status, time.monotonic() - started))
        time.sleep(0.5)
    found.put(("24 megapixels", results))


def resident_bytes(process: int) -> int:
    """Return the resident memory of a process and its children, in bytes."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    total = 0
    for each in [process, *map(int, children.split())]:
        with suppress(OSError):
            statm = Path(f"/proc/{each}/statm").read_text(encoding="ascii")
            total += int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def main() -> None:
    """Attack a service and print what its clients saw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    zoo = ROOT / "zoo"
    files = [
        (many_scans(5000, 9000), "image/jpeg"),
        *(
            (encoded(Image.new("RGB", (side, side)), "WEBP", lossless=True), "image/webp")
            for side in (5450, 5100)
        ),
    ]
    start = multiprocessing.get_context("spawn")
    found = start.Queue()
    bundles = (zoo / "mnist.satchel", zoo / "imdb_lstm.satchel")
    with serving(*bundles, "--workers", "2") as served:
        before = resident_bytes(served.process.pid)
        clients = [
            start.Process(target=target, args=(served.port, found, args.seconds))
            for target in (honest, health, large)
        ]
        attackers = [
            start.Process(target=flood, args=(served.port, kind), daemon=True)
            for kind in ("trailers", "extensions", "half open")
        ] + [start.Process(target=send_images, args=(served.port, *file)) for file in files]
        for each in [*attackers, *clients]:
            each.start()
        peak = before
        while any(each.is_alive() for each in clients):
            peak = max(peak, resident_bytes(served.process.pid))
            time.sleep(0.05)
            if found.qsize() == len(clients):
                break
        results = dict(found.get() for _ in clients)
        for each in attackers:
            each.kill()
        after = resident_bytes(served.process.pid)
        started = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(60)
        stop_s = time.monotonic() - started
    print(
        f"| {args.seconds:g} s of attack | requests | statuses | p50, ms | p99, ms | largest, ms |"
    )
    print("|---|---|---|---|---|---|")
    for name, answers in results.items():
        times = sorted(1000 * seconds for _, seconds in answers)
        p99 = times[int(0.99 * (len(times) - 1))]
        statuses = ", ".join(f"{key}: {n}" for key, n in Counter(s for s, _ in answers).items())
        print(
            f"| {name} | {len(times)} | {statuses} | {statistics.median(times):.1f} | {p99:.1f} |"
            f" {times[-1]:.1f} |"
        )
    print(
        f"\nResident memory of all processes: {before / 1e6:.0f} MB before, at most"
        f" {peak / 1e6:.0f} MB, {after / 1e6:.0f} MB after. SIGTERM took {stop_s:.1f} s.\n"
    )
    print_conditions()
    slow = sorted(seconds for _, seconds in results["honest"])
    failed = (
        {status for status, _ in results["honest"]} != {200}
        or slow[int(0.99 * (len(slow) - 1))] >= MOST_S
        or peak > MOST_BYTES
        or stop_s >= MOST_STOP_S
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
