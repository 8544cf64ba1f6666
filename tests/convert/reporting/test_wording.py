from dataclasses import replace

import pytest

from helpers.reports import make_finding
from satchel.bundle.image_output import VerifiedImages
from satchel_convert.reporting.report import (
    Report,
    Row,
    make_report,
    smallest_passed,
    without_latency,
)
from satchel_convert.reporting.wording import cells, headings, next_steps, summary, verdict
from satchel_convert.verification.stopping import Stopped
from satchel_convert.verification.verify import Verification


def verification(samples, findings):
    return Verification("image-classification", samples, 0.99, findings)


def said_of(*findings):
    return summary(make_report("bands", verification(10_000, findings)))


def test_the_summary_says_what_the_model_that_runs_saves_and_costs():
    small = make_finding("full_int8.tflite", size_bytes=100_000, drop=(0.07, -0.05, 0.19))
    large = make_finding("float32.tflite", size_bytes=390_000)
    words = "3.9 times smaller than float32.tflite and loses 0.07 pp of accuracy (95 %: -0.05 to"
    assert said_of(small, large) == (
        f"full_int8.tflite runs first: it is {words} 0.19) on 10,000 samples: passed."
    )
    assert said_of(large, small).startswith("float32.tflite runs first: it is 390 kB and loses ")
    assert said_of(large, small).endswith(
        f": passed. The smallest is full_int8.tflite: it is {words} 0.19)."
    )


def test_a_model_that_failed_is_not_summed_up_but_counted():
    failed = make_finding("full_int8.tflite", size_bytes=100_000, failures=("too far",))
    small = make_finding("dynamic_int8.tflite", size_bytes=130_000)
    large = make_finding("float32.tflite", size_bytes=390_000)
    assert said_of(failed, small, large).startswith("dynamic_int8.tflite is 3.0 times smaller")
    assert said_of(failed, small, large).endswith(": passed. 1 of 3 models failed.")
    # A runtime would try the first one first, so no other one is called so.
    assert "runs first" not in said_of(failed, small, large)
    assert said_of(failed) == "None of 1 models passed."
    assert smallest_passed(make_report("bands", verification(1, [failed]))) is None


def test_a_model_that_was_stopped_is_said_to_be_and_not_summed_up():
    by = Stopped(200, "full_int8.tflite")
    slow = replace(make_finding("int16x8.tflite", size_bytes=90_000), stopped=by)
    small = make_finding("full_int8.tflite", size_bytes=100_000)
    large = make_finding("float32.tflite", size_bytes=390_000)
    assert said_of(small, large, slow).startswith("full_int8.tflite runs first: it is 3.9 times")
    assert said_of(small, large, slow).endswith(
        ": passed. int16x8.tflite stopped after 200 samples: slower and"
        " no smaller than full_int8.tflite, and no more accurate as far as these tell."
    )
    report = make_report("bands", verification(1000, [large, small, slow]))
    row = report.rows[2]
    assert report.passed
    assert not row.passed
    assert verdict(row) == row.stopped
    # No figure of fewer samples stands beside the others.
    assert cells(row, report)[:-2] == ["-"] * (len(headings(report)) - 2)
    assert cells(row, report)[-2] == "90"
    assert (row.verified, row.paired_test) == (None, None)


def test_accuracy_that_is_gained_is_said_to_be():
    small = make_finding("full_int8.tflite", drop=(-0.11, -0.27, 0.04))
    assert "gains 0.11 pp of accuracy (95 %: -0.04 to 0.27)" in said_of(small)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"float16.tflite": 1000, "float32.onnx": 2000}, "is 2.0 times smaller than float32.onnx"),
        ({"full_int8.tflite": 1000, "float32.tflite": 1010}, "is as large as float32.tflite"),
        (
            {"float32.tflite": 12_000, "float16.tflite": 13_000},
            "float32.tflite runs first: it is 12 kB",
        ),
        ({"float16.tflite": 12_000}, "float16.tflite is 12 kB"),
        (
            {"full_int8.onnx": 900, "float32.tflite": 1800, "float32.onnx": 2700},
            "is 3.0 times smaller than float32.onnx",
        ),
    ],
)
def test_the_size_is_compared_with_a_float32_model_of_the_same_format_if_any(sizes, words):
    assert words in said_of(*(make_finding(file, size_bytes=size) for file, size in sizes.items()))


def test_a_quantized_model_that_another_one_beats_in_time_and_size_is_named():
    real = make_finding("float32.tflite", size_bytes=400, latency_ms=5.8)
    full = make_finding("full_int8.tflite", size_bytes=105, latency_ms=3.1)
    slow = make_finding("dynamic_int8.tflite", size_bytes=105, latency_ms=12.9)
    words = (
        "Slower than another model here, and no smaller: dynamic_int8.tflite (full_int8.tflite)."
    )
    assert words in said_of(real, full, slow)
    assert "Slower" not in said_of(real, full)
    # Smaller, or of another format, or beaten by one that failed, or by no more than noise.
    for other in (
        make_finding("weight_int4.tflite", size_bytes=60, latency_ms=12.9),
        make_finding("dynamic_int8.onnx", size_bytes=105, latency_ms=12.9),
        make_finding("dynamic_int8.tflite", size_bytes=105, latency_ms=3.5),
    ):
        assert "Slower" not in said_of(real, full, other)
    failed = make_finding("full_int8.tflite", size_bytes=105, latency_ms=3.1, failures=("off",))
    assert "Slower" not in said_of(real, failed, slow)
    assert "Slower" not in summary(without_latency(make_report("b", verification(9, [full, slow]))))


def test_of_models_that_make_images_the_summary_says_the_ratio():
    found = VerifiedImages(8, 41.23, 35.0, 0.1)
    row = Row("full_int8.tflite", "full_int8", "litert", 12_000, found, None, ())
    assert summary(Report("faces", "image-generation", 8, None, [row])) == (
        "full_int8.tflite is 12 kB and its images are 41.2 dB from the float model's"
        " (the worst 35.0 dB) on 8 samples: passed."
    )


def test_what_to_do_next_depends_on_what_was_found():
    good = make_finding("float32.tflite")
    failed = make_finding("full_int8.tflite", failures=("too far",))

    def commands(*findings):
        report = make_report("bands", verification(10_000, findings))
        return [command for _, command in next_steps(report)]

    use = ["satchel selftest BUNDLE", "satchel run BUNDLE INPUT"]
    assert commands(good) == use
    assert commands(good, failed) == ["satchel explain MODEL", *use]
    assert commands(failed) == ["satchel explain MODEL"]
