"""Measures the largest memory of any process of `satchel verify`, with many images on disk.

    .venv/bin/python benchmarks/verify_memory.py [--images 100000] [--labels 100] [--workers 2]

Writes small JPEG files, and a model folder with a small untrained classifier of 224 x 224 pixels,
into a temporary folder. 100,000 such images are 14 GiB when they are prepared. Linux keeps the peak
of each process (VmHWM), which is read ten times a second until the process ends.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from satchel.bundle import Card, ImageInput, LabelOutput, card_to_json

SIDE = 224
DISTINCT = 500
"""The number of different images. The others are files with the same content."""


def write_model_folder(folder: Path, *, images: int, labels: int) -> None:
    """Write the model, its card and the images with labels."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(32, 7, strides=4, padding="same", activation="relu"),
            layers.MaxPooling2D(4),
            layers.Conv2D(64, 3, strides=2, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(labels, activation="softmax"),
        ]
    )
    (folder / "samples" / "evaluation").mkdir(parents=True)
    model.save(folder / "model.keras")
    names = tuple(f"label {number}" for number in range(labels))
    card = Card(
        name="many",
        version="1.0.0",
        task="image-classification",
        input=ImageInput(SIDE, SIDE, fit="crop", scale=(1 / 255,)),
        output=LabelOutput(names),
        provenance={"seed": 7},
    )
    (folder / "card.json").write_bytes(card_to_json(card))
    files = list(encode(DISTINCT))
    with (folder / "samples" / "evaluation.jsonl").open("w") as lines:
        for number in range(images):
            name = f"evaluation/{number:06}.jpg"
            (folder / "samples" / name).write_bytes(files[number % DISTINCT])
            lines.write(json.dumps({"picture": name, "label": names[number % labels]}) + "\n")


def encode(count: int) -> Iterator[bytes]:
    """Yield JPEG files of coloured blotches, 64 x 48 pixels."""
    random = np.random.default_rng(7)
    for _ in range(count):
        small = random.integers(0, 256, (6, 8, 3), np.uint8)
        target = io.BytesIO()
        Image.fromarray(small).resize((64, 48)).save(target, "JPEG")
        yield target.getvalue()


def peaks_mib(words: list[str]) -> tuple[dict[str, float], float]:
    """Return the peak memory of a command's processes by kind in MiB, and its seconds."""
    started = time.monotonic()
    running = subprocess.Popen(words, start_new_session=True)
    peaks: dict[str, float] = defaultdict(float)
    while running.poll() is None:
        for process in Path("/proc").iterdir():
            if process.name.isdecimal() and session_of(process) == running.pid:
                kind = "the command" if process.name == str(running.pid) else kind_of(process)
                peaks[kind] = max(peaks[kind], peak_mib(process))
        time.sleep(0.1)
    # Exit code 1: a model misses its limits.
    if running.returncode not in (0, 1):
        raise SystemExit(f"Expected {words} to verify, it exited {running.returncode}.")
    return peaks, time.monotonic() - started


def session_of(process: Path) -> int | None:
    """Return the session of a process, or None if it has ended."""
    try:
        return os.getsid(int(process.name))
    except ProcessLookupError:
        return None


def kind_of(process: Path) -> str:
    """Return the kind of a child process of the command, by its command line."""
    words = read(process / "cmdline").replace("\0", " ")
    if "forkserver" in words:
        return "the float model's"
    return "a worker" if "spawn_main" in words else "another"


def peak_mib(process: Path) -> float:
    """Return the largest resident memory of a process so far in MiB, or 0 if it has ended."""
    for line in read(process / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def read(path: Path) -> str:
    """Return the text of a file of /proc, or an empty text if the process has ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    satchel = str(Path(sys.executable).with_name("satchel"))
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        folder, few = Path(scratch) / "many", Path(scratch) / "few"
        write_model_folder(folder, images=args.images, labels=args.labels)
        # The bundle comes from the first images, so that only verification is measured.
        few.mkdir()
        for name in ("model.keras", "card.json"):
            (few / name).symlink_to(folder / name)
        (few / "samples").mkdir()
        (few / "samples" / "evaluation").symlink_to(folder / "samples" / "evaluation")
        lines = (folder / "samples" / "evaluation.jsonl").read_text().splitlines(keepends=True)
        (few / "samples" / "evaluation.jsonl").write_text("".join(lines[:100]))
        bundle = str(Path(scratch) / "many.satchel")
        # Random weights are right by chance.
        schemes = ["--schemes", "float32,float16,dynamic_int8", "--accept-accuracy"]
        subprocess.run([satchel, "convert", str(few), "--out", bundle, *schemes], check=True)
        words = [satchel, "verify", bundle, "--samples", str(folder), "--deadline", "100000"]
        peaks, seconds = peaks_mib([*words, "--workers", str(args.workers)])
    prepared = args.images * SIDE * SIDE * 3 / 2**20
    print(f"\n{args.images:,} images, {prepared:,.0f} MiB if prepared, in {seconds:,.0f} s\n")
    print("| process | peak, MiB |\n|---|--:|")
    for kind, peak in peaks.items():
        print(f"| {kind} | {peak:,.0f} |")


if __name__ == "__main__":
    main()
