"""Feeds the runtime damaged bundles, images and strings, and says what it cost.

    PYTHONPATH=tests python tests/hostile/fuzz.py --bundles 200000 --images 50000 --strings 50000

Every case must end in an answer or in a SatchelError of one line, soon, and leave nothing behind:
no memory, no open file, no thread. No engine runs here; what an engine does with a damaged model is
for ``satchel.selftest``. A case is reproduced by its seed and its number (``--only NUMBER``).
"""

import argparse
import faulthandler
import os
import platform
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from hostile import mutations
from satchel import limits
from satchel.bundle.image_input import ImageInput
from satchel.bundle.reading import open_bundle
from satchel.bundle.text_input import TextInput
from satchel.errors import SatchelError
from satchel.model_checks import onnx_external, onnx_tensors, tflite_bias, tflite_tensors
from satchel.preprocessing import RegexSpec
from satchel.preprocessing.images import read_pixels
from satchel.preprocessing.preprocessor import open_reader
from satchel.preprocessing.tokenizers.regex import open_tokenizer, parse_vocabulary
from satchel.selftest.vectors import golden_vectors

MAX_CASE_S = 30.0
"""Of any one case, on a machine that is busy with other things"""
MAX_GROWTH_BYTES = 64 << 20
"""Of resident memory behind the first tenth: allocators keep some, a leak of 1 KB a case is more"""
MAX_PIXELS = 1_000_000
"""So that no case spends its time on images that are large and right"""


@cache
def _bases() -> list[dict[str, bytes]]:
    return mutations.bases()


@cache
def _images() -> list[bytes]:
    return mutations.images()


def bundle_case(chance: Random, place: Path) -> None:
    """Open a damaged bundle, and use all of it that needs no engine."""
    first, second = chance.sample(_bases(), 2)
    place.write_bytes(mutations.damaged_bundle(first, second, chance))
    bundle = open_bundle(place)
    read = open_reader(bundle.card, bundle.files)
    for model in bundle.card.models:
        content = bundle.files[model.file]
        if model.format == "tflite":
            tflite_tensors.check_tensors(content)
            tflite_bias.misses_bias(content)
        else:
            onnx_external.has_external_data(content)
            onnx_tensors.check_tensors(content)
    for vector in golden_vectors(bundle):
        vector.prepared(read)


def image_case(chance: Random, place: Path) -> None:
    """Read a damaged image, from memory or from a file."""
    content = mutations.damaged(chance.choice(_images()), chance)
    image = ImageInput(
        height=chance.choice((1, 8, 28)), width=8, fit=chance.choice(("crop", "stretch"))
    )
    if chance.random() < 0.1:
        place.write_bytes(content)
        pixels = read_pixels(place, image)
    else:
        pixels = read_pixels(content, image)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (1, image.height, 8, 3)


def string_case(chance: Random, _place: Path) -> None:
    """Tokenize a string, by a vocabulary and a delimiter that may be damaged too."""
    vocabulary = _bases()[1]["vocabulary.txt"][:2000].rpartition(b"\n")[0]
    delimiter = chance.choice((r"[^\w']+", r"\s+", r"\W+", r"[ ,.]+"))
    if chance.random() < 0.2:
        vocabulary = mutations.damaged(vocabulary, chance)
    if chance.random() < 0.2:
        delimiter = mutations.damaged(delimiter.encode(), chance).decode("utf-8", "replace")
    length = chance.choice((1, 7, 256))
    text = TextInput(length, RegexSpec(delimiter, "vocabulary.txt"))
    found = open_tokenizer(text, {"vocabulary.txt": vocabulary})(mutations.any_string(chance))
    assert found.shape == (1, length)
    assert found.dtype == np.int32
    assert set(found[0].tolist()) <= set(parse_vocabulary(vocabulary).values())


CASES: dict[str, Callable[[Random, Path], None]] = {
    "bundles": bundle_case,
    "images": image_case,
    "strings": string_case,
}


def run_cases(kind: str, numbers: range, seed: int, place: Path) -> bool:
    """Run the cases, print what came of them, return whether nothing was wrong."""
    outcomes: Counter[str] = Counter()
    slowest = (0.0, -1)
    wrong = []
    started = time.monotonic()
    before = (0, 0, 0)
    for number in numbers:
        if number == numbers.start + len(numbers) // 10:
            before = _held()
        if number % 10_000 == 9_999:
            print(f"{kind}: {number + 1:,} of {len(numbers):,}", file=sys.stderr, flush=True)
        if number % 50 == 0:
            # Ends a hang in C with a traceback: no Python code could.
            faulthandler.dump_traceback_later(50 * MAX_CASE_S, exit=True, file=sys.__stderr__)
        begin = time.monotonic()
        try:
            CASES[kind](Random(f"{seed} {kind} {number}"), place)
            outcomes["answered"] += 1
        except SatchelError as error:
            outcomes[type(error).__name__] += 1
            if "\n" in str(error) or len(str(error)) > 1000:
                wrong.append(f"{number}: a message of several lines or pages: {str(error)[:200]!r}")
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            wrong.append(f"{number}: {type(error).__name__}: {error}"[:300])
        slowest = max(slowest, (time.monotonic() - begin, number))
    faulthandler.cancel_dump_traceback_later()
    seconds = time.monotonic() - started
    after = _held()
    if slowest[0] > MAX_CASE_S:
        wrong.append(f"{slowest[1]}: took {slowest[0]:.1f} s")
    if after[0] - before[0] > MAX_GROWTH_BYTES or after[1:] > before[1:]:
        wrong.append(f"(bytes, files, threads) held went from {before} to {after}")
    found = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    grown = (after[0] - before[0]) / 2**20
    print(
        f"| {kind} | {len(numbers):,} | {found} | {seconds:.0f} s | {slowest[0]:.2f} s"
        f" | {grown:+.1f} MiB | {after[1] - before[1]:+d} | {len(wrong)} |",
        flush=True,
    )
    for line in wrong[:20]:
        print(f"{kind} {line}", flush=True)
    return not wrong


def _held() -> tuple[int, int, int]:
    """Return resident bytes, open files and threads; zeros where the system does not tell."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return 0, 0, threading.active_count()
    resident = int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for kind in CASES:
        parser.add_argument(f"--{kind}", type=int, default=0, metavar="N", help="cases")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this case, where it fails")
    args = parser.parse_args()
    limits.MAX_PIXELS = MAX_PIXELS
    # Pillow warns of what it then reads or refuses.
    warnings.simplefilter("ignore")
    print(f"seed {args.seed}, Python {platform.python_version()} on {platform.machine()}")
    print("| input | cases | outcomes | time | slowest | memory | files | wrong |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    fine = True
    # In memory where there is such a place: to open a file anew on a disk takes longer than a case.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for kind in CASES:
            count = getattr(args, kind)
            numbers = range(count) if args.only is None else range(args.only, args.only + 1)
            if count:
                fine &= run_cases(kind, numbers, args.seed, Path(folder) / "any.satchel")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
