"""One classification, Satchel beside the bare engine and MediaPipe Tasks, on the same .tflite.

    .venv/bin/python benchmarks/latency.py [--rounds 11] [--calls 500]

Takes the golden bundles, a thread each. The rounds are interleaved, so that a slow moment of the
machine falls on all of them. Prints the median of the rounds' medians in microseconds with the
smallest and largest round, and the ratio to the bare engine.
"""

import argparse
import contextlib
import io
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from satchel import ImageClassifier, TextClassifier, open_bundle

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
MODEL = "full_int8.tflite"
SENTENCE = "A wonderful film, I loved every minute of it."


def bare_engine(model: bytes, tensor: np.ndarray) -> Callable[[], object]:
    """Return what a user would write with LiteRT alone, tensor to output."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    taken = interpreter.get_input_details()[0]["index"]
    given = interpreter.get_output_details()[0]["index"]

    def run() -> object:
        interpreter.set_tensor(taken, tensor)
        interpreter.invoke()
        return interpreter.get_tensor(given)

    return run


@contextlib.contextmanager
def contenders(kind: str) -> Iterator[dict[str, Callable[[], object]]]:
    """Yield name to one classification."""
    from mediapipe import Image as MediaPipeImage
    from mediapipe import ImageFormat
    from mediapipe.tasks.python import BaseOptions, text, vision

    if kind == "picture, array of the model's size":
        bundle = open_bundle(GOLDEN / "digits.satchel")
        pixels = np.ascontiguousarray(Image.open(GOLDEN / "seven.png").convert("RGB"))
        options = vision.ImageClassifierOptions(BaseOptions(model_asset_buffer=bundle.files[MODEL]))
        classifier = ImageClassifier(bundle, model=MODEL)
        with vision.ImageClassifier.create_from_options(options) as theirs:
            picture = MediaPipeImage(image_format=ImageFormat.SRGB, data=pixels)
            yield {
                "bare LiteRT": bare_engine(bundle.files[MODEL], pixels[np.newaxis]),
                "Satchel": lambda: classifier.classify(pixels),
                "MediaPipe Tasks": lambda: theirs.classify(picture),
            }
    else:
        bundle = open_bundle(GOLDEN / "reviews.satchel")
        reader = TextClassifier(bundle, model=MODEL)
        options = text.TextClassifierOptions(BaseOptions(model_asset_buffer=bundle.files[MODEL]))
        with text.TextClassifier.create_from_options(options) as theirs:
            yield {
                "bare LiteRT": bare_engine(bundle.files[MODEL], np.ones((1, 64), np.int32)),
                "Satchel": lambda: reader.classify(SENTENCE),
                "MediaPipe Tasks": lambda: theirs.classify(SENTENCE),
            }


def median_us(run: Callable[[], object], calls: int) -> float:
    """Return the median of ``calls`` runs, microseconds."""
    seconds = []
    for _ in range(calls):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e6


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--calls", type=int, default=500)
    given = parser.parse_args()
    table = io.StringIO()
    for kind in ("picture, array of the model's size", "sentence"):
        with contenders(kind) as runs:
            rounds: dict[str, list[float]] = {name: [] for name in runs}
            for _ in range(given.rounds):
                for name, run in runs.items():
                    rounds[name].append(median_us(run, given.calls))
        bare = statistics.median(rounds["bare LiteRT"])
        for name, values in rounds.items():
            middle = statistics.median(values)
            spread = f"{min(values):.1f} to {max(values):.1f}"
            print(
                f"| {kind} | {name} | {middle:.1f} | {spread} | {middle / bare:.2f} |", file=table
            )
    print("| input | what | median, us | rounds, us | to bare LiteRT |\n|---|---|---|---|---|")
    print(table.getvalue(), end="")


if __name__ == "__main__":
    main()
