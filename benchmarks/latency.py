"""One classification, Satchel beside the bare engine and MediaPipe Tasks, on the same .tflite.

    .venv/bin/python benchmarks/latency.py [--rounds 11] [--calls 500]

Takes the golden bundles and a MobileNetV2 of 1,000 labels (`mobilenet.py`, whose first run builds
it), with one thread each. The rounds are interleaved, so that a slow moment of the machine affects
all of them. Prints the median of the rounds' medians in microseconds with the smallest and largest
round, the time beyond the bare engine's (set, invoke, get), and the ratio to it in the same round.
"""

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from mobilenet import mobilenet_bundle
from PIL import Image
from side_by_side import Round, print_conditions, ratios, spread, take_turns

from satchel import ImageClassifier, TextClassifier, open_bundle

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
MODEL = "full_int8.tflite"
KINDS = {
    "image, array of the model's size": 1.0,
    "image, array of MobileNetV2's size": 0.04,
    "sentence": 1.0,
}
"""A kind of input to its share of the --calls of a round."""
SENTENCE = "A wonderful film, I loved every minute of it."


def bare_engine(model: bytes, tensor: np.ndarray) -> Callable[[], object]:
    """Return a run of LiteRT alone, from tensor to output, as a user would write it."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    input_index = interpreter.get_input_details()[0]["index"]
    output_index = interpreter.get_output_details()[0]["index"]

    def run() -> object:
        interpreter.set_tensor(input_index, tensor)
        interpreter.invoke()
        return interpreter.get_tensor(output_index)

    return run


@contextlib.contextmanager
def contenders(kind: str) -> Iterator[dict[str, Callable[[], object]]]:
    """Yield a mapping from each contender's name to a function that classifies once."""
    from mediapipe import Image as MediaPipeImage, ImageFormat
    from mediapipe.tasks.python import BaseOptions, text, vision

    if kind == "image, array of the model's size":
        bundle = open_bundle(GOLDEN / "digits.satchel")
        pixels = np.ascontiguousarray(Image.open(GOLDEN / "seven.png").convert("RGB"))
        options = vision.ImageClassifierOptions(BaseOptions(model_asset_buffer=bundle.files[MODEL]))
        classifier = ImageClassifier(bundle, model=MODEL)
        with vision.ImageClassifier.create_from_options(options) as theirs:
            image = MediaPipeImage(image_format=ImageFormat.SRGB, data=pixels)
            yield {
                "LiteRT alone": bare_engine(bundle.files[MODEL], pixels[np.newaxis]),
                "Satchel": lambda: classifier.classify(pixels),
                "MediaPipe Tasks": lambda: theirs.classify(image),
            }
    elif kind == "image, array of MobileNetV2's size":
        bundle = open_bundle(mobilenet_bundle())
        noise = np.random.default_rng(7).integers(0, 256, (224, 224, 3), np.uint8)
        classifier = ImageClassifier(bundle, model=MODEL)
        yield {
            "LiteRT alone": bare_engine(bundle.files[MODEL], noise[np.newaxis]),
            "Satchel, best five": lambda: classifier.classify(noise, top=5),
            "Satchel, all 1,000": lambda: classifier.classify(noise),
        }
    else:
        bundle = open_bundle(GOLDEN / "reviews.satchel")
        reader = TextClassifier(bundle, model=MODEL)
        options = text.TextClassifierOptions(BaseOptions(model_asset_buffer=bundle.files[MODEL]))
        with text.TextClassifier.create_from_options(options) as theirs:
            yield {
                "LiteRT alone": bare_engine(bundle.files[MODEL], np.ones((1, 64), np.int32)),
                "Satchel": lambda: reader.classify(SENTENCE),
                "MediaPipe Tasks": lambda: theirs.classify(SENTENCE),
            }


def runs_of(run: Callable[[], object], calls: int) -> Round:
    """Return the times of ``calls`` runs."""
    seconds = []
    processor = time.process_time()
    for _ in range(calls):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    processor = time.process_time() - processor
    return Round(statistics.median(seconds) * 1e6, processor / calls * 1e6)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--calls", type=int, default=500)
    args = parser.parse_args()
    print("| input | what | µs | more, µs | to LiteRT alone | by processor time |")
    print("|---|---|---|--:|---|---|")
    for kind, share in KINDS.items():
        calls = max(5, int(share * args.calls))
        with contenders(kind) as runs:
            found = take_turns(
                {name: partial(runs_of, run, calls) for name, run in runs.items()},
                rounds=args.rounds,
            )
        bare = found["LiteRT alone"]
        for name, rounds in found.items():
            wall = spread([each.wall_us for each in rounds], 1)
            pairs = zip(rounds, bare, strict=True)
            more = statistics.median(mine.wall_us - alone.wall_us for mine, alone in pairs)
            compared = " | ".join(
                spread(ratios(rounds, bare, field), 3) for field in ("wall_us", "cpu_us")
            )
            print(f"| {kind} | {name} | {wall} | {more:.1f} | {compared} |", flush=True)
    print_conditions()


if __name__ == "__main__":
    main()
