"""Two replicas of a model, as two processes on loopback and as two devices, against one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.addresses import free_addresses
from satchel_train.training_loop.replica_step import divide

PROGRAM = Path(__file__).with_name("replicas_program.py")
TESTS = PROGRAM.parents[2]
TOLERANCES = {
    # The same sums in another order.
    "float32": 1e-5,
    # Each replica rounds its part of a gradient to 11 or 8 bits, one device rounds the whole.
    "mixed_float16": 0.01,
    "mixed_bfloat16": 0.05,
}
"""Relative, of the losses of two epochs"""
TRAININGS = [
    *[("curve_of_classifier", precision, rows) for precision in TOLERANCES for rows in (20, 21)],
    *[("curve_of_pair", precision, rows) for precision in TOLERANCES for rows in (4, 5)],
    # Fewer rows than replicas.
    ("curve_of_pair", "float32", 1),
]


def start(*words):
    paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def found(folder):
    """Return the results of two devices and of two workers, by these names."""
    addresses = free_addresses()
    processes = {
        "devices": start("devices", folder),
        **{f"worker {index}": start("workers", addresses, index) for index in range(2)},
    }
    results = {}
    for name, process in processes.items():
        output, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors[-3000:]
        results[name] = json.loads(output.splitlines()[-1]) | {"said": errors}
    return results


@pytest.mark.parametrize("replicas", ["devices", "worker 0", "worker 1"])
@pytest.mark.parametrize(("training", "precision", "rows"), TRAININGS)
def test_two_replicas_have_the_loss_curve_of_one(found, replicas, training, precision, rows):
    name = f"{training} {precision} {rows}"
    one, two = found["devices"][name]["one"], found[replicas][name]["two"]
    assert np.isfinite(two["losses"]).all()
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=TOLERANCES[precision])
    assert two["apart"] == 0


@pytest.mark.parametrize(("training", "precision", "rows"), TRAININGS)
def test_all_workers_end_with_the_same_weights(found, training, precision, rows):
    name = f"{training} {precision} {rows}"
    assert found["worker 0"][name]["two"] == found["worker 1"][name]["two"]


@pytest.mark.parametrize("replicas", ["devices", "worker 0", "worker 1"])
def test_a_mistake_and_a_lack_of_memory_are_no_lost_worker(found, replicas):
    assert found[replicas]["errors"] == ["LookupError", "ResourceExhaustedError"]


def test_the_command_trains_on_all_devices_and_says_so(found, folder):
    assert "cpu (2 of 2 x " in found["devices"]["said"]
    record = json.loads((folder / "digits" / "training.json").read_bytes())
    assert (record["workers"], record["devices"]) == (1, 2)


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("count", [2, 3])
def test_the_parts_of_a_batch_weigh_its_rows_alike_and_none_is_empty(rows, count):
    batch = {"inputs": np.arange(rows)}, np.arange(rows)
    weights = np.zeros(rows)
    for part in divide(batch, replicas=range(count), count=count):
        inputs, labels = part.rows[0]["inputs"], part.rows[1]
        assert len(labels) > 0
        assert list(inputs) == list(labels)
        weights[labels] += part.share * part.weight / len(labels)
    np.testing.assert_allclose(weights, 1 / rows, rtol=1e-6)


def test_a_process_gets_the_parts_of_its_own_replicas():
    batch = (np.arange(10),)
    parts = divide(batch, replicas=range(2, 4), count=4)
    assert [list(part.rows[0]) for part in parts] == [[2, 6], [3, 7]]
