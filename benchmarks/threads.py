"""What more threads gain: one classifier that they share, one each, and the engine's own threads.

    .venv/bin/python benchmarks/threads.py photos.satchel [--rounds 7]

First where a classification from an array of the model's size and from a JPEG of 512 x 929 spends
its processor time: what is spent outside the model, threads do side by side; inside they take turns
if they share a classifier. So they gain at most the last column on two cores, whatever else the
machine does. Then classifications a second, as a ratio to one thread of the same round, medians
with the smallest and largest round, for a machine that does nothing else. The memory is what a
second classifier of the same open bundle adds.
"""

import argparse
import io
import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image

from satchel import ImageClassifier, open_bundle
from satchel.bundle import Bundle, ImageInput
from satchel.preprocessing import ImageLike, read_pixels

ROUND_S = 0.5
"""Seconds that each contender runs in a round, about"""


def images(image: ImageInput) -> dict[str, ImageLike]:
    """Return name to image; of dots of 16 pixels, since no camera's JPEG is all noise."""
    dots = np.random.default_rng(7).integers(0, 256, (32, 59, 3), np.uint8)
    photo = np.kron(dots, np.ones((16, 16, 1), np.uint8))[:, :929]
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=90)
    exact = np.resize(photo, (image.height, image.width, 3)).astype(np.uint8)
    return {"array": exact, "JPEG": file.getvalue()}


def per_second(classifiers: Sequence[ImageClassifier], image: ImageLike, calls: int) -> float:
    """Return how many classifications a second one thread for each of ``classifiers`` makes."""
    start = threading.Barrier(len(classifiers) + 1)

    def work(classifier: ImageClassifier) -> None:
        start.wait()
        for _ in range(calls):
            classifier.classify(image)

    threads = [threading.Thread(target=work, args=(each,)) for each in classifiers]
    for thread in threads:
        thread.start()
    start.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return calls * len(threads) / (time.perf_counter() - started)


def resident_mb() -> float:
    """Return the resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_ms(runs: Sequence[Callable[[], object]], calls: int) -> list[float]:
    """Return the median processor time of this thread in each of ``runs``, in turns, ms."""
    spent: list[list[float]] = [[] for _ in runs]
    for _ in range(calls):
        for run, times in zip(runs, spent, strict=True):
            started = time.thread_time()
            run()
            times.append((time.thread_time() - started) * 1e3)
    return [statistics.median(times) for times in spent]


def print_shares(bundle: Bundle, files: Sequence[str], calls: int) -> None:
    """Print where a classification spends its time."""
    print("| model | image | a classification, ms | in the model, ms | sharing gains at most |")
    print("|---|---|--:|--:|--:|")
    for file in files:
        classifier = ImageClassifier(bundle, model=file)
        taken = image_input(bundle)
        for kind, image in images(taken).items():
            prepared = read_pixels(image, taken)
            runs = (
                partial(classifier.classify, image),
                partial(classifier.model.prediction, prepared),
            )
            whole, inside = processor_ms(runs, calls)
            gain = min(2, max(1, whole / inside))
            print(f"| `{file}` | {kind} | {whole:.2f} | {inside:.2f} | {gain:.2f} |", flush=True)


def image_input(bundle: Bundle) -> ImageInput:
    """Return what the bundle's models take."""
    return cast("ImageInput", bundle.card.input)


def contenders(
    bundle: Bundle, file: str, threads: int
) -> tuple[dict[str, list[ImageClassifier]], float]:
    """Return name to one classifier for each thread, and what the second one took, MB."""
    image = image_input(bundle)
    blank = np.zeros((image.height, image.width, 3), np.uint8)

    def opened(engine_threads: int = 1) -> ImageClassifier:
        classifier = ImageClassifier(bundle, model=file, threads=engine_threads)
        classifier.classify(blank)
        return classifier

    shared = opened()
    before = resident_mb()
    own = [shared, opened()]
    second_mb = resident_mb() - before
    own += [opened() for _ in range(threads - 2)]
    return {
        "one thread": [shared],
        f"{threads} threads share one": [shared] * threads,
        f"{threads} threads, one each": own,
        f"one thread, threads={threads}": [opened(threads)],
    }, second_mb


def print_throughput(bundle: Bundle, files: Sequence[str], threads: int, rounds: int) -> None:
    """Print how many classifications a second there are with more threads."""
    print("| model | image | what | a second | to one thread | rounds | second, MB |")
    print("|---|---|---|--:|--:|---|--:|")
    for file in files:
        ways, second_mb = contenders(bundle, file, threads)
        for kind, image in images(image_input(bundle)).items():
            calls = max(1, round(per_second(ways["one thread"], image, 3) * ROUND_S))
            speeds: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, classifiers in ways.items():
                    share = max(1, calls // len(classifiers))
                    speeds[name].append(per_second(classifiers, image, share))
            for name, each in speeds.items():
                pairs = zip(each, speeds["one thread"], strict=True)
                ratios = [speed / one for speed, one in pairs]
                print(
                    f"| `{file}` | {kind} | {name} | {statistics.median(each):.0f} "
                    f"| {statistics.median(ratios):.2f} "
                    f"| {min(ratios):.2f} to {max(ratios):.2f} | {second_mb:.1f} |",
                    flush=True,
                )


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--models", nargs="+", default=["float32.tflite", "float32.onnx"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7, help="0 leaves the second table out")
    parser.add_argument("--calls", type=int, default=101, help="of each kind, for the first table")
    given = parser.parse_args()
    bundle = open_bundle(given.bundle)
    print_shares(bundle, given.models, given.calls)
    if given.rounds:
        print()
        print_throughput(bundle, given.models, given.threads, given.rounds)


if __name__ == "__main__":
    main()
