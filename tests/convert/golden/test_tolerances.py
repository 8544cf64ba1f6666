"""What is measured of a model on golden inputs, and what follows for other processors."""

import numpy as np
import pytest

from satchel.bundle.card import ModelEntry, TensorSpec
from satchel.bundle.reading import Bundle
from satchel.inference.model import open_model
from satchel_convert.conversion.pack import draft_bundle
from satchel_convert.golden import tolerances as module
from satchel_convert.golden.plain_kernels import plain_predictions
from satchel_convert.golden.tolerances import (
    IMAGE_ALLOWANCES,
    LABEL_ALLOWANCES,
    Differences,
    measure,
    tolerances,
)
from satchel_convert.isolation import run_isolated
from satchel_convert.schemes import SCHEMES


def differences(*usual, plain=None, apart=0.0):
    plain = np.array(usual if plain is None else plain)
    return Differences(np.array(usual), plain, apart)


def entry(scheme, format_="tflite"):
    tensor = TensorSpec("float32")
    return ModelEntry(f"{scheme}.{format_}", format_, scheme, 1, tensor, tensor, {}, 0.0, "")


def test_each_vector_has_what_was_measured_there_and_the_allowance():
    found = tolerances(entry("float32"), differences(0.0, 0.0123), LABEL_ALLOWANCES)
    assert found.each == [0.0001, 0.0124]
    assert found.largest == 0.0124
    assert found.why.startswith(
        "0.012 at most where it was packed, and 0.0001 for float kernels that add in another order"
    )


def test_the_larger_one_of_both_kernels_counts():
    found = tolerances(
        entry("weight_int4"), differences(0.01, 0.03, plain=[0.02, 0.01]), LABEL_ALLOWANCES
    )
    assert found.each == pytest.approx([0.021, 0.031])


def test_what_was_measured_is_kept_for_each_kernel_that_was_at_hand():
    both = differences(0.0123456, 0.03, plain=[0.02, 1.5])
    assert tolerances(entry("full_int8"), both, LABEL_ALLOWANCES).differences == [
        [0.01235, 0.03],
        [0.02, 1.0],
    ]
    one = Differences(np.array([0.01]), None, 1.0)
    assert tolerances(entry("full_int8"), one, LABEL_ALLOWANCES).differences == [[0.01]]


@pytest.mark.parametrize(("apart", "allowed"), [(0.0, 0.008), (0.0123, 0.0123), (0.3, 0.02)])
def test_int8_kernels_are_allowed_what_two_of_them_differ_by_within_limits(apart, allowed):
    found = tolerances(entry("full_int8"), differences(0.01, apart=apart), LABEL_ALLOWANCES)
    assert found.each == pytest.approx([0.01 + allowed], rel=5e-3)  # three digits are kept
    assert f"{apart:.2g} apart here" in found.why


def test_where_the_plain_kernels_do_not_run_the_most_is_allowed_and_said():
    found = tolerances(
        entry("full_int8"), Differences(np.array([0.01]), None, 1.0), LABEL_ALLOWANCES
    )
    assert found.each == [0.03]
    assert "plain kernels do not run it" in found.why


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_an_allowance_and_no_tolerance_is_above_1(scheme):
    for by_scheme in (LABEL_ALLOWANCES, IMAGE_ALLOWANCES):
        allowance = by_scheme[scheme]
        assert 0 < allowance.least <= allowance.most < 0.05
        found = tolerances(entry(scheme), differences(0.999, apart=0.5), by_scheme)
        assert found.largest <= 1
        assert allowance.reason in found.why


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_tolerance_of_images_is_told_in_levels(scheme):
    found = tolerances(entry(scheme), differences(0.0123), IMAGE_ALLOWANCES)
    assert 0.0123 < found.largest < 0.05
    assert "level" in found.why


@pytest.fixture(scope="module")
def draft(images, conversions):
    return draft_bundle(images.folder, conversions)


def called(function, arguments):
    return function(*arguments)


def test_the_plain_kernels_of_every_model_say_nearly_the_same(draft, images):
    for entry in draft.card.models:
        content = draft.files[entry.file]
        plain = plain_predictions(entry, draft.card, content, images.inputs)
        usual = open_model(draft, file=entry.file).predict_batch(images.inputs)
        # Three levels of a uint8 probability: they may differ, and not by a fault.
        np.testing.assert_allclose(plain, usual, atol=0.012)


def test_a_model_is_measured_by_both_kernels(draft, images, monkeypatch):
    entry = draft.card.models[-1]
    found = open_model(draft, file=entry.file).predict_batch(images.inputs)
    off = found.copy()
    off[3] += np.float32([0.25, -0.25, 0])
    monkeypatch.setattr(module, "plain_predictions", lambda *_: off)
    measured = measure(draft, entry, images.inputs, expected=found, found=found, isolated=called)
    assert measured.usual.max() == 0
    assert np.flatnonzero(measured.plain).tolist() == [3]
    assert measured.apart == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize("file", ["float32.tflite", "float32.onnx"])
def test_what_the_plain_kernels_do_not_run_is_measured_by_the_usual_ones(draft, images, file):
    entry = next(model for model in draft.card.models if model.file == file)
    found = open_model(draft, file=file).predict_batch(images.inputs)
    broken = Bundle(draft.card, {**draft.files, file: b"no model"})

    measured = measure(
        broken, entry, images.inputs, expected=found, found=found, isolated=run_isolated
    )
    assert measured.plain is None
    assert measured.usual.max() == 0


@pytest.mark.parametrize(
    ("format_", "engine", "share"), [("tflite", "litert", 0.25), ("onnx", "onnx", 1.25)]
)
def test_the_mean_may_be_a_share_of_what_both_kernels_are_apart(format_, engine, share):
    measured = differences(0.1, 0.1, plain=[0.14, 0.12], apart=0.5)
    found = tolerances(entry("full_int8", format_), measured, LABEL_ALLOWANCES)
    assert found.means == pytest.approx({engine: share * 0.03}, rel=5e-3)  # three digits are kept


def test_where_kernels_differ_on_many_vectors_a_third_kind_is_allowed_more():
    seldom = differences(*[0.1] * 10, plain=[0.13, *[0.1] * 9], apart=0.5)
    assert tolerances(entry("full_int8"), seldom, LABEL_ALLOWANCES).each[1] == pytest.approx(0.12)
    often = differences(*[0.1] * 10, plain=[0.11] * 10, apart=0.5)
    assert tolerances(entry("full_int8"), often, LABEL_ALLOWANCES).each[1] == pytest.approx(0.16)


def test_the_mean_may_be_half_a_level_of_int8_at_least():
    found = tolerances(entry("full_int8"), differences(0.1), LABEL_ALLOWANCES)
    assert found.means == {"litert": 0.002}


def test_without_plain_kernels_and_for_images_the_mean_has_no_tolerance():
    one = Differences(np.array([0.01]), None, 1.0)
    assert tolerances(entry("full_int8"), one, LABEL_ALLOWANCES).means == {}
    assert tolerances(entry("full_int8"), differences(0.1), IMAGE_ALLOWANCES).means == {}


def test_no_tolerance_is_above_one():
    apart = differences(0.0, plain=[1.0], apart=1.0)
    found = tolerances(entry("full_int8", "onnx"), apart, LABEL_ALLOWANCES)
    assert found.means == {"onnx": 1.0}
