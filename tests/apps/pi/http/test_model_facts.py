"""What the page says of a model before it runs."""

import doctest

import pytest

from helpers.services import ZOO
from satchel.bundle import open_bundle
from satchel_pi.http import model_facts
from satchel_pi.http.loaded_model import LoadOptions, load_bundle
from satchel_pi.http.model_facts import accuracy_of, verification_of, wilson


def test_the_interval_is_wilsons():
    # Computed with scipy.stats.binomtest(9853, 10000).proportion_ci(method="wilson").
    assert wilson(0.9853, 10_000) == pytest.approx((0.982748, 0.987479), abs=1e-6)
    assert wilson(1.0, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)
    assert wilson(0.0, 1) == pytest.approx((0.0, 0.793450), abs=1e-6)


def test_the_example_is_right():
    found = doctest.testmod(model_facts)
    assert (found.failed, found.attempted) == (0, 1)


def test_the_accuracy_is_that_of_the_file_that_runs():
    model = load_bundle(open_bundle(ZOO / "mnist.satchel"), LoadOptions())
    found = accuracy_of(model)
    assert (found.share, found.samples) == (0.9853, 10_000)
    assert verification_of(model).startswith("98.53% of 10,000 samples")


def test_a_model_that_makes_images_or_states_nothing_has_no_accuracy():
    model = load_bundle(open_bundle(ZOO / "faces.satchel"), LoadOptions())
    assert accuracy_of(model) is None
    assert "dB over" in verification_of(model)
    bare = tuple(each._replace(verified=None) for each in model.card.models)
    model.bundle = model.bundle._replace(card=model.card._replace(models=bare))
    assert (accuracy_of(model), verification_of(model)) == (None, "")
