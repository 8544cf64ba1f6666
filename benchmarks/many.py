"""Many images in `classify_many`, beside a loop over `classify`.

    .venv-device/bin/python benchmarks/many.py BUNDLE IMAGES [--count 1000] [--rounds 5]

IMAGES is a folder of image files, which are repeated up to the count; `jpeg.py --keep DIR` writes
some. The two take turns in slices of the count. They must give the same predictions, otherwise the
script ends with an error. The same turns measure how many cores were free: the same bytes are
hashed twice in a row by one thread, and by two threads at once. Prints seconds, the ratio, and the
peak of resident memory before and after in MiB.
"""

import argparse
import hashlib
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from satchel import ImageClassifier
from satchel.preprocessing import DECODINGS, SUFFIXES

HASHED = bytes(1 << 26)
"""64 MiB, which take about a twentieth of a second to hash."""


def seconds(run: Callable[[], object]) -> float:
    """Return the seconds that ``run`` takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def peak_mib() -> float:
    """Return the largest resident memory that this process has had, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def free_cores(pool: ThreadPoolExecutor) -> float:
    """Return the speed of two threads as a multiple of one thread's, from about 1 to 2."""
    alone = seconds(lambda: [hashlib.sha256(HASHED).digest() for _ in range(2)])
    return alone / seconds(lambda: list(pool.map(hashlib.sha256, [HASHED] * 2)))


def main() -> None:
    """Measure and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle")
    parser.add_argument("images", metavar="IMAGES", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--decoding", choices=DECODINGS, default="exact")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    classifier = ImageClassifier(args.bundle, model=args.model, decoding=args.decoding)
    files = sorted(path for path in args.images.iterdir() if path.suffix in SUFFIXES)
    images = list(islice(cycle(files), args.count))
    one_by_one, together, cores = [], [], []
    classifier.classify_many(images[:4], top=1)
    before = peak_mib()
    with ThreadPoolExecutor(2) as pool:
        for turn in range(args.rounds):
            some = images[turn :: args.rounds]
            predictions = []
            one_by_one.append(
                seconds(
                    lambda some=some, predictions=predictions: predictions.extend(
                        classifier.classify(image, top=1) for image in some
                    )
                )
            )
            found = []
            together.append(
                seconds(
                    lambda some=some, found=found: found.extend(
                        classifier.classify_many(some, top=1)
                    )
                )
            )
            if found != predictions:
                raise SystemExit("Expected the same predictions from both, they differ.")
            cores.append(free_cores(pool))
    ratios = [loop / many for loop, many in zip(one_by_one, together, strict=True)]
    print(
        f"{args.count} images, {args.rounds} rounds: a loop {sum(one_by_one):.1f} s,"
        f" classify_many {sum(together):.1f} s; ratio {statistics.median(ratios):.2f}"
        f" ({min(ratios):.2f} to {max(ratios):.2f}); two threads of plain work in the same turns"
        f" {statistics.median(cores):.2f} ({min(cores):.2f} to {max(cores):.2f}); peak"
        f" {before:.0f} MiB, then {peak_mib():.0f} MiB; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
