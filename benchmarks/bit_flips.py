"""What single flipped bits do to a bundle, and who notices.

    .venv/bin/python benchmarks/bit_flips.py tests/golden/digits.satchel build/demo/digits

First anywhere in the file: its own checks must refuse every one. Then inside a model, packed again
with the right hashes, as somebody without a key can: there the golden vectors are all that is left.
Of the flips that leave a model that answers, and change the top label of evaluation samples of the
model folder, the table says in how many a golden vector fails. Of the others it says how many
change no more labels than the engine's plain kernels do: another processor may do as much. Flipped
models run in a child process, which is started again where it dies.
"""

import argparse
import json
import os
import random
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from satchel.bundle import open_bundle
from satchel.errors import BundleError, SatchelError
from satchel.inference import choose_model, open_model
from satchel.preprocessing import open_reader
from satchel.selftest import golden_vectors, selftest
from satchel_convert.golden.plain_kernels import plain_answers

DEADLINE_S = 60
"""For one flipped model and all samples"""
MEMORY_BYTES = 2 << 30
DIED = "the process died or hung"
REFUSED = "the engine refused it"
"""To load it, or to run it"""


def accepted_anywhere(path: Path, flips: int, seed: int) -> int:
    """Return how many of ``flips`` single bits the file may have flipped and still open."""
    content = path.read_bytes()
    chance = random.Random(seed)
    accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        flipped = Path(folder) / path.name
        for bit in chance.sample(range(8 * len(content)), flips):
            flipped.write_bytes(_flip(content, bit))
            try:
                open_bundle(flipped)
            except BundleError:
                continue
            accepted += 1
    return accepted


class Fate(NamedTuple):
    """What became of a model that still answers."""

    changed: int
    """Samples with another top label"""
    noticed: bool
    """By a golden vector of the bundle"""
    noticed_exactly: bool
    """By one that is held to what was said where the bundle was packed"""
    within: bool
    """As many samples as have another top label by the engine's plain kernels, or fewer"""


def fates(job: dict[str, object], bits: list[int]) -> Iterator[Fate | str]:
    """Yield what became of the model with each of ``bits`` flipped, from children."""
    left = bits
    while left:
        child = subprocess.Popen(
            [sys.executable, __file__, "--child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        with child.stdin:
            child.stdin.write(json.dumps({**job, "bits": left}).encode())
        done = 0
        while select.select([child.stdout], [], [], DEADLINE_S)[0]:
            line = child.stdout.readline()
            if not line.endswith(b"\n"):
                break
            told = json.loads(line)
            yield told if isinstance(told, str) else Fate(*told)
            done += 1
        child.kill()
        child.wait()
        child.stdout.close()
        if done < len(left):
            yield DIED
            done += 1
        left = left[done:]


def child(job: dict[str, object]) -> None:
    """Print what becomes of the model with each of the job's bits flipped, a line each."""
    import resource

    # Engines print to standard output, too.
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    bundle = open_bundle(str(job["bundle"]))
    file, engine = str(job["file"]), str(job["engine"])
    read = open_reader(bundle.card.input, bundle.files)
    prepared = np.concatenate([read(sample) for sample in _samples(Path(str(job["folder"])))])
    model = open_model(bundle, file=file, engine=engine)
    before = model.answers(prepared)
    plain = plain_answers(model.entry, bundle.card, bundle.files[file], prepared)
    by_kernels = int((plain.argmax(axis=1) != before.argmax(axis=1)).sum())
    # What the children of satchel.selftest.sandbox get as well.
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bits = job["bits"]
    assert isinstance(bits, list)
    for bit in bits:
        flipped = replace(bundle, files={**bundle.files, file: _flip(bundle.files[file], bit)})
        fate: Fate | str = REFUSED
        try:
            results = selftest(flipped, model=file, engine=engine)
            answers = open_model(flipped, file=file, engine=engine).answers(prepared)
        except SatchelError:
            pass
        else:
            changed = int((answers.argmax(axis=1) != before.argmax(axis=1)).sum())
            fate = Fate(
                changed,
                noticed=not all(result.passed for result in results),
                noticed_exactly=not all(result.passed and result.exact for result in results),
                within=changed <= by_kernels,
            )
        print(json.dumps(fate), file=told, flush=True)


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
    parser.add_argument("--flips", type=int, default=10_000, metavar="N", help="anywhere (10000)")
    parser.add_argument("--model-flips", type=int, default=2000, metavar="N", help="a model (2000)")
    parser.add_argument("--models", nargs="*", metavar="FILE", help="all that run here")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    accepted = accepted_anywhere(given.bundle, given.flips, given.seed)
    print(f"{given.flips:,} bits flipped anywhere in {given.bundle.name}: {accepted} accepted")
    bundle = open_bundle(given.bundle)
    print(f"golden vectors: {len(golden_vectors(bundle))}\n")
    print(
        "| model | flips | refused or died | change a label | noticed | with --exact"
        " | others, like a processor | change 1 % of labels | noticed |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for file in given.models or [model.file for model in bundle.card.models]:
        entry, engine = choose_model(bundle.card, file=file)
        job = {
            "bundle": str(given.bundle),
            "folder": str(given.folder),
            "file": file,
            "engine": engine,
        }
        bits = random.Random(given.seed).sample(range(8 * entry.size_bytes), given.model_flips)
        found = list(fates(job, bits))
        answered = [fate for fate in found if isinstance(fate, Fate)]
        some = [fate for fate in answered if fate.changed]
        many = [fate for fate in some if fate.changed >= len(_lines(given.folder)) / 100]
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
        child(json.load(sys.stdin))
    else:
        main()
