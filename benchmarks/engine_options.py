"""Measures what each option of the engines changes: latency, processor time, loading, outputs.

    .venv/bin/python benchmarks/engine_options.py [--rounds 15] [--seconds 0.1] [BUNDLE ...]

Takes the bundles of zoo/ and tests/golden. Each way of opening a model is a process of its own, and
the rounds are interleaved, so that a slow moment of the machine affects all of them. The first row
is the engine without options; the last table summarizes all models. The columns are:

- the median of the rounds' medians, in microseconds;
- the median ratio to the first row in the same round, with the smallest and largest;
- the processor time of a call on all cores together, in microseconds;
- the time from bytes to an open model, in milliseconds;
- the largest difference of an output from the first row's, over the golden inputs: in levels where
  the output is quantized.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).parents[1]
BUNDLES = [*sorted((ROOT / "zoo").glob("*.satchel")), ROOT / "tests/golden/digits.satchel"]
WARM_UP = 20
"""The number of calls before the first round."""

Run = Callable[[np.ndarray], np.ndarray]


class Way(NamedTuple):
    """One way of opening a model."""

    name: str
    open: Callable[..., Run]
    options: dict[str, Any]


class Round(NamedTuple):
    """The times of one block of calls, in microseconds a call."""

    median_us: float
    processor_us: float
    """The processor time on all cores together. A spinning thread counts, as it heats a board."""


class Opened(NamedTuple):
    """The loading time of a model in one process, and its outputs."""

    load_ms: float
    outputs: list[np.ndarray]


def interpreter(model: bytes, *, threads: int, xnnpack: bool = True) -> Run:
    """Return LiteRT's Interpreter, or tflite-runtime's, as a function."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kind = OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    opened = Interpreter(
        model_content=model, num_threads=threads, experimental_op_resolver_type=kind
    )
    opened.allocate_tensors()
    input_index = opened.get_input_details()[0]["index"]
    output_index = opened.get_output_details()[0]["index"]

    def run(tensor: np.ndarray) -> np.ndarray:
        opened.set_tensor(input_index, tensor)
        opened.invoke()
        return opened.get_tensor(output_index)

    return run


def compiled_model(model: bytes, *, threads: int, **cpu: Any) -> Run:
    """Return LiteRT's CompiledModel as a function."""
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.cpu_options import CpuOptions
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator
    from ai_edge_litert.interpreter import Interpreter
    from ai_edge_litert.options import Options

    # CompiledModel does not say its output's shape in all versions; Interpreter does.
    details = Interpreter(model_content=model).get_output_details()[0]
    options = Options(
        hardware_accelerators=HardwareAccelerator.CPU,
        cpu_options=CpuOptions(num_threads=threads, **cpu),
    )
    opened = CompiledModel.from_buffer(model, options=options)
    inputs, outputs = opened.create_input_buffers(0), opened.create_output_buffers(0)
    shape, dtype = tuple(details["shape"]), details["dtype"]
    count = int(np.prod(shape))

    def run(tensor: np.ndarray) -> np.ndarray:
        inputs[0].write(tensor)
        opened.run_by_index(0, inputs, outputs)
        return np.asarray(outputs[0].read(count, dtype)).reshape(shape)

    return run


def session(model: bytes, *, threads: int, **changed: Any) -> Run:
    """Return ONNX Runtime as a function, with options of the session ``changed``."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    entries = changed.pop("entries", {})
    for key, value in entries.items():
        options.add_session_config_entry(key, value)
    for key, value in changed.items():
        kind = {
            "graph_optimization_level": onnxruntime.GraphOptimizationLevel,
            "execution_mode": onnxruntime.ExecutionMode,
        }.get(key)
        setattr(options, key, getattr(kind, value) if kind else value)
    opened = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = opened.get_inputs()[0].name
    return lambda tensor: opened.run(None, {name: tensor})[0]


def ways(format_: str, threads: int) -> list[Way]:
    """Return the ways to open a model. The first one is Satchel's."""
    if format_ == "tflite":
        found = [
            Way("Interpreter", interpreter, {}),
            Way("Interpreter, no XNNPACK", interpreter, {"xnnpack": False}),
            Way("CompiledModel", compiled_model, {}),
            Way("CompiledModel, YNNPACK", compiled_model, {"enable_ynnpack": True}),
        ]
    else:
        level = "graph_optimization_level"
        spinning = {"entries": {"session.intra_op.allow_spinning": "0"}}
        denormal = {"entries": {"session.set_denormal_as_zero": "1"}}
        found = [
            Way("Session", session, {}),
            Way("optimization extended", session, {level: "ORT_ENABLE_EXTENDED"}),
            Way("optimization basic", session, {level: "ORT_ENABLE_BASIC"}),
            Way("optimization off", session, {level: "ORT_DISABLE_ALL"}),
            Way("parallel execution", session, {"execution_mode": "ORT_PARALLEL"}),
            Way("no spinning", session, spinning),
            Way("no arena", session, {"enable_cpu_mem_arena": False}),
            Way("no memory pattern", session, {"enable_mem_pattern": False}),
            Way("denormals are zero", session, denormal),
        ]
    return [Way(way.name, way.open, {**way.options, "threads": threads}) for way in found]


def serve(pipe: Connection, way: Way, model: bytes, tensors: list[np.ndarray]) -> None:
    """Open the model, send its outputs, then time calls for the seconds that the pipe asks for."""
    try:
        # Open it once before timing: an option does not change the time of the engine's import.
        way.open(model, **way.options)
    except RuntimeError:
        # This build of the engine lacks a kernel library.
        return
    started = time.perf_counter()
    run = way.open(model, **way.options)
    load_ms = (time.perf_counter() - started) * 1e3
    pipe.send(Opened(load_ms, [np.array(run(tensor)) for tensor in tensors]))
    for _ in range(WARM_UP):
        run(tensors[0])
    while seconds := pipe.recv():
        durations_s: list[float] = []
        spent = time.process_time()
        until = time.perf_counter() + seconds
        while (started := time.perf_counter()) < until:
            run(tensors[len(durations_s) % len(tensors)])
            durations_s.append(time.perf_counter() - started)
        processor_us = (time.process_time() - spent) / len(durations_s) * 1e6
        pipe.send(Round(statistics.median(durations_s) * 1e6, processor_us))


class Row(NamedTuple):
    """The effect of one way of opening on one model, compared with the first way."""

    way: str
    threads: int
    latency: float
    """The median ratio of the latency to that of the first way."""
    processor: float
    """The ratio of the processor time to that of the first way."""
    load_ms: float
    differs: bool


class Contender:
    """A process that has a model open in one way."""

    def __init__(self, way: Way, model: bytes, tensors: list[np.ndarray]) -> None:
        context = multiprocessing.get_context("spawn")
        self.way = way
        self.rounds: list[Round] = []
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, way, model, tensors))
        self.process.start()
        theirs.close()

    def ask(self, seconds: float | None = None) -> Any:
        """Return the next message of the process, or None if it has died."""
        try:
            if seconds:
                self.pipe.send(seconds)
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def close(self) -> None:
        """Let the process end."""
        if self.process.is_alive():
            self.pipe.send(None)
        self.process.join()


def measure(
    bundle_path: Path, file: str, threads: int, rounds: int, seconds: float
) -> Iterator[Row]:
    """Print and yield a row for each of the ways to open one model."""
    from satchel.bundle import open_bundle
    from satchel.preprocessing import model_tensor, open_reader
    from satchel.selftest import golden_vectors

    bundle = open_bundle(bundle_path)
    entry = next(model for model in bundle.card.models if model.file == file)
    read = open_reader(bundle.card, bundle.files)
    tensors = [
        model_tensor(vector.prepared(read), bundle.card, entry.input)
        for vector in golden_vectors(bundle)
    ]
    contenders = [
        Contender(way, bundle.files[file], tensors) for way in ways(entry.format, threads)
    ]
    opened = {each: each.ask() for each in contenders}
    alive = [each for each in contenders if opened[each] is not None]
    for turn in range(rounds):
        for each in alive[:: 1 if turn % 2 else -1]:
            each.rounds.append(each.ask(seconds))
    first = contenders[0]
    for each in contenders:
        row = f"| {bundle.card.name} {file} | {threads} | {each.way.name} "
        if each not in alive:
            print(f"{row}| refused | | | | |", flush=True)
        else:
            rounds = zip(each.rounds, first.rounds, strict=True)
            ratios = [mine.median_us / its.median_us for mine, its in rounds]
            latency = statistics.median(turn.median_us for turn in each.rounds)
            processor = statistics.median(turn.processor_us for turn in each.rounds)
            pairs = zip(opened[each].outputs, opened[first].outputs, strict=True)
            apart = max(float(np.abs(a.astype(float) - b).max()) for a, b in pairs)
            print(
                f"{row}| {latency:.1f} | {statistics.median(ratios):.2f} ({min(ratios):.2f} to"
                f" {max(ratios):.2f}) | {processor:.1f} | {opened[each].load_ms:.1f}"
                f" | {apart:.2g} |",
                flush=True,
            )
            base = statistics.median(turn.processor_us for turn in first.rounds)
            yield Row(
                each.way.name,
                threads,
                statistics.median(ratios),
                processor / base,
                opened[each].load_ms,
                apart > 0,
            )
        each.close()


def summarize(rows: Sequence[Row]) -> None:
    """Print a row for each way and number of threads, over all models."""
    print("\n| opened as | threads | models | latency (from to) | CPU | load ms | outputs differ |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, threads in dict.fromkeys((row.way, row.threads) for row in rows):
        of_it = [row for row in rows if (row.way, row.threads) == (name, threads)]
        latencies = [row.latency for row in of_it]
        print(
            f"| {name} | {threads} | {len(of_it)} | {statistics.median(latencies):.2f}"
            f" ({min(latencies):.2f} to {max(latencies):.2f})"
            f" | {statistics.median(row.processor for row in of_it):.2f}"
            f" | {statistics.median(row.load_ms for row in of_it):.1f}"
            f" | {sum(row.differs for row in of_it)} |"
        )


def main() -> None:
    """Measure and print a table."""
    from satchel.bundle import open_bundle

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundles", metavar="BUNDLE", nargs="*", type=Path, default=BUNDLES)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.1, help="duration of a round (0.1)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--match", default="", help="only models with this in their name")
    args = parser.parse_args()
    print("| model | threads | opened as | µs | ratio (from to) | CPU µs | load ms | differs |")
    print("|---|--:|---|--:|--:|--:|--:|--:|")
    rows: list[Row] = []
    for path in args.bundles:
        for model in open_bundle(path).card.models:
            for threads in args.threads if args.match in model.file else []:
                rows += measure(path, model.file, threads, args.rounds, args.seconds)
    summarize(rows)


if __name__ == "__main__":
    main()
