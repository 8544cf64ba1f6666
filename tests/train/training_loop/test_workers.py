"""Two real processes on loopback, against one."""

import json
import subprocess
import sys
from dataclasses import astuple

import pytest

from helpers.addresses import free_addresses
from helpers.trainings import run_train
from satchel_train import DigitsSettings, plan_training
from satchel_train.errors import SettingsError, WorkersError
from satchel_train.training_loop.workers import Cluster, Workers, read_cluster

EPOCHS = 4
PROGRAM = """
import json, os, signal, sys
from dataclasses import dataclass
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
folder, addresses, index, killed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]

from satchel.errors import SatchelError
from satchel_train.data.inputs import Examples
from satchel_train.training_loop.checkpoint import Checkpoint
from satchel_train.fitting.execution import Execution
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.variables import values
from satchel_train.training_loop.workers import Workers, read_cluster
from satchel_train.networks.perceptron import build_perceptron
from satchel.bundle import ImageInput

import numpy as np

try:
    workers = Workers(read_cluster(addresses, index)) if addresses else None
    import keras
    make_reproducible(7)
    inputs = np.random.default_rng(0).random((45, 2, 2, 1)).astype(np.float32)
    examples = Examples(inputs, (inputs.sum(axis=(1, 2, 3)) > 2).astype(np.int32))
    hyper = HyperParameters(
        epochs=4, batch_size=10, learning_rate=0.05, schedule="cosine", label_smoothing=0.1
    )

    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if str(epoch) == killed:
                os.kill(os.getpid(), signal.SIGKILL)

    def train():
        model = build_perceptron(ImageInput(height=2, width=2, channels=1), hidden=(4,), labels=2)
        return model, fit(
            model, train=examples, validation=examples, hyper=hyper, seed=7,
            execution=Execution(
                checkpoint=Checkpoint(folder / "model.checkpoint", {}), callbacks=[Killed()],
                workers=workers,
            ),
        )

    if workers:
        with workers.scope():
            model, history = train()
    else:
        model, history = train()
    print(json.dumps({
        "loss": [epoch.loss for epoch in history.epochs],
        "val_loss": [epoch.val_loss for epoch in history.epochs],
        "weights": [float(value.sum()) for value in values(model.weights)],
    }))
except SatchelError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def start(folder, *, addresses="", index=0, killed="never"):
    words = [sys.executable, "-c", PROGRAM, str(folder), addresses, str(index), killed]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_two(folder, *, killed):
    """Return exit code, standard output and standard error of both; ``killed`` is killed."""
    addresses = free_addresses()
    both = [
        start(folder, addresses=addresses, index=index, killed="2" if index == killed else "never")
        for index in range(2)
    ]
    outputs = [each.communicate(timeout=400) for each in both]
    return [(each.returncode, *output) for each, output in zip(both, outputs, strict=True)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    process = start(tmp_path_factory.mktemp("alone"))
    output, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    return json.loads(output)


def assert_same_curve(found, expected):
    for name in ("loss", "val_loss", "weights"):
        # The same sums, added up in another order, over twenty steps.
        assert found[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_worker_is_said_in_one_line_and_one_process_goes_on_to_the_same_loss_curve(
    alone, tmp_path, killed
):
    results = run_two(tmp_path, killed=killed)
    assert results[killed][0] == -9
    code, _, errors = results[1 - killed]
    assert code == 1
    assert "WorkersError: Expected all of the workers 127.0.0.1:" in errors.splitlines()[-1]
    assert "start all of them again with --resume" in errors.splitlines()[-1]
    # Two epochs of it before the interruption, two behind it.
    process = start(tmp_path)
    output, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    assert_same_curve(json.loads(output), alone)


class FakeWorkers(Workers):
    """Workers that are not connected."""

    def __init__(self):
        self.cluster = Cluster(("a:1", "b:2"), 0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("UnavailableError", "Collective ops is aborted by: recvmsg:Connection reset by peer"),
        ("AbortedError", "The worker was restarted"),
        ("CancelledError", "RPC cancelled"),
        ("DeadlineExceededError", "Barrier timed out"),
        ("InternalError", "NCCL: remote process exited or there was a network error"),
    ],
)
def test_what_the_connection_says_of_a_lost_worker_is_one_error(name, message):
    from tensorflow import errors

    lost = getattr(errors, name)(None, None, message)
    message = "a:1, b:2 to take part, one was lost"
    with pytest.raises(WorkersError, match=message), FakeWorkers().reporting():
        raise lost


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ResourceExhaustedError", "OOM when allocating tensor"),
        ("InvalidArgumentError", "Incompatible shapes: [3] vs. [4]"),
        ("InternalError", "Blas GEMM launch failed"),
    ],
)
def test_what_is_no_lost_worker_passes_through_as_it_is(name, message):
    from tensorflow import errors

    error = getattr(errors, name)(None, None, message)
    for each in (error, TypeError("x and y"), RuntimeError("out of order"), ValueError("3 rows")):
        with pytest.raises(type(each)) as raised, FakeWorkers().reporting():
            raise each
        assert raised.value is each


def test_the_workers_are_those_of_the_flag_or_of_the_environment(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert read_cluster(None, None) is None
    expected = Cluster(("a:1", "b:2"), 1)
    assert read_cluster("a:1,b:2", 1) == expected
    tasks = {"type": "worker", "index": 1}
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": tasks}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert astuple(read_cluster(None, None)) == (("a:1", "b:2"), 1)
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1"]}, "task": tasks}))
    assert read_cluster(None, None) is None


@pytest.mark.parametrize(
    ("addresses", "index"),
    [("a:1", 0), ("a:1,a:1", 0), ("a,b", 0), ("a:1,b:0", 0), ("a:1,:2", 0), ("a:1,b:99999", 0)],
)
def test_what_is_no_list_of_workers_is_refused(addresses, index):
    with pytest.raises(SettingsError, match=r"Expected HOST:PORT,HOST:PORT,\.\.\. for --workers"):
        read_cluster(addresses, index)


@pytest.mark.parametrize("index", [None, -1, 2])
def test_a_worker_has_to_say_which_one_it_is(index):
    with pytest.raises(SettingsError, match="Expected --worker 0 to 1, which of --workers this is"):
        read_cluster("a:1,b:2", index)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("{", "Expected the addresses of workers"),
        ('{"cluster": {}}', "Expected the addresses of workers"),
        (
            '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "chief", "index": 0}}',
            "Expected worker 0 to 1 in .TF_CONFIG, got chief 0",
        ),
        (
            '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 2}}',
            "got worker 2",
        ),
    ],
)
def test_a_wrong_tf_config_is_refused(monkeypatch, config, reason):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(SettingsError, match=reason):
        read_cluster(None, None)


def test_a_training_of_two_workers_may_go_on_with_one(tmp_path):
    clusters = None, Cluster(("a:1", "b:2"), 1)
    one, two = (
        plan_training("digits", DigitsSettings(), out=tmp_path / "model", cluster=cluster)
        for cluster in clusters
    )
    assert one._identity("data", "float32") == two._identity("data", "float32")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("imdb", "--model", "lasso"), "imdb with the model lasso"),
        (("style", "--style", "x.png", "--data-dir", "x"), "style"),
    ],
)
def test_a_training_for_one_machine_refuses_workers(tmp_path, words, name):
    with pytest.raises(SettingsError, match=f"Expected no workers for {name}: it trains on one"):
        run_train(*words, "--out", tmp_path / "model", "--workers", "a:1,b:2", "--worker", "0")
