"""Plants faults of an engine into a bundle's models, and prints which of them are noticed.

    .venv/bin/python benchmarks/golden_faults.py digits.satchel DIGITS --models full_int8.tflite

The first table has the healthy engines. All that Satchel opens have to pass. The second one has
for each fault (engine_faults.py) the share of the evaluation samples of the model folder that get
another top label, and what notices it: `satchel selftest`, `satchel selftest --exact` or nothing.
The exit code is 1 if a healthy engine fails, or if `satchel selftest` does not notice a fault that
changes 1 % of the labels or more. Models with weights in float16 are not for this script.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from engine_faults import FAULTS, OUTPUT_FAULTS
from layer_files import OPEN
from numpy.typing import NDArray

from satchel.bundle import CARD_NAME, Bundle, Card, ModelEntry, card_to_json, open_bundle, pack
from satchel.engines import Engine, InterpreterEngine, open_engine
from satchel.inference import Model
from satchel.selftest import check, golden_vectors
from satchel_convert.golden.plain_kernels import PLAIN
from satchel_convert.model_folder import open_model_folder, prepare

ENGINES = {"tflite": "litert", "onnx": "onnx"}
REFERENCE = "reference kernels, which no engine here uses (samples: not run)"
"""An engine that is looked at, and need not pass"""
MUCH = 0.01
"""The share of the labels whose change has to be noticed"""


class Fate(NamedTuple):
    """The labels that change, and what notices it, with a fault or a healthy engine."""

    changed: float
    """The share of samples with another top label than by the usual kernels"""
    passes: bool
    passes_exactly: bool

    @property
    def noticed_by(self) -> str:
        """The first check that notices it."""
        if not self.passes:
            return "selftest"
        return "nothing" if self.passes_exactly else "`--exact`"


class ChangedModel(Model):
    """A model whose last operator is faulty."""

    def __init__(
        self, model: Model, card: Card, engine: Engine, change: Callable[[NDArray[Any]], Any]
    ) -> None:
        super().__init__(model.entry, card, engine, model.engine_name)
        self._change = change

    def predict_batch(self, prepared: NDArray[Any]) -> NDArray[Any]:
        """Return the changed predictions."""
        changed: NDArray[Any] = self._change(super().predict_batch(prepared))
        return changed


class Bench:
    """A model of a bundle, with the samples on which faults are counted."""

    def __init__(self, bundle: Bundle, entry: ModelEntry, samples: NDArray[np.uint8]) -> None:
        self._bundle, self._entry, self._samples = bundle, entry, samples
        self._vectors = golden_vectors(bundle)
        self._content = bundle.files[entry.file]
        self._labels = self._open(self._engine(self._content)).predict_batch(samples).argmax(axis=1)

    def healthy(self) -> Iterator[tuple[str, Fate]]:
        """Yield the name and the fate of each healthy engine."""
        for threads in (1, 2, 4):
            yield (
                f"usual kernels, threads: {threads}",
                self._fate(self._open(self._engine(self._content, threads=threads))),
            )
        yield "plain kernels", self._fate(self._open(PLAIN[self._entry.format](self._content)))
        if self._entry.format == "tflite":
            engine = _reference_kernels(self._content)
            # They take a second for a photograph.
            yield REFERENCE, self._fate(self._open(engine), on_samples=False)

    def faulty(self) -> Iterator[tuple[str, Fate]]:
        """Yield the name and the fate of each fault that this model can have."""
        for fault in FAULTS:
            opened = OPEN[self._entry.format](self._content)
            if opened.layers and fault.plant(opened.layers):
                yield fault.name, self._fate(self._open(self._engine(opened.write())))
        for each in OUTPUT_FAULTS:
            engine = self._engine(self._content)
            model = ChangedModel(self._open(engine), self._bundle.card, engine, each.change)
            yield each.name, self._fate(model)

    def _engine(self, content: bytes, *, threads: int = 1) -> Engine:
        return open_engine(ENGINES[self._entry.format], content, threads=threads)

    def _open(self, engine: Engine) -> Model:
        return Model(self._entry, self._bundle.card, engine, ENGINES[self._entry.format])

    def _fate(self, model: Model, *, on_samples: bool = True) -> Fate:
        results = check(model, self._bundle, self._vectors)
        changed = 0.0
        if on_samples:
            labels = model.predict_batch(self._samples).argmax(axis=1)
            changed = float((labels != self._labels).mean())
        passes = all(result.passed for result in results)
        return Fate(changed, passes, passes and all(result.exact for result in results))


def _reference_kernels(content: bytes) -> Engine:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    opened = partial(Interpreter, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    return InterpreterEngine(opened, content, threads=1)


def main() -> int:
    """Print the tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, help="the model folder it was converted from")
    parser.add_argument("--models", nargs="*", metavar="FILE", help="default: all of them")
    parser.add_argument(
        "--samples", type=int, default=1000, metavar="N", help="at most so many samples (1000)"
    )
    args = parser.parse_args()
    bundle = open_bundle(args.bundle)
    samples = _samples(args.folder, args.samples)
    entries = [each for each in bundle.card.models if not args.models or each.file in args.models]
    healthy: dict[str, Mapping[str, Fate]] = {}
    faulty: dict[str, Mapping[str, Fate]] = {}
    for entry in entries:
        bench = Bench(bundle, entry, samples)
        healthy[entry.file] = dict(bench.healthy())
        faulty[entry.file] = dict(bench.faulty())
    print(f"{bundle.card.name}: {len(samples)} samples, {_golden_share(bundle)}\n")
    _print_table("healthy engine", healthy)
    _print_table("fault", faulty)
    return _print_counts(healthy, faulty)


def _samples(folder: Path, most: int) -> NDArray[np.uint8]:
    opened = open_model_folder(folder)
    step = -(-len(opened.evaluation) // most)
    return np.asarray(prepare(opened, [each.value for each in opened.evaluation[::step]])[:])


def _golden_share(bundle: Bundle) -> str:
    def size(files: Mapping[str, bytes]) -> int:
        return len(pack({CARD_NAME: card_to_json(bundle.card), **files}))

    others = {name: held for name, held in bundle.files.items() if not name.startswith("golden/")}
    whole, without = size(bundle.files), size(others)
    count = len(golden_vectors(bundle))
    share = f"{whole - without:,} of {whole:,} bytes ({1 - without / whole:.1%})"
    return f"{count} golden vectors in {share}"


def _print_table(what: str, fates: Mapping[str, Mapping[str, Fate]]) -> None:
    """Print a row for each name, with the labels that change and what notices it, by model."""
    print(f"| {what} |" + "".join(f" {file} | noticed by |" for file in fates))
    print("|---|" + "--:|---|" * len(fates))
    # Of the model with most rows first, which keeps the order of the list.
    longest = sorted(fates.values(), key=len, reverse=True)
    names = dict.fromkeys(name for found in longest for name in found)
    for name in names:
        cells: list[str] = []
        for found in fates.values():
            fate = found.get(name)
            cells += ["", ""] if fate is None else [f"{fate.changed:.2%}", fate.noticed_by]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print()


def _print_counts(
    healthy: Mapping[str, Mapping[str, Fate]], faulty: Mapping[str, Mapping[str, Fate]]
) -> int:
    """Print how much is noticed of each model; return 1 if that is not as it should be."""
    print(
        "| model | healthy engines that pass | faults that change 1 % | noticed"
        " | others | noticed |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    is_well = True
    for file, fates in faulty.items():
        passing = [fate.passes for name, fate in healthy[file].items() if name != REFERENCE]
        large = [fate for fate in fates.values() if fate.changed >= MUCH]
        small = [fate for fate in fates.values() if fate.changed < MUCH]
        print(
            f"| {file} | {sum(passing)} of {len(passing)} | {len(large)} | {_noticed(large)}"
            f" | {len(small)} | {_noticed(small)} |"
        )
        is_well &= all(passing) and not any(fate.passes for fate in large)
    return 0 if is_well else 1


def _noticed(fates: Sequence[Fate]) -> int:
    return sum(not fate.passes for fate in fates)


if __name__ == "__main__":
    raise SystemExit(main())
