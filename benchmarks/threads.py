"""Measures more threads: a classifier that they share, one for each, and the engine's own threads.

    .venv/bin/python benchmarks/threads.py photos.satchel [--rounds 7]

The first table says where a classification spends its processor time, for an array of the model's
size and for a JPEG of 512 x 929. Threads that share a classifier run in parallel outside the model,
but take turns inside it. The last column is the largest gain that this allows on two cores,
whatever else the machine does. The second table is for a machine without other work: the
classifications a second, and their ratio to one thread of the same round, as medians with the
smallest and largest round. The memory is that of a second classifier of the same open bundle.
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
"""The approximate time that each contender runs in a round."""


def images(image: ImageInput) -> dict[str, ImageLike]:
    """Return images by name. They show dots of 16 pixels, because no photograph is all noise."""
    dots = np.random.default_rng(7).integers(0, 256, (32, 59, 3), np.uint8)
    photo = np.kron(dots, np.ones((16, 16, 1), np.uint8))[:, :929]
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=90)
    exact = np.resize(photo, (image.height, image.width, 3)).astype(np.uint8)
    return {"array": exact, "JPEG": file.getvalue()}


def per_second(classifiers: Sequence[ImageClassifier], image: ImageLike, calls: int) -> float:
    """Return the classifications a second of as many threads as ``classifiers``, one for each."""
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
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_ms(runs: Sequence[Callable[[], object]], calls: int) -> list[float]:
    """Return the median processor time of each of ``runs`` in ms, which take turns here."""
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
        input_spec = image_input(bundle)
        for kind, image in images(input_spec).items():
            prepared = read_pixels(image, input_spec)
            runs = (
                partial(classifier.classify, image),
                partial(classifier.model.predict, prepared),
            )
            whole, inside = processor_ms(runs, calls)
            gain = min(2, max(1, whole / inside))
            print(f"| `{file}` | {kind} | {whole:.2f} | {inside:.2f} | {gain:.2f} |", flush=True)


def image_input(bundle: Bundle) -> ImageInput:
    """Return the input specification of the bundle's models."""
    return cast("ImageInput", bundle.card.input)


def contenders(
    bundle: Bundle, file: str, threads: int
) -> tuple[dict[str, list[ImageClassifier]], float]:
    """Return a classifier for each thread, by name, and the memory of the second one in MB."""
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
    """Print the classifications a second with more threads."""
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
    parser.add_argument("--calls", type=int, default=101, help="for each row of the first table")
    args = parser.parse_args()
    bundle = open_bundle(args.bundle)
    print_shares(bundle, args.models, args.calls)
    if args.rounds:
        print()
        print_throughput(bundle, args.models, args.threads, args.rounds)


if __name__ == "__main__":
    main()
