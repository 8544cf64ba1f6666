"""A fifth task, from its model folder to a label on the terminal, by its own modules alone.

``toy_task`` holds one module for the runtime, one for the converter, and an entry in the table;
nothing else of Satchel knows numbers. The commands run as a user runs them, with child processes.
Worth its time (two starts of TensorFlow): it alone fails where a task leaks into other modules.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOY = Path(__file__).parent / "toy_task"
PROGRAM = [sys.executable, "-c", "from satchel.cli import main; raise SystemExit(main())"]
CARD = {
    "satchel": 1,
    "name": "prices",
    "version": "1.0.0",
    "task": "tabular-regression",
    "input": {"kind": "numbers", "length": 3},
    "output": {"kind": "number", "unit": "euros"},
    "provenance": {},
}


@pytest.fixture(scope="module")
def satchel():
    """Return a function that runs the command in a process that has the toy task."""
    environment = {**os.environ, "PYTHONPATH": str(TOY)}

    def satchel(*words, code=0):
        done = subprocess.run(
            [*PROGRAM, *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    return satchel


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model folder: a price is the sum of two times, three times and four times a number."""
    import keras

    folder = tmp_path_factory.mktemp("prices")
    numbers = keras.Input((3,))
    layer = keras.layers.Dense(1)
    model = keras.Model(numbers, layer(numbers))
    layer.set_weights([np.float32([[2], [3], [4]]), np.float32([0])])
    model.save(folder / "model.keras")
    (folder / "card.json").write_text(json.dumps(CARD))
    (folder / "samples").mkdir()
    rows = np.random.default_rng(0).integers(0, 5, (24, 3)).tolist()
    for name, part in (("calibration", rows[:8]), ("evaluation", [[9, *row[1:]] for row in rows])):
        lines = [json.dumps({"numbers": row}) for row in part]
        (folder / "samples" / f"{name}.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def bundle(satchel, folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "prices.satchel"
    report = satchel("convert", folder, "--out", out, "--schemes", "float32,dynamic_int8")
    assert "mean" in report
    return out


def test_a_toy_task_is_converted_verified_and_reported_in_its_own_words(satchel, bundle, folder):
    report = json.loads(satchel("verify", bundle, "--samples", folder, "--json"))
    assert report["passed"]
    assert len(report["rows"]) == 4
    assert all(row["verified"]["mean_error"] <= 0.25 for row in report["rows"])
    assert "off on average" in report["summary"]


def test_a_toy_task_runs_on_the_command_line(satchel, bundle):
    assert satchel("run", bundle, "1,2,3", "0,0,1.5") == "1,2,3\t20.00 euros\n0,0,1.5\t6.00 euros\n"
    line = json.loads(satchel("run", bundle, "1,1,1", "--json"))
    assert line["value"] == pytest.approx(9, abs=0.1)


def test_a_toy_task_says_what_it_takes_and_how_good_it_is(satchel, bundle):
    told = satchel("info", bundle)
    assert "prices 1.0.0, tabular-regression" in told
    assert "takes    3 numbers" in told
    assert "returns  a number of euros" in told
    assert "error" in told


@pytest.mark.parametrize("words", [(), ("--isolated",)])
def test_a_toy_task_passes_its_golden_vectors(satchel, bundle, words):
    lines = satchel("selftest", bundle, "--json", *words).splitlines()
    results = [json.loads(line) for line in lines]
    assert len(results) >= 8
    assert all(result["passed"] for result in results)


def test_without_the_entry_in_the_table_its_card_is_refused(bundle):
    done = subprocess.run(
        [*PROGRAM, "info", str(bundle)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "Expected one of image-classification, " in done.stderr
