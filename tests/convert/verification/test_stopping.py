"""Which models are not worth running on all samples, and what that does not change."""

from types import SimpleNamespace

import numpy as np
import pytest

import satchel.inference.model
from helpers.model_folders import BANDS_CARD
from satchel.bundle.card import ModelEntry, TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import Bundle
from satchel.engines.fake import FakeEngine
from satchel_convert.model_folder import deployed_card
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.verification import predictions, verify as module
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.stopping import candidates
from satchel_convert.verification.verify import verify

SAMPLES = 800
LATENCIES_MS = {"float32": 30.0, "full_int8": 10.0, "int16x8": 900.0, "mixed_int8": 12.0}
SIZES = {"float32": 400, "full_int8": 100, "int16x8": 101, "mixed_int8": 100}


def entry(scheme, format_="tflite"):
    return ModelEntry(
        file=f"{scheme}.{format_}",
        format=format_,
        scheme=scheme,
        size_bytes=SIZES[scheme],
        input=TensorSpec("float32"),
        output=TensorSpec("float32"),
        needs={"litert": "1.0"},
        golden_tolerance=0.0,
        golden_tolerance_why="",
    )


def stopped_of(entries, **latencies_ms):
    times = [{**LATENCIES_MS, **latencies_ms}[each.scheme] for each in entries]
    found = candidates(entries, times, samples_left=600)
    return {each.file: each.others for each in found}


def test_a_slow_model_that_is_no_smaller_may_be_stopped():
    found = stopped_of([entry(scheme) for scheme in LATENCIES_MS])
    assert found == {"int16x8.tflite": ("full_int8.tflite", "mixed_int8.tflite")}


@pytest.mark.parametrize(
    ("other", "latencies_ms"),
    [
        # Another format, which other devices run.
        (entry("full_int8", "onnx"), {}),
        # A float model of its format is no reason.
        (entry("float32"), {}),
        # Less than twice as slow.
        (entry("full_int8"), {"full_int8": 451.0}),
        # Nothing to save.
        (entry("full_int8"), {"int16x8": 15.0, "full_int8": 1.0}),
        # Smaller than the other.
        (entry("full_int8")._replace(size_bytes=102), {}),
    ],
)
def test_what_another_model_does_not_beat_is_not_stopped(other, latencies_ms):
    assert stopped_of([other, entry("int16x8")], **latencies_ms) == {}


class Counting(FakeEngine):
    """An engine whose answers are those of one list, sample by sample."""

    def __init__(self, scores):
        super().__init__(scores[:1])
        self.scores, self.runs = scores, 0

    def run(self, inputs):
        self.runs += 1
        return self.scores[self.runs - 1 : self.runs]


@pytest.fixture
def engines(monkeypatch):
    """Return a function from the right answers of each scheme to its engines, and a bundle."""

    def make(**right):
        found = {}
        for scheme in LATENCIES_MS:
            correct = np.broadcast_to(right.get(scheme, True), SAMPLES)
            scores = np.where(correct[:, np.newaxis], [0.9, 0.1], [0.1, 0.9]).astype(np.float32)
            found[f"{scheme}.tflite"] = Counting(scores)
        monkeypatch.setattr(
            satchel.inference.model,
            "open_engine",
            lambda name, content, **_: found[content.decode()],
        )
        measure = predictions.predict_inputs

        def timed(model, inputs):
            return measure(model, inputs)._replace(latency_ms=LATENCIES_MS[model.entry.scheme])

        monkeypatch.setattr(module, "predict_inputs", timed)
        monkeypatch.setattr(predictions, "SHARD_SAMPLES", 128)
        entries = tuple(entry(scheme) for scheme in LATENCIES_MS)
        card = deployed_card(BANDS_CARD)._replace(
            input=ImageInput(2, 2), output=LabelOutput(("no", "yes")), models=entries
        )
        bundle = Bundle(card, {each.file: each.file.encode() for each in entries})
        return SimpleNamespace(of=found, bundle=bundle)

    return make


def check(made, **how):
    inputs = SampleInputs(np.zeros((SAMPLES, 2, 2, 3), np.uint8), made.bundle.card)
    reference = np.tile(np.float32([0.9, 0.1]), (SAMPLES, 1))
    limits = LabelLimits(int8_agreement=0.5, margin_points=20)
    truth = np.zeros(SAMPLES, int)
    done = []
    found = verify(
        made.bundle,
        inputs,
        reference=reference,
        truth=truth,
        limits=limits,
        on_done=lambda now, total: done.append(now),
        **how,
    )
    assert done == sorted(done)
    assert done[-1] == SAMPLES
    return {each.entry.scheme: each for each in found.findings}


def test_a_dominated_model_is_stopped_after_the_first_200_samples_and_nothing_else_changes(
    engines,
):
    made = engines(full_int8=np.arange(SAMPLES) % 100 > 0)
    made.of["int16x8.tflite"].scores[::50] = [0.1, 0.9]
    found = check(made, stop_dominated=True)
    # Two shards of 128 are the first to hold 200.
    assert made.of["int16x8.tflite"].runs == 256
    assert str(found["int16x8"].stopped).startswith(
        "stopped after 256 samples: slower and no smaller than full_int8.tflite"
    )
    assert not found["int16x8"].passed
    again = engines(full_int8=np.arange(SAMPLES) % 100 > 0)
    again.of["int16x8.tflite"].scores[::50] = [0.1, 0.9]
    whole = check(again)
    assert again.of["int16x8.tflite"].runs == SAMPLES
    assert whole.pop("int16x8").passed
    del found["int16x8"]
    assert found == whole


def test_a_model_that_is_surely_more_accurate_so_far_is_not_stopped(engines):
    often_wrong = np.arange(SAMPLES) % 20 > 0
    made = engines(full_int8=often_wrong, mixed_int8=often_wrong)
    assert check(made, stop_dominated=True)["int16x8"].passed
    assert made.of["int16x8.tflite"].runs == SAMPLES


def test_a_sample_or_two_are_no_better_accuracy(engines):
    seldom_wrong = np.arange(SAMPLES) % 128 > 0
    made = engines(full_int8=seldom_wrong, mixed_int8=seldom_wrong)
    assert check(made, stop_dominated=True)["int16x8"].stopped.by == "full_int8.tflite"


def test_a_model_runs_on_the_rest_if_all_that_dominate_it_fail_in_the_end(engines):
    fails_late = np.arange(SAMPLES) < 300
    made = engines(full_int8=fails_late, mixed_int8=fails_late)
    found = check(made, stop_dominated=True)
    assert found["full_int8"].failures
    assert found["int16x8"].passed
    assert found["int16x8"].verified.samples == SAMPLES
    assert made.of["int16x8.tflite"].runs == SAMPLES


def test_the_next_model_that_dominates_is_named_if_the_fastest_fails_in_the_end(engines):
    found = check(engines(full_int8=np.arange(SAMPLES) < 300), stop_dominated=True)
    assert found["int16x8"].stopped.by == "mixed_int8.tflite"
