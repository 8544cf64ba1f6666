"""Times the whole matrix of conversions, beside its jobs one after another.

    .venv/bin/python benchmarks/convert_matrix.py MODEL_FOLDER [--rounds 3]

A job is one child process: the float model's predictions, one TFLite model, the ONNX export or one
ONNX model of it. A chain is a row of jobs that have to wait for each other. Rounds of both take
turns, so that a slow moment of the machine affects both. Prints the medians of the rounds in
seconds, with the smallest and largest, and the ratio on this machine. Then it calculates from the
times of the jobs how long the same order of jobs takes on other numbers of cores, beside the
longest chain.
"""

import argparse
import heapq
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from satchel.device import usable_cores
from satchel_convert.conversion import jobs
from satchel_convert.conversion.convert import MAX_CALIBRATION, convert
from satchel_convert.isolation import run_isolated
from satchel_convert.keras_models.reference import float_predictions
from satchel_convert.model_folder import ModelFolder, open_model_folder, prepare
from satchel_convert.schemes import BACKENDS, COMPARED, ONLY, SCHEMES


def timed(run: Callable[[], object]) -> tuple[object, float]:
    """Return the result of ``run``, and the seconds that it took."""
    started = time.perf_counter()
    result = run()
    return result, time.perf_counter() - started


def one_after_another(folder: ModelFolder) -> dict[str, float]:
    """Return the seconds of each job when nothing else runs."""
    path, card = folder.model_path, folder.card
    values = [sample.value for sample in folder.calibration[:MAX_CALIBRATION]]
    calibration, preparing = timed(lambda: prepare(folder, values))
    found = {"calibration samples": preparing}
    _, found["reference"] = timed(lambda: float_predictions(folder, folder.inputs))
    export, found["export to onnx"] = timed(
        lambda: run_isolated(jobs.float32_onnx, (path, card)),
    )
    compared = calibration[:COMPARED]
    _, found["predictions to compare with"] = timed(
        lambda: run_isolated(jobs.reference_predictions, (path, card, compared))
    )
    for scheme in SCHEMES:
        for backend in BACKENDS.get(("tflite", scheme), ONLY):
            words = (path, card, folder.files, scheme, backend, calibration)
            _, found[f"{scheme}.tflite by {backend}"] = timed(
                lambda words=words: run_isolated(jobs.tflite_model, words)
            )
        for backend in BACKENDS.get(("onnx", scheme), ONLY):
            words = (export, card, scheme, backend, calibration)
            _, found[f"{scheme}.onnx by {backend}"] = timed(
                lambda words=words: run_isolated(jobs.onnx_model, words)
            )
    return found


def longest_chain(found: dict[str, float]) -> float:
    """Return the seconds of the longest chain of jobs, which more cores cannot shorten."""
    chains = [
        seconds + (found["export to onnx"] if ".onnx" in name else 0.0)
        for name, seconds in found.items()
        if name not in ("calibration samples", "export to onnx")
    ]
    return found["calibration samples"] + max(chains)


def scheduled(found: dict[str, float], cores: int) -> float:
    """Return the seconds of the matrix on ``cores``, where a free core takes the next job.

    Conversion works in the same order: the models of ONNX come last, and wait for the export.
    """
    others = [name for name in found if name != "calibration samples"]
    names = sorted(others, key=lambda name: (".tflite" in name) + 2 * (".onnx" in name))
    free, exported = [0.0] * cores, 0.0
    for name in names:
        start = heapq.heappop(free)
        end = max(start, exported if ".onnx" in name else 0.0) + found[name]
        exported = end if name == "export to onnx" else exported
        heapq.heappush(free, end)
    return found["calibration samples"] + max(free)


def words(values: list[float]) -> str:
    """Return a table's cell: the median, the smallest and the largest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    folder = open_model_folder(args.folder)
    # The server imports TensorFlow once, for both.
    run_isolated(os.getpid, ())
    alone, matrix = [], []
    for _ in range(args.rounds):
        alone.append(one_after_another(folder))
        matrix.append(timed(lambda: convert(folder, schemes=SCHEMES))[1])
    print("| job | s |\n|---|---|")
    for name in alone[0]:
        print(f"| {name} | {words([each[name] for each in alone])} |")
    sums = [sum(each.values()) for each in alone]
    chains = [longest_chain(each) for each in alone]
    print(f"\n| {folder.card.name}, {usable_cores()} cores | s |\n|---|---|")
    print(f"| one after another | {words(sums)} |")
    print(f"| the whole matrix | {words(matrix)} |")
    print(f"| its ratio | {words([a / b for a, b in zip(matrix, sums, strict=True)])} |")
    print(f"| the longest chain | {words(chains)} |")
    for cores in (2, 4, 8, 16):
        computed = [scheduled(each, cores) for each in alone]
        to_sum, to_chain = (
            statistics.median(a / b for a, b in zip(computed, divisors, strict=True))
            for divisors in (sums, chains)
        )
        print(
            f"| computed for {cores} cores | {words(computed)}: {to_sum:.2f} of the sum,"
            f" {to_chain:.2f} of the chain |"
        )


if __name__ == "__main__":
    main()
