from dataclasses import replace

import numpy as np
import pytest

import satchel.inference.model
from helpers.model_folders import BANDS_CARD
from satchel.bundle.card import ModelEntry, TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import Bundle
from satchel.engines.fake import FakeEngine
from satchel.errors import EngineError
from satchel_convert.model_folder import deployed_card
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.schemes import FLOAT_SCHEMES, SCHEMES
from satchel_convert.verification import predictions
from satchel_convert.verification.limits import ImageLimits, LabelLimits
from satchel_convert.verification.verify import verify

NO_LIMITS = LabelLimits(
    float32_difference=1, float16_difference=1, int8_agreement=0, margin_points=100
)
REFERENCE = np.float32([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
TRUTH = np.array([0, 0, 0, 1])
ROUNDED = [scheme for scheme in SCHEMES if scheme not in FLOAT_SCHEMES]


def entry(scheme, output=TensorSpec("float32")):  # noqa: B008 - frozen
    return ModelEntry(
        file=f"{scheme}.tflite",
        format="tflite",
        scheme=scheme,
        size_bytes=1,
        input=TensorSpec("float32"),
        output=output,
        needs={"litert": "1.0"},
        golden_tolerance=0.0,
        golden_tolerance_why="",
    )


def inputs_of(bundle):
    """Return four black images for the bundle's models."""
    return SampleInputs(np.zeros((4, 2, 2, 3), np.uint8), bundle.card)


@pytest.fixture
def bundle():
    """A bundle of one model a scheme, of which an engine never sees the bytes."""
    entries = tuple(entry(scheme) for scheme in SCHEMES)
    card = deployed_card(BANDS_CARD)._replace(
        input=ImageInput(2, 2),
        output=LabelOutput(("no", "yes")),
        models=entries,
    )
    return Bundle(card, {each.file: each.file.encode() for each in entries})


@pytest.fixture
def prediction(monkeypatch):
    """Return a function that makes every model give the same scores."""

    def prediction(scores):
        engine = FakeEngine(np.float32([scores]))
        monkeypatch.setattr(satchel.inference.model, "open_engine", lambda *_, **__: engine)
        return engine

    return prediction


def check(bundle, limits=NO_LIMITS, *, reference=REFERENCE, truth=TRUTH):
    return verify(bundle, inputs_of(bundle), reference=reference, truth=truth, limits=limits)


def test_accuracy_drop_agreement_and_difference_are_those_of_the_scores(bundle, prediction):
    prediction([0.5, 0.5])
    found = check(bundle)
    assert (found.samples, found.reference_accuracy) == (4, 1.0)
    assert [each.entry.file for each in found.findings] == [f"{each}.tflite" for each in SCHEMES]
    for each in found.findings:
        # A tie is the first label's: three of four samples are right.
        assert each.verified.samples == 4
        assert each.verified.accuracy == 0.75
        assert each.verified.drop_points == 25.0
        assert each.verified.agreement == 0.75
        assert each.verified.largest_difference == pytest.approx(0.4, abs=1e-3)  # three digits
        signal, noise = np.square(REFERENCE).sum(), np.square(REFERENCE - 0.5).sum()
        # Two decimals are kept.
        assert each.verified.sqnr_db == pytest.approx(10 * np.log10(signal / noise), abs=0.005)
        assert each.engine == "litert"
        assert each.failures == ()


def test_a_model_better_than_the_float_model_has_a_negative_drop(bundle, prediction):
    prediction([0.1, 0.9])
    found = check(bundle, truth=np.array([1, 1, 1, 1]))
    assert found.reference_accuracy == 0.25
    assert found.findings[0].verified.drop_points == -75.0


def test_a_model_without_any_difference_has_no_ratio_to_noise(bundle, prediction):
    prediction(REFERENCE[0].tolist())
    found = check(bundle, reference=np.repeat(REFERENCE[:1], 4, axis=0))
    assert found.findings[0].verified.sqnr_db is None
    assert found.findings[0].verified.largest_difference == 0


def test_a_planted_wrong_reference_is_noticed(bundle, prediction):
    prediction([0.9, 0.1])
    found = check(bundle, LabelLimits(), reference=REFERENCE[:, ::-1])
    assert all(each.failures for each in found.findings)


@pytest.mark.parametrize(
    ("limit", "failing", "words"),
    [
        ({"float32_difference": 0.3}, ["float32"], "a probability differs by 0.4, more than 0.3"),
        (
            {"float16_difference": 0.27},
            ["float16"],
            "probabilities differ by 0.274 (root mean square), more than 0.27",
        ),
        (
            {"int8_agreement": 0.8},
            ["float16", *ROUNDED],
            "agreement 75.00% is below 80.00%",
        ),
        (
            {"margin_points": 24.9},
            ["float16", *ROUNDED],
            # Four samples say nothing.
            "accuracy drops 25.00 pp (95 %: -100.00 to 100.00; margin 24.9),"
            " too close to the margin for any number of samples",
        ),
    ],
)
def test_each_limit_fails_its_schemes_and_no_other(limit, failing, words, bundle, prediction):
    prediction([0.5, 0.5])
    found = check(bundle, replace(NO_LIMITS, **limit))
    failures = {each.entry.scheme: each.failures for each in found.findings}
    assert failures == {scheme: (words,) if scheme in failing else () for scheme in SCHEMES}


def test_what_the_samples_do_not_decide_fails_only_where_it_is_strict(bundle, prediction):
    prediction([0.5, 0.5])
    lenient = replace(NO_LIMITS, margin_points=30)
    assert not any(each.failures for each in check(bundle, lenient).findings)
    found = check(bundle, replace(lenient, strict=True))
    failing = {each.entry.scheme: each.failures for each in found.findings if each.failures}
    assert failing.keys() == {"float16", *ROUNDED}
    assert "more samples like these would decide it" in failing["full_int8"][0]


def test_a_model_exactly_at_its_limits_passes(bundle, prediction):
    prediction([0.5, 0.5])
    # 0.4 in float32, with the three digits that are kept.
    limits = LabelLimits(0.4, 0.4, int8_agreement=0.75, margin_points=25.0)
    assert not any(each.failures for each in check(bundle, limits).findings)


def test_both_limits_of_int8_are_told_together(bundle, prediction):
    prediction([0.5, 0.5])
    by_scheme = {each.entry.scheme: each for each in check(bundle, LabelLimits()).findings}
    assert len(by_scheme["full_int8"].failures) == 2


def test_latency_is_positive_milliseconds(bundle, prediction):
    prediction([0.5, 0.5])
    # A fake answers in microseconds; a unit too many would be above a second.
    assert all(0 < each.latency_ms < 1000 for each in check(bundle).findings)


def test_each_sample_goes_in_alone_as_the_card_says(bundle, prediction):
    engine = prediction([0.5, 0.5])
    check(bundle)
    assert len(engine.inputs) == 4 * len(SCHEMES)
    assert {(each.dtype.name, each.shape) for each in engine.inputs} == {("float32", (1, 2, 2, 3))}


def test_progress_is_told_by_samples(bundle, prediction, monkeypatch):
    prediction([0.5, 0.5])
    monkeypatch.setattr(predictions, "SHARD_SAMPLES", 3)
    done = []
    verify(
        bundle,
        inputs_of(bundle),
        reference=REFERENCE,
        truth=TRUTH,
        limits=NO_LIMITS,
        on_done=lambda *each: done.append(each),
    )
    assert done == [(3, 4), (4, 4)]


def test_a_score_that_is_not_finite_is_an_error(bundle, prediction):
    prediction([np.nan, 0.5])
    with pytest.raises(EngineError, match="finite"):
        check(bundle)


@pytest.fixture
def painters(bundle):
    """The same models, of a bundle that makes images."""
    card = bundle.card._replace(task="style-transfer", output=ImageOutput(2, 2))
    return bundle._replace(card=card)


def check_images(bundle, reference, limits=ImageLimits()):  # noqa: B008 - frozen
    return verify(bundle, inputs_of(bundle), reference=reference, truth=None, limits=limits)


def test_ratios_and_difference_are_those_of_the_pixels(painters, prediction):
    prediction(np.full((2, 2, 3), 100))
    reference = np.full((4, 2, 2, 3), 100, np.uint8)
    reference[1] = 110
    reference[2, 0, 0, 0] = 90
    found = check_images(painters, reference)
    assert (found.samples, found.reference_accuracy) == (4, None)
    for each in found.findings:
        assert each.verified.samples == 4
        # Two decimals are kept.
        square_of_all = (12 * 10**2 + 10**2) / 48
        expected = 10 * np.log10(255**2 / square_of_all)
        assert each.verified.psnr_db == pytest.approx(expected, abs=0.005)
        assert each.verified.worst_psnr_db == pytest.approx(20 * np.log10(25.5), abs=0.005)
        assert each.verified.largest_difference == 10 / 255


def test_images_that_are_the_same_have_no_ratio_and_pass_every_limit(painters, prediction):
    prediction(np.full((2, 2, 3), 100))
    limits = ImageLimits(0, 0, psnr_db=100)
    found = check_images(painters, np.full((4, 2, 2, 3), 100, np.uint8), limits)
    for each in found.findings:
        assert (each.verified.psnr_db, each.verified.worst_psnr_db) == (None, None)
        assert each.failures == ()


@pytest.mark.parametrize(
    ("level", "failing"),
    [
        (101, set()),
        (102, {"float32"}),
        (103, {"float32"}),
        (104, {"float32", "float16"}),
        # 25 dB are 14.3 levels.
        (114, {"float32", "float16"}),
        (115, set(SCHEMES)),
    ],
)
def test_each_scheme_of_images_has_its_limit_in_levels_or_decibel(
    painters, prediction, level, failing
):
    prediction(np.full((2, 2, 3), 100))
    reference = np.full((4, 2, 2, 3), 100, np.uint8)
    reference[3] = level
    found = check_images(painters, reference)
    assert {each.entry.scheme for each in found.findings if each.failures} == failing


def test_a_limit_of_images_that_is_exceeded_is_told_in_words(painters, prediction):
    prediction(np.zeros((2, 2, 3)))
    found = check_images(painters, np.full((4, 2, 2, 3), 255, np.uint8))
    failures = {each.entry.scheme: each.failures for each in found.findings}
    assert failures["float32"] == ("a pixel differs by 1, more than 0.00392",)
    assert failures["full_int8"] == ("PSNR 0.00 dB of the worst image is below 25",)
