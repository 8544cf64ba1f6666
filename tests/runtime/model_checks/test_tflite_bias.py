"""Dense layers without a bias: which ones end tflite-runtime on Arm, and that none gets there."""

import platform
import struct
import sys
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest

from satchel.engines.engine import ENGINES, open_engine
from satchel.errors import EngineError
from satchel.model_checks.tflite_bias import misses_bias

FULLY_CONNECTED, OPTIONS = 9, 8
FLOAT32, INT32, INT8 = 0, 2, 9
NONE = -1
INPUT_SCALE, WEIGHT_SCALE, OUTPUT_SCALE = 0.1, 0.01, 0.5
INPUT_ZERO, OUTPUT_ZERO = 3, 1
ALIGNED = 16
ON_ARM = platform.machine().startswith(("arm", "aarch64"))


def dense(
    inputs, outputs, *, rows=1, channels=True, bias=False, kind=INT8, code=0, names=(0, 1, NONE)
):
    """Return the file of one dense layer, int8 unless ``kind`` says float32."""
    weights = weights_of(inputs, outputs)
    scales = outputs if channels else 1
    tensors = [
        tensor((rows, inputs), kind, scale(INPUT_SCALE, INPUT_ZERO)),
        tensor((outputs, inputs), INT8, scale(WEIGHT_SCALE, 0, scales), buffer=1),
        tensor((rows, outputs), kind, scale(OUTPUT_SCALE, OUTPUT_ZERO)),
    ]
    buffers = [{}, {0: weights.reshape(-1).view(np.uint8)}]
    if bias:
        tensors.append(
            tensor((outputs,), INT32, scale(INPUT_SCALE * WEIGHT_SCALE, 0, scales), buffer=2)
        )
        buffers.append({0: np.zeros(4 * outputs, np.uint8)})
        names = (0, 1, 3)
    operator = {0: code, 1: np.int32(names), 2: np.int32([2]), 3: OPTIONS, 4: {}}
    graph = {0: tensors, 1: np.int32([0]), 2: np.int32([2]), 3: [operator]}
    codes = [{0: FULLY_CONNECTED, 2: 4, 3: FULLY_CONNECTED}]
    return write({0: 3, 1: codes, 2: [graph], 4: buffers})


def tensor(shape, kind, quantization, *, buffer=0):
    return {0: np.int32(shape), 1: kind, 2: buffer, 4: quantization}


def scale(value, zero_point, count=1):
    return {2: np.full(count, value, np.float32), 3: np.full(count, zero_point, np.int64), 6: 0}


def weights_of(inputs, outputs):
    return np.random.default_rng(3).integers(-127, 128, (outputs, inputs), np.int8)


def write(root):
    """Return the TFLite file of a dict: slot to number, array, table as a dict, or list of tables.

    The schema's own package is not on every device. Every field is four bytes wide here: a reader
    takes as many of them as its type has.
    """
    out = bytearray(struct.pack("<I4s", 0, b"TFL3"))
    struct.pack_into("<I", out, 0, _place(out, root))
    return bytes(out)


def _place(out, value):
    """Append what ``value`` is; return where it begins."""
    if isinstance(value, dict):
        return _place_table(out, value)
    _pad(out, behind=4)
    start = len(out)
    out += struct.pack("<I", len(value))
    if isinstance(value, np.ndarray):
        out += value.tobytes()
        return start
    out += bytes(4 * len(value))
    for at, each in enumerate(value):
        _lead(out, start + 4 + 4 * at, each)
    return start


def _place_table(out, fields):
    slots = range(max(fields, default=-1) + 1)
    at = {slot: 4 + 4 * number for number, slot in enumerate(fields)}
    _pad(out)
    virtual = len(out)
    out += struct.pack("<HH", 4 + 2 * len(slots), 4 + 4 * len(fields))
    out += struct.pack(f"<{len(slots)}H", *(at.get(slot, 0) for slot in slots))
    _pad(out)
    start = len(out)
    out += struct.pack("<i", start - virtual) + bytes(4 * len(fields))
    for slot, value in fields.items():
        if isinstance(value, int):
            struct.pack_into("<i", out, start + at[slot], value)
        else:
            _lead(out, start + at[slot], value)
    return start


def _lead(out, position, value):
    """Write to ``position`` how far away ``value`` is, which is appended."""
    struct.pack_into("<I", out, position, _place(out, value) - position)


def _pad(out, *, behind=0):
    out += bytes(-(len(out) + behind) % ALIGNED)


# As found under emulation with tflite-runtime 2.14, for 32 and for 64 bits.
CRASHES = [
    {"inputs": 1, "outputs": 2},
    {"inputs": 7, "outputs": 4},
    {"inputs": 8, "outputs": 3},
    {"inputs": 64, "outputs": 64, "rows": 2},
    {"inputs": 1, "outputs": 64, "rows": 3},
    {"inputs": 1, "outputs": 2, "names": (0, 1)},
]
RUNS = [
    {"inputs": 8, "outputs": 4},
    {"inputs": 64, "outputs": 10},
    {"inputs": 1, "outputs": 1, "rows": 3},
    {"inputs": 1, "outputs": 2, "channels": False},
    {"inputs": 64, "outputs": 64, "rows": 2, "channels": False},
    {"inputs": 1, "outputs": 2, "bias": True},
    {"inputs": 64, "outputs": 64, "rows": 2, "bias": True},
]


@pytest.mark.parametrize("layer", CRASHES, ids=str)
def test_a_layer_whose_missing_bias_would_be_read_is_found(layer):
    assert misses_bias(dense(**layer))


@pytest.mark.parametrize("layer", [*RUNS, {"inputs": 1, "outputs": 2, "kind": FLOAT32}], ids=str)
def test_a_layer_that_the_fast_kernels_run_is_left_to_them(layer):
    assert not misses_bias(dense(**layer))


@pytest.mark.parametrize("name", ["litert", "tflite_runtime"])
@pytest.mark.parametrize("layer", CRASHES + RUNS, ids=str)
def test_every_engine_runs_a_dense_layer_or_refuses_it(layer, name):
    pytest.importorskip(ENGINES[name].package)
    rows, inputs, outputs = layer.get("rows", 1), layer["inputs"], layer["outputs"]
    if name == "tflite_runtime" and layer in CRASHES and ON_ARM:
        with pytest.raises(EngineError, match="without a bias"):
            open_engine(name, dense(**layer), threads=1)
        return
    values = np.random.default_rng(5).integers(-128, 128, (rows, inputs), np.int8)
    found = open_engine(name, dense(**layer), threads=1).run(values)
    real = (values.astype(np.float64) - INPUT_ZERO) @ weights_of(inputs, outputs).T
    real *= INPUT_SCALE * WEIGHT_SCALE / OUTPUT_SCALE
    # One level: kernels round halves as they like.
    assert found == pytest.approx((real + OUTPUT_ZERO).clip(-128, 127), abs=1)


@pytest.fixture
def open_fake(monkeypatch):
    """Return a function that opens a model with a tflite-runtime that runs none."""

    class Interpreter:
        def __init__(self, model_content, num_threads):
            raise RuntimeError("opened")

    fake = ModuleType("tflite_runtime.interpreter")
    fake.Interpreter = Interpreter
    monkeypatch.setitem(sys.modules, "tflite_runtime", ModuleType("tflite_runtime"))
    monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", fake)
    monkeypatch.delitem(sys.modules, "satchel.engines.tflite_runtime", raising=False)
    yield lambda model: import_module("satchel.engines.tflite_runtime").open_engine(
        model, threads=1
    )
    # What was imported beside the fake must not be there for the next test.
    sys.modules.pop("satchel.engines.tflite_runtime", None)


@pytest.mark.parametrize("machine", ["armv7l", "armv6l", "aarch64", "arm64"])
def test_on_arm_tflite_runtime_never_sees_a_model_that_would_end_it(
    machine, open_fake, monkeypatch
):
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(
        EngineError, match=r"^Expected .* on Arm, got .* without a bias.*: convert it"
    ):
        open_fake(dense(**CRASHES[0]))
    with pytest.raises(EngineError, match="got: opened"):
        open_fake(dense(**RUNS[0]))


def test_elsewhere_tflite_runtime_takes_it(open_fake, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(EngineError, match="got: opened"):
        open_fake(dense(**CRASHES[0]))


@pytest.mark.parametrize(
    "content",
    [dense(1, 2)[:100], dense(1, 2, code=7), dense(1, 2, names=(0,)), b"TFL3" * 9, b""],
    ids=["cut", "no such code", "no weights", "another kind", "empty"],
)
def test_a_damaged_file_is_the_typed_error(content):
    with pytest.raises(EngineError, match=r"^Expected a TFLite model, got a damaged file: .+\.$"):
        misses_bias(content)
