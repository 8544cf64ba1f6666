from dataclasses import replace

import pytest

from helpers.model_folders import BANDS_CARD
from satchel.bundle.card import ModelEntry, TensorSpec
from satchel.bundle.label_output import VerifiedLabels
from satchel.bundle.reading import Bundle
from satchel_convert.conversion.search import CHOOSING, CONFIRMING, search, shuffled
from satchel_convert.model_folder import Sample, deployed_card
from satchel_convert.statistics import Interval, non_inferiority
from satchel_convert.verification.paired_test import PairedTest
from satchel_convert.verification.verify import Example, Finding, Verification

SIZES = {
    "float32.tflite": 400,
    "full_int8.tflite": 110,
    "weight_int4.tflite": 60,
    "float32.onnx": 420,
    "full_int8.onnx": 150,
}
LATENCIES_MS = {
    "float32.tflite": 0.3,
    "full_int8.tflite": 0.1,
    "weight_int4.tflite": 0.5,
    "float32.onnx": 0.2,
    "full_int8.onnx": 0.4,
}
LABELS = VerifiedLabels(100, 0.9, 0.25, 0.99, 0.1, 30.0, (-0.4, 1.1))


def entry(file):
    scheme, format_ = file.split(".")
    real = TensorSpec("float32")
    return ModelEntry(file, format_, scheme, SIZES[file], real, real, {}, 0.0, "")


@pytest.fixture
def draft():
    models = tuple(map(entry, SIZES))
    card = deployed_card(BANDS_CARD)._replace(models=models)
    return Bundle(card, {file: file.encode() for file in SIZES})


def undecided_test():
    verdict = non_inferiority(100, 1, 1, margin=0.01)
    return PairedTest(verdict, Interval(0.9, 1.0), (), None, None)


def checker(choosing=(), confirming=(), undecided=()):
    """Return a fake of verification, in which the named files fail on a half, and its calls."""
    calls = []

    def check(bundle, part):
        files = [model.file for model in bundle.card.models]
        calls.append((part, files))
        failing = {(0, 2): choosing, (1, 2): confirming}[part.start, part.step]
        findings = [
            Finding(
                each,
                "fake",
                LABELS,
                LATENCIES_MS[each.file],
                ("off",) * (each.file in failing),
                undecided_test() if each.file in undecided else None,
            )
            for each in bundle.card.models
        ]
        examples = [Example("float model", None), *(Example(file, None) for file in files)]
        return Verification("image-classification", 50 - part.start, 0.9, findings, examples)

    return check, calls


def taken(result):
    return [finding.entry.file for finding in result.confirmed.findings]


def outcomes(result):
    return {step.finding.entry.file: step.outcome for step in result.path}


def test_the_smallest_of_each_format_that_both_halves_allow_is_taken(draft):
    check, calls = checker(choosing=["weight_int4.tflite"])
    found = search(draft, check, goal="smallest")
    assert taken(found) == ["full_int8.tflite", "full_int8.onnx"]
    assert outcomes(found) == {
        "weight_int4.tflite": "not within the limits",
        "full_int8.tflite": "taken",
        "float32.tflite": "not needed",
        "full_int8.onnx": "taken",
        "float32.onnx": "not needed",
    }
    # All of them on the first half, once; on the other half those alone that were chosen.
    assert calls == [
        (CHOOSING, list(SIZES)),
        (CONFIRMING, ["full_int8.tflite"]),
        (CONFIRMING, ["full_int8.onnx"]),
    ]
    assert (found.goal, found.choosing, found.confirmed.samples) == ("smallest", 50, 49)


def test_the_next_one_is_tried_where_the_second_half_does_not_confirm(draft):
    check, _ = checker(confirming=["weight_int4.tflite", "full_int8.onnx"])
    found = search(draft, check, goal="smallest")
    assert taken(found) == ["full_int8.tflite", "float32.onnx"]
    assert outcomes(found)["weight_int4.tflite"] == "not confirmed"
    assert outcomes(found)["full_int8.onnx"] == "not confirmed"


def test_the_fastest_is_chosen_by_its_latency_whatever_its_size(draft):
    check, _ = checker()
    found = search(draft, check, goal="fastest")
    assert taken(found) == ["full_int8.tflite", "float32.onnx"]
    first = [step.finding.entry.file for step in found.path][:3]
    assert first == ["full_int8.tflite", "float32.tflite", "weight_int4.tflite"]


def test_a_format_where_none_passes_has_no_model(draft):
    check, _ = checker(choosing=["float32.onnx"], confirming=["full_int8.onnx"])
    found = search(draft, check, goal="smallest")
    assert taken(found) == ["weight_int4.tflite"]
    assert outcomes(found)["float32.onnx"] == "not within the limits"


def test_where_no_model_passes_at_all_none_is_taken(draft):
    check, _ = checker(confirming=SIZES)
    found = search(draft, check, goal="smallest")
    assert taken(found) == []
    assert set(outcomes(found).values()) == {"not confirmed"}
    assert found.confirmed.reference_accuracy == 0.9


def test_the_float_model_and_each_model_taken_are_among_the_examples_once(draft):
    check, _ = checker()
    found = search(draft, check, goal="smallest")
    names = [example.name for example in found.confirmed.examples]
    assert names == ["float model", "weight_int4.tflite", "full_int8.onnx"]


def test_the_halves_share_no_sample_and_leave_none_out():
    samples = list(range(9))
    assert sorted(samples[CHOOSING] + samples[CONFIRMING]) == samples


def test_samples_that_alternate_are_in_both_halves_alike(images):
    samples = [Sample(number, number % 2) for number in range(1000)]
    found = shuffled(replace(images.folder, evaluation=samples)).evaluation
    assert sorted(sample.value for sample in found) == list(range(1000))
    for half in (CHOOSING, CONFIRMING):
        share = sum(sample.label for sample in found[half]) / 500
        # Three standard deviations of 500 samples drawn from 1,000, and more.
        assert abs(share - 0.5) < 0.05
    again = shuffled(replace(images.folder, evaluation=samples)).evaluation
    assert found == again


def test_an_undecided_model_is_taken_only_where_no_decided_one_is(draft):
    check, _ = checker(
        undecided=["weight_int4.tflite", "full_int8.onnx", "full_int8.tflite"],
        confirming=["float32.onnx"],
    )
    found = search(draft, check, goal="smallest")
    assert taken(found) == ["float32.tflite", "full_int8.onnx"]
    assert outcomes(found) == {
        "weight_int4.tflite": "undecided",
        "full_int8.tflite": "undecided",
        "float32.tflite": "taken",
        "full_int8.onnx": "taken",
        "float32.onnx": "not confirmed",
    }
