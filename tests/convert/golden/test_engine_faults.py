"""Faults of an engine that `benchmarks/golden_faults.py` plants into models."""

import sys
from pathlib import Path

import numpy as np
import pytest

from satchel.bundle import open_bundle
from satchel.inference import open_model

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

from engine_faults import FAULTS  # noqa: E402
from golden_faults import Bench  # noqa: E402
from layer_files import OPEN  # noqa: E402

DIGITS = ROOT / "tests" / "golden" / "digits.satchel"
SAMPLES = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
FILES = ("full_int8.tflite", "full_int8.onnx", "float32.tflite", "float32.onnx")


@pytest.fixture(scope="module")
def bundle():
    return open_bundle(DIGITS)


def predictions(bundle, file, content):
    changed = bundle._replace(files={**bundle.files, file: content})
    return open_model(changed, file=file, threads=1).predict_batch(SAMPLES)


@pytest.mark.parametrize("file", FILES)
def test_layers_without_a_change_predict_the_same(bundle, file):
    content = bundle.files[file]
    layers = OPEN[file.split(".")[1]](content)
    before = predictions(bundle, file, content)
    assert np.array_equal(predictions(bundle, file, layers.write()), before)


@pytest.mark.parametrize("file", FILES[2:])
def test_a_dropped_bias_of_one_label_changes_that_label_alone(bundle, file):
    content = bundle.files[file]
    opened = OPEN[file.split(".")[1]](content)
    last = opened.layers[-1]
    label = int(np.argmax(np.abs(last.bias)))
    raised = last.bias[label] > 0
    [fault] = [each for each in FAULTS if each.name == "bias of one label dropped"]
    assert fault.plant(opened.layers)
    before = predictions(bundle, file, content)
    after = predictions(bundle, file, opened.write())
    assert not np.array_equal(after, before)
    moved = after[:, label] - before[:, label]
    # Without a positive bias, the label is less likely, but for float32's last digits.
    assert (moved <= 1e-6).all() if raised else (moved >= -1e-6).all()


def test_healthy_engines_pass_and_a_zero_point_that_is_off_is_noticed(bundle):
    [entry] = [each for each in bundle.card.models if each.file == "full_int8.tflite"]
    bench = Bench(bundle, entry, SAMPLES)
    assert all(fate.passes for _, fate in bench.healthy())
    fates = dict(bench.faulty())
    assert fates["input's zero point off by one, first layer"].noticed_by == "selftest"
    assert fates["accumulators of 16 bits, every layer"].changed > 0
