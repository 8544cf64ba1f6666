"""Which model of a bundle runs first."""

from dataclasses import replace
from itertools import product

import pytest

from helpers.reports import make_finding
from satchel_convert.conversion.order import by_use
from satchel_convert.reporting.report import make_report
from satchel_convert.reporting.wording import summary
from satchel_convert.statistics import Interval, non_inferiority
from satchel_convert.verification.paired_test import PairedTest
from satchel_convert.verification.stopping import Stopped
from satchel_convert.verification.verify import Verification

PREFERRED = ("full_int8.tflite", "dynamic_int8.tflite", "float32.tflite")


def finding(file, latency_ms, *, samples=25_000, **more):
    """Return a finding whose accuracy the number of samples decides, or does not."""
    verdict = non_inferiority(samples, 0, 0, margin=0.01)
    test = PairedTest(verdict, Interval(1, 1), (), None, None)
    return make_finding(file, latency_ms=latency_ms, paired_test=test, **more)


def order(*latencies_ms, **more):
    found = [finding(*each, **more) for each in zip(PREFERRED, latencies_ms, strict=True)]
    return [each.entry.file for each in by_use(found)]


def test_of_models_that_are_alike_the_preferred_one_runs_first():
    assert order(3.0, 3.0, 3.0) == list(PREFERRED)


def test_noise_does_not_change_the_order():
    for noise in product((0.85, 1.0, 1.2), repeat=3):
        assert order(*(10.0 * each for each in noise)) == list(PREFERRED)


@pytest.mark.parametrize("latencies_ms", [(0.4, 0.02, 0.01), (0.051, 0.03, 0.001)])
def test_times_that_nobody_notices_do_not_change_the_order(latencies_ms):
    assert order(*latencies_ms) == list(PREFERRED)


def test_a_clearly_faster_model_runs_first():
    # A text transformer: its full_int8.tflite is slower than float32.tflite.
    assert order(1.9, 0.5, 0.55) == ["dynamic_int8.tflite", "float32.tflite", "full_int8.tflite"]
    # EfficientNet-Lite0, whose dynamic_int8.tflite is 2.2 times slower than float32.tflite.
    assert order(3.1, 12.9, 5.8) == ["full_int8.tflite", "float32.tflite", "dynamic_int8.tflite"]


def test_a_model_that_is_hardly_slower_than_the_fastest_may_still_be_preferred():
    # 10 to 7 and 7 to 5 are near, 10 to 5 is not.
    assert order(10.0, 7.0, 5.0) == ["dynamic_int8.tflite", "float32.tflite", "full_int8.tflite"]


def test_a_model_whose_accuracy_is_undecided_comes_after_those_that_are_decided():
    fast = finding("full_int8.tflite", 1.0, samples=100)
    slow = finding("dynamic_int8.tflite", 9.0)
    assert fast.undecided
    assert not slow.undecided
    assert by_use([fast, slow]) == [slow, fast]


def test_what_is_not_packed_comes_last_and_is_not_called_first():
    failed = finding("full_int8.tflite", 1.0, failures=("too far",))
    stopped = replace(finding("int16x8.tflite", 900.0), stopped=Stopped(200, "full_int8.tflite"))
    good = finding("float32.tflite", 5.0)
    other = finding("float16.tflite", 5.0)
    found = by_use([failed, stopped, other, good])
    assert found == [other, good, failed, stopped]
    report = make_report("bands", Verification("image-classification", 9, 0.9, found))
    assert summary(report).startswith("float16.tflite runs first: it ")


def test_a_single_model_needs_no_order():
    found = by_use([finding("float32.tflite", 5.0)])
    report = make_report("bands", Verification("image-classification", 9, 0.9, found))
    assert "runs first" not in summary(report)
