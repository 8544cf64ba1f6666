"""A new process to its first label, in time and memory: Satchel, the bare engine, MediaPipe Tasks.

    .venv/bin/python benchmarks/cold_start.py [--rounds 11] [--small] [--bundle FILE]

Each round starts a process for each contender, one after another: Python, imports, the model, one
PNG file, its label. The time is from before the process begins until it has printed the label. The
process reads its processor time, that of its main thread and its peak of resident memory (VmHWM) at
its own end. What other threads do costs no elapsed time where a core is free, so on a busy machine
the main thread's time stands in for the elapsed one. It leaves out the waiting: 3 ms in which a
thread of Satchel imports OpenSSL. Files are in the page cache and bytecode is compiled, as after a
first start. Satchel checks its bundle and hashes what it uses, the others open the one .tflite. In
the last row, seven models that do not run are beside the one that does. Prints the ratio of each
contender's figures to those of the bare engine in the same round.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from mobilenet import mobilenet_bundle
from PIL import Image
from side_by_side import ROOT, device_python, peer_python, print_conditions, spread

from satchel import open_bundle
from satchel.bundle import CARD_NAME, pack, unpack

BARE = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
_, model, image = sys.argv
interpreter = Interpreter(model_path=model, num_threads=1)
interpreter.allocate_tensors()
input_tensor = interpreter.get_input_details()[0]
output_tensor = interpreter.get_output_details()[0]
_, height, width, _ = input_tensor["shape"]
image = Image.open(image).convert("RGB").resize((width, height), Image.BILINEAR)
interpreter.set_tensor(input_tensor["index"], np.asarray(image)[np.newaxis])
interpreter.invoke()
print(interpreter.get_tensor(output_tensor["index"])[0].argmax(), flush=True)
"""
SATCHEL = """
import sys
from satchel import ImageClassifier
_, bundle, model, image = sys.argv
print(ImageClassifier(bundle, model=model).classify(image, top=1)[0].label, flush=True)
"""
MEDIAPIPE = """
import sys
import mediapipe
from mediapipe.tasks.python import BaseOptions, vision
_, model, image = sys.argv
options = vision.ImageClassifierOptions(BaseOptions(model_asset_path=model), max_results=1)
classifier = vision.ImageClassifier.create_from_options(options)
found = classifier.classify(mediapipe.Image.create_from_file(image))
print(found.classifications[0].categories[0].category_name, flush=True)
"""
END = """
import time
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.process_time(), time.thread_time(), peak, flush=True)
"""


COPIES = 7
"""The models that are put beside the one that runs."""


class Start(NamedTuple):
    """The time and memory that one process needed."""

    wall_ms: float
    cpu_ms: float
    main_thread_ms: float
    """Processor time of the main thread."""
    peak_mib: float


def start(python: str, program: str, words: list[str]) -> tuple[Start, str]:
    """Return the time and memory that a new process needed for its label, and the label."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, "-c", program + END, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    label = process.stdout.readline().strip()
    wall_ms = (time.perf_counter() - started) * 1e3
    end = process.stdout.readline().split()
    if process.wait() or len(end) != 3:
        raise SystemExit(f"Expected {words} to give a label, it failed.")
    cpu_s, main_thread_s, peak_kib = map(float, end)
    return Start(wall_ms, cpu_s * 1e3, main_thread_s * 1e3, peak_kib / 1024), label


def crowded(archive: bytes) -> bytes:
    """Return a bundle in which copies of the largest model stand in front of the others."""
    entries = unpack(archive)
    card = json.loads(entries[CARD_NAME])
    largest = max(card["models"], key=lambda model: model["size_bytes"])
    copies = [
        {**largest, "file": f"other{number}.{largest['format']}", "scheme": f"other{number}"}
        for number in range(COPIES)
    ]
    card["models"] = [*copies, *card["models"]]
    for copy in copies:
        entries[copy["file"]] = entries[largest["file"]]
        card["files"][copy["file"]] = card["files"][largest["file"]]
    return pack({**entries, CARD_NAME: json.dumps(card).encode()})


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument(
        "--small",
        action="store_true",
        help="without MobileNetV2, whose bundle takes minutes to make",
    )
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="this bundle, with a full_int8.tflite",
    )
    args = parser.parse_args()
    device, mediapipe = device_python(), peer_python("mediapipe")
    bundles = {
        "digits, an MLP": ROOT / "tests" / "golden" / "digits.satchel",
        "CIFAR-100, a CNN": ROOT / "zoo" / "cifar100.satchel",
    }
    if args.bundle:
        bundles = {args.bundle.stem: args.bundle}
    elif not args.small:
        bundles["MobileNetV2, with its float32 model in the bundle"] = mobilenet_bundle()
    print(
        "| bundle | what | ms | processor, ms | its main thread, ms | peak, MiB"
        " | time | processor | its main thread | memory |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        image = Path(scratch) / "image.png"
        Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(image)
        largest = list(bundles)[-1]
        crowd = Path(scratch) / "crowd.satchel"
        crowd.write_bytes(crowded(bundles[largest].read_bytes()))
        bundles[f"{largest}, in {crowd.stat().st_size / 1e6:.0f} MB of models"] = crowd
        for name, path in bundles.items():
            bundle = open_bundle(path)
            file = "full_int8.tflite"
            model = Path(scratch) / file
            model.write_bytes(bundle.files[file])
            plain = [str(model), str(image)]
            contenders = {
                "LiteRT": (device, BARE, plain),
                "Satchel": (device, SATCHEL, [str(path), file, str(image)]),
                "MediaPipe Tasks": (mediapipe, MEDIAPIPE, plain),
            }
            found: dict[str, list[Start]] = {what: [] for what in contenders}
            for turn in range(args.rounds + 1):
                for what, words in contenders.items():
                    measured, _ = start(*words)
                    # The first of each fills the page cache.
                    if turn:
                        found[what].append(measured)
            for what, starts in found.items():
                cells = [
                    spread([each[at] for each in starts], 0) for at in range(len(Start._fields))
                ]
                for at in range(len(Start._fields)):
                    pairs = zip(starts, found["LiteRT"], strict=True)
                    cells.append(
                        f"{statistics.median(mine[at] / bare[at] for mine, bare in pairs):.2f}"
                    )
                print(f"| {name} | {what} | {' | '.join(cells)} |", flush=True)
    print_conditions()


if __name__ == "__main__":
    main()
