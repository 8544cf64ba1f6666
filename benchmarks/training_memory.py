"""Measures the largest memory of a training on 500 and on 2,000 photographs of one's own.

    .venv/bin/python benchmarks/training_memory.py [--pictures 500 2000] [--model resnet50]

Writes JPEG files of 500 by 375 pixels into a temporary folder and trains the recipe `photos` on
them at 224 pixels, for one epoch from random weights. Prints the peak of each process, as the
operating system reports it at its end, in MiB, and what each further picture adds to it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

LABELS = ("first", "second")


class Peak(NamedTuple):
    """The largest memory of one training."""

    pictures: int
    mebibytes: float
    seconds: float


def write_pictures(folder: Path, count: int, *, size: tuple[int, int] = (500, 375)) -> None:
    """Write ``count`` different JPEG files, in a folder for each label."""
    for label in LABELS:
        (folder / label).mkdir(parents=True)
    for number in range(count):
        levels = np.random.default_rng(number).integers(0, 256, (12, 16, 3), np.uint8)
        picture = Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)
        picture.save(folder / LABELS[number % len(LABELS)] / f"{number:05}.jpg", quality=90)


def measure(count: int, *, model: str) -> Peak:
    """Return the peak of a training on ``count`` pictures."""
    with tempfile.TemporaryDirectory() as name:
        pictures, out = Path(name) / "pictures", Path(name) / "model"
        write_pictures(pictures, count)
        words = ["photos", "--model", model, "--weights", "none", "--epochs", "1"]
        program = (
            "import sys, argparse; from satchel_train.commands import train;"
            " parser = argparse.ArgumentParser(); train.add_arguments(parser);"
            " sys.exit(train.run(parser.parse_args(sys.argv[1:])))"
        )
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words, "--data-dir", pictures, "--out", out],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"Expected a training, got exit code {process.returncode}.")
    # Linux counts kibibytes, macOS bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Peak(count, usage.ru_maxrss / unit, time.perf_counter() - started)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", nargs="+", type=int, default=[500, 2000])
    parser.add_argument("--model", default="mobilenet_v3_small")
    args = parser.parse_args()
    print("| pictures | largest memory, MiB | a further picture, MiB | seconds |")
    print("|--:|--:|--:|--:|")
    before: Peak | None = None
    for count in args.pictures:
        peak = measure(count, model=args.model)
        added = "" if before is None else f"{_slope(before, peak):.2f}"
        print(f"| {count:,} | {peak.mebibytes:,.0f} | {added} | {peak.seconds:.0f} |", flush=True)
        before = peak


def _slope(before: Peak, after: Peak) -> float:
    return (after.mebibytes - before.mebibytes) / (after.pictures - before.pictures)


if __name__ == "__main__":
    main()
