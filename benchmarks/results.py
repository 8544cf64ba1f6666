"""Prints accuracy and latency of converted models as Markdown, from bundles of `satchel convert`.

    .venv/bin/python benchmarks/results.py mnist.satchel cifar100.satchel [--scheme full_int8]

Accuracy, drop and agreement come from the bundle's report, failed models included. The latency is
measured here with one thread, in rounds that take turns, as a ratio to float32 of the same format.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from satchel import open_bundle
from satchel.bundle import Bundle
from satchel.inference import Model, open_model
from satchel.preprocessing import open_reader
from satchel.selftest import golden_vectors

ROUNDS = 7
ROUND_S = 0.05
"""The least time that a model runs in each round."""
LABELS = "| model | file | accuracy | drop, pp (95 %) | agreement | kB | smaller | latency | |"
IMAGES = "| model | file | PSNR, dB | of the worst image | kB | smaller | latency | |"


def main() -> None:
    """Print a row for each model of the bundles on the command line, classifiers first."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--scheme", help="print only this scheme")
    args = parser.parse_args()
    tables: dict[str, list[str]] = {LABELS: [], IMAGES: []}
    for path in args.bundles:
        bundle = open_bundle(path)
        report = json.loads(bundle.files["report.json"])
        heading = IMAGES if report["reference_accuracy"] is None else LABELS
        tables[heading] += _rows(bundle, report, args.scheme)
    for heading, rows in tables.items():
        if rows:
            columns = heading.count("|") - 1
            print(heading, "|---|---|" + "--:|" * (columns - 3) + "---|", *rows, sep="\n")
            print()


def _rows(bundle: Bundle, report: dict[str, Any], scheme: str | None) -> Iterator[str]:
    latencies = _latencies(bundle)
    sizes = {row["file"]: row["size_bytes"] for row in report["rows"]}
    for row in report["rows"]:
        if scheme not in (None, row["scheme"]):
            continue
        file, size, found = row["file"], row["size_bytes"], row["verified"]
        float32 = f"float32.{file.rpartition('.')[2]}"
        failed = row["stopped"] or "; ".join(row["failures"])
        name = f"| {bundle.card.name} | `{file}`"
        if found is None:
            empty = 5 if report["reference_accuracy"] is None else 6
            yield f"{name}{' | ' * empty} | {failed} |"
            continue
        slower = "-"
        if file in latencies and float32 in latencies:
            slower = f"{latencies[file] / latencies[float32]:.2f}"
        smaller = f"{sizes[float32] / size:.1f}" if sizes.get(float32) else "-"
        cells = [*_found(found), f"{size / 1e3:,.0f}", smaller, slower, failed]
        yield f"{name} | {' | '.join(cells)} |"


def _found(found: dict[str, Any]) -> list[str]:
    if "psnr_db" in found:
        return [_decibel(found["psnr_db"]), _decibel(found["worst_psnr_db"])]
    interval = " to ".join(f"{limit:.2f}" for limit in found["drop_ci95"])
    return [
        f"{found['accuracy']:.2%}",
        f"{found['drop_points']:.2f} ({interval})",
        f"{found['agreement']:.2%}",
    ]


def _latencies(bundle: Bundle) -> dict[str, float]:
    """Return the median seconds of one inference of each model in the bundle."""
    read = open_reader(bundle.card, bundle.files)
    prepared = read(golden_vectors(bundle)[0].input.raw)
    models = {entry.file: open_model(bundle, file=entry.file) for entry in bundle.card.models}
    runs = {file: max(1, round(ROUND_S / _once(model, prepared))) for file, model in models.items()}
    seconds: dict[str, list[float]] = {file: [] for file in models}
    for _ in range(ROUNDS):
        for file, model in models.items():
            started = time.perf_counter()
            for _ in range(runs[file]):
                model.predict(prepared)
            seconds[file].append((time.perf_counter() - started) / runs[file])
    return {file: statistics.median(each) for file, each in seconds.items()}


def _once(model: Model, prepared: Any) -> float:
    model.predict(prepared)
    started = time.perf_counter()
    model.predict(prepared)
    return time.perf_counter() - started


def _decibel(value: float | None) -> str:
    return "nothing differs" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    main()
