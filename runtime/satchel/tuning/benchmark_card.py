"""Writes a page in Markdown about the measurements of a bundle on one device.

The page has the form of Arm's model cards (https://huggingface.co/Arm): key results, then
performance, accuracy, files and conditions, each as a table.
"""

import datetime
import platform
from collections.abc import Iterable, Sequence

from satchel import __version__
from satchel.bundle.card import Card, ModelEntry
from satchel.bundle.task_table import load_task
from satchel.device.hardware import this_device
from satchel.device.health import health_in_words
from satchel.tuning.benchmark import Benched, Profile

NOT_VERIFIED = "not verified"


def to_markdown(card: Card, results: Sequence[Benched]) -> str:
    """Return a page about ``results``, which were measured on this device today."""
    device = this_device()
    prepared = load_task(card.task).input.describe_many(card.input)
    place, python = device.model or device.machine, platform.python_version()
    entries = {entry.file: entry for entry in card.models}
    files = dict.fromkeys(result.file for result in results)
    measured = [(result, result.profile) for result in results if result.profile]
    parts = [f"# {card.name} {card.version} on {place}"]
    if measured:
        best, profile = min(measured, key=lambda each: each[1].latency.p50_ms)
        key = _key_results(card, best, profile)
        parts += ["## Key results", _table(("Area", "Result"), key)]
    conditions = [
        ("Device", f"{place}, {device.machine}, {device.cores} cores"),
        ("Date", datetime.datetime.now(datetime.UTC).date().isoformat()),
        ("Runtime", f"satchel {__version__}, Python {python}"),
        ("Input", f"the bundle's golden inputs, {prepared}, one at a time"),
        ("Latency", "from a prepared input to the prediction, in a process for each row"),
    ]
    if measured:
        health = health_in_words(measured[0][1].before, measured[-1][1].after)
        conditions.append(("Processor", health))
    headings = ("Model", "Engine", "Threads", "p50", "p90", "p99", "A second", "First", "Load")
    parts += [
        "## Performance",
        _table((*headings, "Peak memory"), map(_performance, results)),
        *_own_samples(results),
        "## Accuracy against the float model",
        _table(("Model", "Result"), ((f, _accuracy(card, entries[f])) for f in files)),
        "## Model files",
        _table(("File", "Scheme", "Size", "SHA-256"), (_file(card, entries[f]) for f in files)),
        "## Original model",
        _table(("Field", "Value"), _original(card)),
        "## Conditions",
        _table(("Field", "Value"), conditions),
    ]
    return "\n\n".join(parts) + "\n"


def _key_results(card: Card, best: Benched, profile: Profile) -> list[tuple[str, str]]:
    [entry] = (each for each in card.models if each.file == best.file)
    latency = profile.latency
    threads = "1 thread" if best.threads == 1 else f"{best.threads} threads"
    return [
        ("Model", f"{entry.file} in {best.engine} {best.engine_version}, {threads}"),
        ("Latency", f"p50 {_ms(latency.p50_ms)}, p90 {_ms(latency.p90_ms)}, {_p99(profile)}"),
        ("Throughput", f"{latency.per_second:,.0f} inferences a second"),
        ("First inference", f"{_ms(profile.first_ms)}, after {_ms(profile.load_ms)} of loading"),
        ("Peak memory", _mebibytes(profile.peak_bytes)),
        ("Accuracy", _accuracy(card, entry)),
        ("Size", f"{entry.size_bytes:,} bytes"),
    ]


def _performance(result: Benched) -> tuple[str, ...]:
    engine = f"{result.engine} {result.engine_version}"
    names = (result.file, engine, str(result.threads))
    found = result.profile
    if found is None:
        return (*names, f"failed: {result.failure}", *("" for _ in range(6)))
    latency = found.latency
    return (
        *names,
        _ms(latency.p50_ms),
        _ms(latency.p90_ms),
        "-" if latency.p99_ms is None else _ms(latency.p99_ms),
        f"{latency.per_second:,.0f}",
        _ms(found.first_ms),
        _ms(found.load_ms),
        _mebibytes(found.peak_bytes),
    )


def _own_samples(results: Sequence[Benched]) -> list[str]:
    """Return a section on samples of one's own; none without them."""
    rows = [
        (each.file, each.engine, found.words, _ms(found.p50_ms), _ms(found.p95_ms))
        for each in results
        if (found := each.answered)
    ]
    headings = ("Model", "Engine", "Accuracy", "Decoded file to answer, p50", "p95")
    return ["## Samples of one's own", _table(headings, rows)] if rows else []


def _accuracy(card: Card, entry: ModelEntry) -> str:
    if entry.verified is None:
        return NOT_VERIFIED
    return load_task(card.task).output.accuracy_in_words(entry.verified)


def _file(card: Card, entry: ModelEntry) -> tuple[str, ...]:
    digest = card.files[entry.file].removeprefix("sha256:")
    return entry.file, entry.scheme, f"{entry.size_bytes:,} bytes", f"`{digest}`"


def _original(card: Card) -> list[tuple[str, str]]:
    known = [(name, str(value)) for name, value in card.provenance.items() if value is not None]
    return [("task", card.task), *known]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    # Text from a card is untrusted and must not end its cell.
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _p99(profile: Profile) -> str:
    p99_ms = profile.latency.p99_ms
    return "too few calls for a p99" if p99_ms is None else f"p99 {_ms(p99_ms)}"


def _ms(value: float) -> str:
    return f"{value:.3f} ms" if value < 10 else f"{value:.1f} ms"


def _mebibytes(value: int) -> str:
    return f"{value / 2**20:.1f} MiB"
