"""The compatibility table in docs/compatibility.md, from what run.py and machine.py found.

make compatibility
"""

import argparse
import datetime
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from run import BUNDLES, TESTS

OPENING = """# Compatibility: what runs where

Written by `make compatibility` on {date}, at commit {commit}, with qemu {qemu}. Each bundle is the
one in `tests/golden` or `zoo`. It ran on an emulated Arm system of Debian 12, with satchel's wheel
installed by pip there. No board was available. Emulation shows which wheels and kernels run and
what they predict, but not how fast they are.

| processor | as in | system | Python | NumPy | Pillow | engines | the runtime's tests |
|---|---|---|---|---|---|---|---|
"""

MODELS = """
The tests are those whose outcome could depend on the processor, an engine or a library: {tests}.
The searches of Hypothesis are left out. Tests that need the package onnx, or another engine, are
skipped.

## Golden vectors

A cell shows how far the predictions for the golden vectors differ from those of the float model
where the bundle was packed. It is the largest difference of any probability, or the root mean
square of an image's pixels in 255ths. *tolerance* is the difference that the model's card allows.
If a model fails, is refused or crashes, the reason is below the table. A cell in brackets is for an
engine that the model's card does not list, so `satchel run` does not use it.

"""

COMMANDS = """
## The guide's commands

The commands are those of [the guide](guides/raspberry-pi.md). Each ran in an environment that was
made as the guide says. A cell shows the last line that is printed.

"""

MEMORY = """
## In {given} MiB

The machine is `qemu-system-aarch64 -machine virt -m {given}`. Debian's kernel leaves
{total:.0f} MiB of it, and Python is its first program. The peak is that of the process, with engine
and image.

| command | exit code | peak, MiB | it ends with |
|---|--:|--:|---|
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--emulated", type=Path, required=True, help="recorded by run.py")
    parser.add_argument("--machine", type=Path, required=True, help="recorded by machine.py")
    parser.add_argument("--date", default=datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    git = ["git", "rev-parse", "--short=7", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    emulated = json.loads(args.emulated.read_bytes())
    machine = json.loads(args.machine.read_bytes())
    args.out.write_text(page(emulated, machine, date=args.date, commit=commit))


def page(emulated: dict[str, Any], machine: dict[str, Any], *, date: str, commit: str) -> str:
    """Return the page in Markdown."""
    found = emulated["found"]
    lines = [OPENING.format(date=date, commit=commit, qemu=emulated["qemu"])]
    lines += [f"{row}\n" for row in _systems(found)]
    lines.append(MODELS.format(tests=", ".join(f"`{name}`" for name in TESTS)))
    lines += [f"{row}\n" for row in _models(found)]
    lines += [f"{row}\n" for row in _reasons(found)]
    lines.append(COMMANDS)
    lines += [f"{row}\n" for row in _commands(found)]
    total = machine["total_kib"] / 1024
    lines.append(MEMORY.format(given=machine["given_mib"], total=total))
    lines += [f"{row}\n" for row in _runs(machine["runs"])]
    return "".join(lines)


def _systems(found: list[dict[str, Any]]) -> Iterator[str]:
    for each in found:
        system, tests = each["system"], each["tests"]
        engines = ", ".join(f"{name} {version}" for name, version in system["engines"].items())
        counted = "as above"
        if tests is not None:
            counted = ", ".join(f"{count} {outcome}" for outcome, count in tests.items())
        libraries = f"{system['python']} | {system['numpy']} | {system['pillow']}"
        place = f"{each['processor']} | {each['board']} | {system['machine']}"
        yield f"| {place} | {libraries} | {engines} | {counted} |"


def _models(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a row for each model, with a column for each processor and engine that takes it."""
    columns = [
        (each["processor"], engine) for each in found for engine in each["system"]["engines"]
    ]
    cells = {
        (each["processor"], model["engine"], model["bundle"], model["file"]): model
        for each in found
        for model in each["models"]
    }
    headings = "".join(f" {processor}, {engine} |" for processor, engine in columns)
    yield f"| bundle | model | tolerance |{headings}"
    yield f"|---|---|--:|{'--:|' * len(columns)}"
    for bundle, file in dict.fromkeys(key[2:] for key in cells):
        here = [cells.get((*column, bundle, file)) for column in columns]
        known = [model["tolerance"] for model in here if model and "tolerance" in model]
        tolerance = f"{known[0]:.4f}" if known else "-"
        said = "".join(f" {_cell(model)} |" for model in here)
        yield f"| {bundle} | `{file}` | {tolerance} |{said}"


def _cell(model: dict[str, Any] | None) -> str:
    if model is None:
        return "-"
    said = {
        "passed": lambda: f"{model['difference']:.4f}",
        "failed": lambda: f"*fails* {model['difference']:.4f}",
        "refused": lambda: "*refused*",
        "crashed": lambda: "*crashes*",
    }[model["outcome"]]()
    return said if model["promised"] else f"({said})"


def _reasons(found: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    for each in found:
        for model in each["models"]:
            if "detail" in model:
                place = f"{model['bundle']} `{model['file']}` on {each['processor']}"
                yield f"- {place}, {model['engine']}, {model['outcome']}: `{model['detail']}`."


def _commands(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a row for each command, with a column for each processor that ran them."""
    columns = [each for each in found if each["commands"]]
    headings = "".join(f" {each['processor']} |" for each in columns)
    yield f"| command |{headings}"
    yield f"|---|{'---|' * len(columns)}"
    for ran in zip(*(each["commands"] for each in columns), strict=True):
        said = "".join(f" `{_one_cell(each['said'])}` |" for each in ran)
        yield f"| `satchel {ran[0]['command']}` |{said}"


def _one_cell(said: str) -> str:
    return " ".join(said.split()).replace("|", "\\|")


def _runs(runs: list[dict[str, Any]]) -> Iterator[str]:
    commands = ["satchel doctor", *(f"satchel run {name} seven.png" for name in BUNDLES[2:4])]
    for command, ran in zip(commands, runs, strict=True):
        said = [line for line in ran["printed"].splitlines() if line and "INFO" not in line][-1]
        peak = f"{ran['peak_kib'] / 1024:.0f}"
        yield f"| `{command}` | {ran['code']} | {peak} | `{_one_cell(said)}` |"


if __name__ == "__main__":
    main()
