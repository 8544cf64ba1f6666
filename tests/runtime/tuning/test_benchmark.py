"""A bundle's models measured: which, and what is said of one that breaks."""

import numpy as np
import pytest

from helpers.tiny_bundles import (
    GENERATOR_BUNDLE,
    IMAGE_BUNDLE,
    IMAGE_CARD,
    IMAGE_FILES,
    STYLE_BUNDLE,
    seal,
)
from satchel import open_bundle
from satchel.device.health import Health
from satchel.errors import EngineError
from satchel.inference.selection import runnable
from satchel.inference.tuned_choice import Choice, remember
from satchel.tuning.benchmark import Benched, Profile, bench, bench_default
from satchel.tuning.benchmark_card import to_markdown
from satchel.tuning.timing import Latency

BEFORE = Health(45.0, 1500.0, 1800.0, 0)
PROFILE = Profile(
    load_ms=120.04,
    first_ms=0.25,
    prepare_ms=0.024,
    latency=Latency(5000, 0.0131, 0.0272, 0.068, 10_393.4),
    peak_bytes=58 << 20,
    before=BEFORE,
    after=BEFORE._replace(temperature_c=61.5, throttled=4),
)
MEASURED = Benched("float32.tflite", "litert", "2.3.0", 1, PROFILE, None)
BROKEN = Benched("full_int8.onnx", "onnx", "1.32.0", 2, None, "its process ended by SIGSEGV: a | b")


def test_every_model_that_runs_here_is_measured(digits_path):
    results = bench(digits_path, seconds=0.05)
    assert [(each.file, each.engine) for each in results] == runnable(open_bundle(digits_path).card)
    assert {each.failure for each in results} == {None}
    assert all(each.profile.latency.calls >= 5 for each in results)


def test_a_model_and_an_engine_may_be_asked_for(digits_path):
    file, engine = runnable(open_bundle(digits_path).card)[-1]
    [found] = bench(digits_path, model=file, engine=engine, threads=2, seconds=0.05)
    assert (found.file, found.engine, found.threads) == (file, engine, 2)


def test_the_default_is_what_was_tuned(digits_path):
    assert bench_default(digits_path, seconds=0.05).threads == 1
    bundle = open_bundle(digits_path)
    file, engine = runnable(bundle.card)[-1]
    remember(Choice(file, engine, 2, 0.1, "2026-11-23"), bundle.card_digest)
    found = bench_default(digits_path, seconds=0.05)
    assert (found.file, found.engine, found.threads) == (file, engine, 2)
    assert found.profile.latency.calls >= 5


def test_a_model_that_breaks_is_a_result_with_the_reason(image_path, install_engines):
    pytest.importorskip("ai_edge_litert")
    # To the child, the bytes of the tiny bundle's models are no models.
    install_engines(litert=np.zeros(1))
    [found] = bench(image_path, model="float32.tflite", seconds=0.05)
    assert found.profile is None
    assert found.failure


def test_what_nothing_here_runs_is_refused_with_what_to_install(image_path, install_engines):
    install_engines()
    with pytest.raises(EngineError, match="pip install"):
        bench(image_path)
    with pytest.raises(EngineError, match="pip install"):
        bench_default(image_path)


@pytest.fixture
def page(load):
    return to_markdown(load(IMAGE_BUNDLE).card, [MEASURED, BROKEN])


def test_the_result_card_has_every_number_with_its_unit(page):
    for words in (
        "tiny 1.2.3 on ",
        "p50 0.013 ms, p90 0.027 ms, p99 0.068 ms",
        "10,393 inferences a second",
        "0.250 ms, after 120.0 ms of loading",
        "58.0 MiB",
        "97.00% of 100 samples, +0.25 pp lost, agreement 99.00%",
        "14 bytes",
        "litert 2.3.0, 1 thread",
        "temperature 45.0 to 61.5 °C; clock 1500 of 1800 MHz; throttled",
        "| recipe | tiny |",
        "satchel 0.1.0",
    ):
        assert words in page, words


def test_the_result_card_says_what_failed_and_what_was_never_verified(page):
    assert "failed: its process ended by SIGSEGV: a \\| b" in page
    assert "| full_int8.onnx | not verified |" in page


def test_the_result_card_is_tables_of_one_width_each(page):
    for block in page.split("\n\n"):
        if block.startswith("|"):
            widths = {line.replace("\\|", "").count("|") for line in block.splitlines()}
            assert len(widths) == 1, block


def test_a_result_card_without_any_measurement_claims_none(load):
    page = to_markdown(load(IMAGE_BUNDLE).card, [BROKEN])
    assert "Key results" not in page
    # A processor may be called so, in the headline.
    assert "| Processor |" not in page


def test_of_few_calls_the_result_card_claims_no_99th_percentile(load):
    few = PROFILE._replace(latency=PROFILE.latency._replace(calls=9, p99_ms=None))
    page = to_markdown(load(IMAGE_BUNDLE).card, [MEASURED._replace(profile=few)])
    assert "too few calls for a p99" in page


def test_images_have_decibels_and_seeds_in_the_result_card(load):
    found = MEASURED._replace(file="full_int8.tflite")
    for content, given in ((GENERATOR_BUNDLE, "seeds to 3 numbers"), (STYLE_BUNDLE, "4 x 6")):
        page = to_markdown(load(content).card, [found])
        assert "PSNR 41.2 dB over 100 images" in page
        assert given in page


def test_what_a_card_says_stays_in_its_cell(load):
    odd = IMAGE_CARD._replace(provenance={"note": "a | b\n\n# <script>"})
    page = to_markdown(load(seal(odd, IMAGE_FILES)).card, [MEASURED])
    assert "| note | a \\| b # &lt;script> |" in page
