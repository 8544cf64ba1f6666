"""Verification, beside the engines' own inference alone, on the same samples.

    .venv/bin/python benchmarks/verify_speed.py BUNDLE MODEL_FOLDER [--samples 2000] [--rounds 5]

Bare is the time of a loop over prepared tensors: set, invoke, get in LiteRT, `run` in ONNX Runtime.
Verification reads and prepares every sample, runs every model of the bundle and computes the
figures, in one process. The first model's predictions replace those of the float model. The rounds
take turns on the same samples, so that a slow moment of the machine affects both. Prints the
medians of the rounds in seconds, with the smallest and largest, and their ratio.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from satchel import open_bundle
from satchel.bundle import Bundle
from satchel.engines import OnnxEngine, open_engine
from satchel.inference import choose_model, open_model
from satchel.preprocessing import model_tensor
from satchel_convert.model_folder import open_model_folder
from satchel_convert.task import converter_task
from satchel_convert.verification.verify import verify


def bare_loop(bundle: Bundle, file: str) -> Callable[[np.ndarray], None]:
    """Return a function that runs one model on every tensor without Satchel's code."""
    _, name = choose_model(bundle.card, file=file)
    engine = open_engine(name, bundle.files[file], threads=1)
    if isinstance(engine, OnnxEngine):
        session, input_name = engine._session, engine._name

        def run(tensors: np.ndarray) -> None:
            for at in range(len(tensors)):
                session.run(None, {input_name: tensors[at : at + 1]})
    else:
        interpreter = engine._interpreter
        input_index, output_index = engine._input["index"], engine._output["index"]

        def run(tensors: np.ndarray) -> None:
            for at in range(len(tensors)):
                interpreter.set_tensor(input_index, tensors[at : at + 1])
                interpreter.invoke()
                interpreter.get_tensor(output_index)

    return run


def seconds(run: Callable[[], object]) -> float:
    """Return the seconds that ``run`` takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    bundle, folder = open_bundle(args.bundle), open_model_folder(args.folder)
    card = bundle.card
    few = slice(0, args.samples)
    inputs = folder.inputs.part(few)
    truth = None if folder.truth is None else folder.truth[few]
    reference = open_model(bundle, file=card.models[0].file).predict_batch(inputs[:])
    limits = converter_task(card.task).output.LIMITS()
    loops = [(entry.input, bare_loop(bundle, entry.file)) for entry in card.models]
    prepared = inputs[:]
    bare, ours = [], []
    for _ in range(args.rounds):
        total = 0.0
        for input_spec, loop in loops:
            tensors = model_tensor(prepared, card, input_spec)
            total += seconds(lambda loop=loop, tensors=tensors: loop(tensors))
        bare.append(total)
        ours.append(
            seconds(lambda: verify(bundle, inputs, reference=reference, truth=truth, limits=limits))
        )
    ratios = [mine / alone for mine, alone in zip(ours, bare, strict=True)]
    print("| bundle | models | samples | bare, s | verification, s | ratio |")
    print("|---|--:|--:|---|---|---|")
    cells = [
        f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        for values in (bare, ours, ratios)
    ]
    print(f"| {card.name} | {len(loops)} | {len(inputs):,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
