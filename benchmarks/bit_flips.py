"""Measures what single flipped bits do to a bundle, and which checks notice them.

    .venv/bin/python benchmarks/bit_flips.py tests/golden/digits.satchel build/demo/digits

First, bits are flipped anywhere in the file: opening the whole bundle must refuse every such file.
Then, bits are flipped inside a model, and the bundle is packed again with the right hashes, as
anybody without a key can do: only the golden vectors can notice these. Some flipped models still
predict, and change the top label of evaluation samples of the model folder. The table says in how
many of these a golden vector fails. Of the rest it says how many change no more labels than the
engine's plain kernels do: another processor may do as much. Flipped models run in a child process,
which is started again when it dies.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Bundle, open_bundle
from satchel.device import Child, Ending, limit_this_process, reply_stream
from satchel.errors import BundleError, SatchelError
from satchel.inference import choose_model, open_model
from satchel.preprocessing import open_reader
from satchel.selftest import golden_vectors, selftest
from satchel_convert.golden.plain_kernels import plain_predictions

DEADLINE_S = 60
"""The time limit for one flipped model on all samples."""
MEMORY_BYTES = 2 << 30
DIED = "the process died or hung"
REFUSED = "the engine refused it"
"""The result where the engine did not load the model, or did not run it."""


def accepted_anywhere(path: Path, flips: int, seed: int) -> int:
    """Return how many of ``flips`` files, each with one flipped bit, still open."""
    content = path.read_bytes()
    chance = random.Random(seed)
    accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        flipped = Path(folder) / path.name
        for bit in chance.sample(range(8 * len(content)), flips):
            flipped.write_bytes(_flip(content, bit))
            try:
                open_bundle(flipped, whole=True)
            except BundleError:
                continue
            accepted += 1
    return accepted


class Fate(NamedTuple):
    """The effect of a flipped bit on a model that still predicts."""

    changed: int
    """The number of samples with another top label."""
    noticed: bool
    """Whether a golden vector of the bundle fails."""
    noticed_exactly: bool
    """Whether a golden vector fails, or differs from the output that was recorded at packing."""
    within: bool
    """Whether no more samples change their top label than with the engine's plain kernels."""


def fates(job: dict[str, object], bits: list[int]) -> Iterator[Fate | str]:
    """Yield the effect of flipping each of ``bits``, as child processes measure it."""
    with Child([__file__, "--child"]) as process:
        for bit in bits:
            told = process.ask(json.dumps({**job, "bit": bit}), deadline_s=DEADLINE_S)
            fate = DIED if isinstance(told, Ending) else json.loads(told)
            yield fate if isinstance(fate, str) else Fate(*fate)


def child(jobs: Iterable[str]) -> None:
    """Print a line of JSON for each job: the effect of the job's flipped bit on its model."""
    # Engines print to standard output, too.
    with reply_stream() as out:
        opened: Opened | None = None
        for line in jobs:
            job = json.loads(line)
            opened = opened or _open(job)
            print(json.dumps(_fate(opened, job["bit"])), file=out, flush=True)


class Opened(NamedTuple):
    """The model of all jobs, and what it predicts before a bit is flipped."""

    bundle: Bundle
    file: str
    engine: str
    prepared: NDArray[Any]
    before: NDArray[np.float32]
    by_kernels: int
    """The number of samples that have another top label with the engine's plain kernels."""


def _open(job: dict[str, Any]) -> Opened:
    bundle = open_bundle(job["bundle"])
    file, engine = job["file"], job["engine"]
    read = open_reader(bundle.card, bundle.files)
    prepared = np.concatenate([read(sample) for sample in _samples(Path(job["folder"]))])
    model = open_model(bundle, file=file, engine=engine)
    before = model.predict_batch(prepared)
    plain = plain_predictions(model.entry, bundle.card, bundle.files[file], prepared)
    by_kernels = int((plain.argmax(axis=1) != before.argmax(axis=1)).sum())
    limit_this_process(MEMORY_BYTES)
    return Opened(bundle, file, engine, prepared, before, by_kernels)


def _fate(opened: Opened, bit: int) -> Fate | str:
    bundle, file, engine, prepared, before, by_kernels = opened
    flipped = bundle._replace(files={**bundle.files, file: _flip(bundle.files[file], bit)})
    try:
        results = selftest(flipped, model=file, engine=engine)
        predictions = open_model(flipped, file=file, engine=engine).predict_batch(prepared)
    except SatchelError:
        return REFUSED
    changed = int((predictions.argmax(axis=1) != before.argmax(axis=1)).sum())
    return Fate(
        changed,
        noticed=not all(result.passed for result in results),
        noticed_exactly=not all(result.passed and result.exact for result in results),
        within=changed <= by_kernels,
    )


def _samples(folder: Path) -> Iterator[object]:
    for line in _lines(folder):
        sample = json.loads(line)
        yield sample["text"] if "text" in sample else folder / "samples" / sample["picture"]


def _lines(folder: Path) -> list[str]:
    return (folder / "samples" / "evaluation.jsonl").read_text(encoding="utf-8").splitlines()


def _flip(content: bytes, bit: int) -> bytes:
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def main() -> None:
    """Flip, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, help="the model folder it was converted from")
    parser.add_argument("--flips", type=int, default=10_000, metavar="N", help="flips (10000)")
    parser.add_argument(
        "--model-flips", type=int, default=2000, metavar="N", help="flips in each model (2000)"
    )
    parser.add_argument("--models", nargs="*", metavar="FILE", help="default: all of them")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    accepted = accepted_anywhere(args.bundle, args.flips, args.seed)
    print(f"{args.flips:,} bits flipped anywhere in {args.bundle.name}: {accepted} accepted")
    bundle = open_bundle(args.bundle)
    print(f"golden vectors: {len(golden_vectors(bundle))}\n")
    print(
        "| model | flips | refused or died | change a label | noticed | with --exact"
        " | others, like a processor | change 1 % of labels | noticed |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for file in args.models or [model.file for model in bundle.card.models]:
        entry, engine = choose_model(bundle.card, file=file)
        job = {
            "bundle": str(args.bundle),
            "folder": str(args.folder),
            "file": file,
            "engine": engine,
        }
        bits = random.Random(args.seed).sample(range(8 * entry.size_bytes), args.model_flips)
        found = list(fates(job, bits))
        answered = [fate for fate in found if isinstance(fate, Fate)]
        some = [fate for fate in answered if fate.changed]
        many = [fate for fate in some if fate.changed >= len(_lines(args.folder)) / 100]
        print(
            f"| {file} | {len(found):,} | {len(found) - len(answered):,}"
            f" | {len(some):,} | {_noticed(some)} | {_noticed(some, exactly=True)}"
            f" | {_like_a_processor(some)}"
            f" | {len(many):,} | {_noticed(many)} |",
            flush=True,
        )


def _noticed(fates: list[Fate], *, exactly: bool = False) -> str:
    noticed = [fate.noticed_exactly if exactly else fate.noticed for fate in fates]
    return f"{sum(noticed) / max(1, len(fates)):.1%}"


def _like_a_processor(fates: list[Fate]) -> str:
    left = [fate for fate in fates if not fate.noticed]
    return f"{sum(fate.within for fate in left)} of {len(left)}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.stdin)
    else:
        main()
