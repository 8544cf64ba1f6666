"""Measures what the Kotlin core adds to an engine on the JVM, beside Python and LiteRT.

    make android-test      # compiles the core and Benchmark.kt
    .venv/bin/python benchmarks/android_core.py [--rounds 5]

Each round is a new Java process (JDK 17), which warms up and measures the median of 21 batches, and
then Python in this process: Pillow's preparation of an image of the same size, and LiteRT with the
same MobileNetV2 (`mobilenet.py`) in one thread. All times are processor time of one thread. Prints
the median over the rounds, the smallest and the largest, and the ratios of a round.
"""

import argparse
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mobilenet import MODEL, mobilenet_bundle
from side_by_side import print_conditions

from satchel import open_bundle
from satchel.bundle import ImageInput
from satchel.engines import open_engine
from satchel.preprocessing import read_pixels

ROOT = Path(__file__).parents[1]
ANDROID = ROOT / "apps" / "android"
BATCHES = 21
WARM_UP = 3
WIDTH, HEIGHT = 929, 512
SIDE = 224


def java_times() -> dict[str, float]:
    """Return what Benchmark.kt measures, in microseconds.

    Raises:
        SystemExit: if the core is not compiled.
    """
    if not (ANDROID / "build" / "tests").is_dir():
        raise SystemExit("Expected the compiled Kotlin core, it is not there: make android-test.")
    script = (
        ". tools/compile.sh; "
        '"$(jdk 17)/bin/java" -Xmx1g -Dsatchel.root="$ROOT" '
        '-cp "build/tests:build/core:$STDLIB:$JUNIT" satchel.BenchmarkKt'
    )
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=ANDROID,
        env=os.environ | {"ROOT": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {name: float(us) for name, us in (line.split() for line in done.stdout.splitlines())}


def median_us(act: Callable[[], object], *, calls: int) -> float:
    """Return the median processor time of a call, in microseconds."""
    batches = []
    for _ in range(WARM_UP + BATCHES):
        begin = time.thread_time()
        for _ in range(calls):
            act()
        batches.append((time.thread_time() - begin) * 1e6 / calls)
    return statistics.median(batches[WARM_UP:])


def python_times() -> dict[str, float]:
    """Return the times of Pillow's preparation and of MobileNetV2 in LiteRT, in microseconds."""
    from PIL import Image

    pixels = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    image = Image.fromarray(pixels)
    spec = ImageInput(height=SIDE, width=SIDE)
    bundle = open_bundle(mobilenet_bundle())
    engine = open_engine("litert", bundle.files[MODEL], threads=1)
    entry = next(each for each in bundle.card.models if each.file == MODEL)
    tensor = np.zeros((1, SIDE, SIDE, 3), entry.input.dtype)
    return {
        "python_prepare": median_us(lambda: read_pixels(image, spec), calls=10),
        "mobilenet": median_us(lambda: engine.run(tensor), calls=2),
    }


def row(name: str, values: list[float], limit: str) -> str:
    """Return a line of the table: the median, and the smallest and the largest in brackets."""
    middle = statistics.median(values)
    return f"| {name} | {limit} | {middle:,.4g} ({min(values):,.4g} to {max(values):,.4g}) |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = [java_times() | python_times() for _ in range(parser.parse_args().rounds)]
    print("| what | limit | measured |\n|---|---|---|")
    print(row("around a small MLP, µs", [each["overhead_small"] for each in rounds], "30"))
    print(row("around MobileNetV2, µs", [each["overhead_mobilenet"] for each in rounds], ""))
    times = [1 + each["overhead_mobilenet"] / each["mobilenet"] for each in rounds]
    print(row("around MobileNetV2, to LiteRT alone", times, "1.05"))
    opened = [each["open"] / 1000 for each in rounds]
    print(row("opening 1.5 MB with all hashes, ms", opened, "30"))
    print(row("preparing 929 x 512, µs", [each["prepare"] for each in rounds], ""))
    prepared = [each["prepare"] / each["python_prepare"] for each in rounds]
    print(row("preparing 929 x 512, to Python with Pillow", prepared, "1.5"))
    print_conditions()


if __name__ == "__main__":
    main()
