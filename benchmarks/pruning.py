"""Sets the smallest weights of a trained model to zero and converts it, to see what gets smaller.

    .venv/bin/python benchmarks/pruning.py MODEL_FOLDER [--shares 0 0.5 0.8]

In every kernel of two dimensions or more, the given share of the weights with the least magnitude
becomes 0. There is no training after it: only the files are compared, not the accuracy. Prints for
each share the size of every converted model in a bundle, and its size after `gzip -9`, as a server
with compression would send it.
"""

import argparse
import gzip
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from photos import SATCHEL


def prune(folder: Path, share: float) -> float:
    """Prune the model in `folder` in place; return the share of its weights that are 0."""
    import keras

    path = folder / "model.keras"
    model = keras.models.load_model(path)
    zeros = numbers = 0
    for variable in model.trainable_weights:
        values = np.array(variable)
        if values.ndim > 1:
            values[np.abs(values) < np.quantile(np.abs(values), share)] = 0
            variable.assign(values)
        zeros += np.count_nonzero(values == 0)
        numbers += values.size
    model.save(path)
    return zeros / numbers


def sizes(folder: Path, bundle: Path) -> dict[str, tuple[int, int]]:
    """Return each model's bytes in the bundle, and after gzip, by its name."""
    words = ["convert", str(folder), "--out", str(bundle), "--schemes", "float32,full_int8"]
    # Pruned without training, a model is wrong more often. Its size is measured, nothing else.
    words += ["--margin", "100", "--int8-agreement", "0", "--accept-accuracy"]
    subprocess.run([SATCHEL, *words], stdout=sys.stderr)
    with zipfile.ZipFile(bundle) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    models = {name: held[name] for name in held if name.endswith((".tflite", ".onnx"))}
    return {name: (len(each), len(gzip.compress(each, 9))) for name, each in models.items()}


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shares", type=float, nargs="+", default=[0, 0.5, 0.8])
    args = parser.parse_args()
    for share in args.shares:
        with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
            copy = Path(scratch) / "model"
            shutil.copytree(args.folder, copy)
            zeros = prune(copy, share)
            for name, (size, packed) in sizes(copy, Path(scratch) / "model.satchel").items():
                print(f"| {zeros:.0%} | `{name}` | {size:,} | {packed:,} |", flush=True)


if __name__ == "__main__":
    main()
