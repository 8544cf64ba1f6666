"""Checks whether a process that classifies for months grows: memory, file handles, threads.

    .venv/bin/python benchmarks/soak.py [--classifications 100000] [--opens 300] [--json]

One process classifies images (arrays, JPEG, PNG from memory and from a file, and every tenth a
damaged one) and texts, in each installed engine, alone and as streams, then opens and closes
bundles. The resident memory is read a hundred times. Growth is the slope of a least-squares line
through the second half, times the classifications of that half. The first half fills arenas and
caches once and does not count. tracemalloc compares Python's own memory before and after a tenth
as many classifications more. The exit code is 1 if anything grew.
"""

import argparse
import gc
import io
import itertools
import json
import os
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from satchel import ImageClassifier, InputError, TextClassifier, open_bundle
from satchel.engines import installed_engines
from satchel.preprocessing import ImageLike

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
LOOKS = 100
"""How many times each stage reads the resident memory."""
RESIDENT_LIMIT = 512 << 10
"""The most bytes of growth over half a stage. Some pages come and go.

For 8,000 classifications this is 64 bytes each."""
TRACED_LIMIT = 32 << 10
"""The most bytes of growth of Python's objects over a tenth of a stage: the interpreter's caches.

For 1,600 classifications this is 20 bytes each."""


class Stage(NamedTuple):
    """One repeated action, how often it was done, and how the process grew."""

    what: str
    times: int
    seconds: float
    first_bytes: int
    """The resident memory at the first reading."""
    last_bytes: int
    """The resident memory at the last reading."""
    grown_bytes: int
    """The growth of the resident memory, from the slope of the second half."""
    traced_bytes: int
    """The growth of Python's objects."""
    handles: int
    """The number of open files more than before."""
    threads: int
    """The number of running threads more than before."""

    @property
    def grew(self) -> bool:
        """Whether anything grew beyond its limit, so that the process could not run for months."""
        leaks = self.grown_bytes > RESIDENT_LIMIT or self.traced_bytes > TRACED_LIMIT
        return leaks or self.handles > 0 or self.threads > 0


def main() -> None:
    """Run every stage and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--classifications", type=int, default=100_000, help="in all (100000)")
    parser.add_argument("--opens", type=int, default=300, help="for each bundle and engine (300)")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each stage")
    args = parser.parse_args()
    if not args.json:
        print(
            "| what | times | seconds | resident, MB | slope, kB | Python's, kB | handles | grew |"
        )
        print("|---|--:|--:|--:|--:|--:|--:|---|")
    grew = False
    with tempfile.TemporaryDirectory() as folder:
        for each in plan(Path(folder), args.classifications, args.opens):
            stage = soak(*each)
            grew |= stage.grew
            line = json.dumps({**stage._asdict(), "grew": stage.grew}) if args.json else row(stage)
            print(line, flush=True)
    sys.exit(grew)


def row(stage: Stage) -> str:
    """Return a line of the table."""
    resident = f"{stage.first_bytes / 1e6:.1f} to {stage.last_bytes / 1e6:.1f}"
    return (
        f"| {stage.what} | {stage.times:,} | {stage.seconds:.0f} | {resident}"
        f" | {stage.grown_bytes / 1e3:.0f} | {stage.traced_bytes / 1e3:.1f} | {stage.handles}"
        f" | {'yes' if stage.grew else 'no'} |"
    )


def plan(
    folder: Path, classifications: int, opens: int
) -> Iterator[tuple[str, Callable[[], object], int]]:
    """Yield for each stage its name, the function to call, and the number of calls."""
    engines = installed_engines()
    ways = ("images", "texts", "images as streams")
    share = classifications // (len(engines) * len(ways))
    bundles = {
        "images": (ImageClassifier, open_bundle(GOLDEN / "digits.satchel")),
        "texts": (TextClassifier, open_bundle(GOLDEN / "reviews.satchel")),
    }
    contents = {"images": images(folder), "texts": texts()}
    for engine in engines:
        for way in ways:
            kind = way.split()[0]
            make, bundle = bundles[kind]
            classifier = make(bundle, engine=engine)
            each = itertools.cycle(contents[kind])
            ask = stream(classifier, each) if "streams" in way else single(classifier, each)
            yield f"{way}, {engine}", ask, share
    for engine in engines:
        for name, make in (("digits", ImageClassifier), ("reviews", TextClassifier)):
            path = GOLDEN / f"{name}.satchel"
            opened = lambda make=make, path=path, engine=engine: make(path, engine=engine)  # noqa: E731
            yield f"open and close {name}, {engine}", opened, opens


def single(classifier: ImageClassifier | TextClassifier, each: Iterator) -> Callable[[], object]:
    """Return a function that classifies the next one of ``each``, again and again in turn."""

    def ask() -> None:
        with suppress(InputError):
            classifier.classify(next(each))

    return ask


def stream(classifier: ImageClassifier | TextClassifier, each: Iterator) -> Callable[[], object]:
    """Return a function that opens a stream of the next one of ``each``, and closes it early."""

    def ask() -> None:
        results = classifier.classify_stream([next(each)])
        next(results)
        results.close()

    return ask


def images(folder: Path) -> list[ImageLike]:
    """Return ten images, of which one is damaged."""
    random = np.random.default_rng(7)
    dots = [
        np.kron(random.integers(0, 256, (6, 8, 3), np.uint8), np.ones((20, 20, 1), np.uint8))
        for _ in range(10)
    ]
    path = folder / "dots.png"
    path.write_bytes(encoded(dots[0], "PNG"))
    jpegs = [encoded(pixels, "JPEG") for pixels in dots[1:5]]
    return [path, *jpegs, encoded(dots[5], "PNG"), *dots[6:9], jpegs[0][:300]]


def encoded(pixels: np.ndarray, suffix: str) -> bytes:
    """Return ``pixels`` as the bytes of an image file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, suffix)
    return file.getvalue()


def texts() -> list[str]:
    """Return texts from empty to long."""
    sentence = "I loved every minute of it, but my sister did not. "
    return [sentence[:length] for length in range(0, 50, 5)] + [sentence * 40, "\ud800"]


def soak(what: str, ask: Callable[[], object], times: int) -> Stage:
    """Return how the process grew over ``times`` calls of ``ask``."""
    every = max(1, times // LOOKS)
    more = max(10, times // 10)
    for _ in range(more):
        ask()
    gc.collect()
    handles, threads = open_handles(), threading.active_count()
    resident = []
    started = time.perf_counter()
    for number in range(times):
        ask()
        if number % every == every - 1:
            resident.append(resident_bytes())
    seconds = time.perf_counter() - started
    late = resident[len(resident) // 2 :]
    slope = np.polyfit(np.arange(len(late)), late, 1)[0] if len(late) > 1 else 0.0
    gc.collect()
    return Stage(
        what=what,
        times=times,
        seconds=round(seconds, 1),
        first_bytes=resident[0],
        last_bytes=resident[-1],
        grown_bytes=int(slope * len(late)),
        traced_bytes=traced_growth(ask, more),
        handles=open_handles() - handles,
        threads=threading.active_count() - threads,
    )


def traced_growth(ask: Callable[[], object], times: int) -> int:
    """Return the growth of Python's objects over ``times`` calls of ``ask``, in bytes."""
    tracemalloc.start()
    for _ in range(times // 2):
        ask()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(times):
        ask()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_handles() -> int:
    """Return the number of open files, pipes and sockets of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    main()
