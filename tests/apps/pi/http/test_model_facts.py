"""What the page says of a model before it runs."""

import doctest

import pytest

from helpers.policies import fingerprint_of, line_of, signed_by, write_policy
from helpers.services import ZOO, running
from satchel.bundle import new_key_pair, open_bundle
from satchel_pi.http import model_facts
from satchel_pi.http.loaded_model import LoadOptions, load_bundle
from satchel_pi.http.model_facts import accuracy_of, verification_of, wilson
from satchel_pi.http.service import Service
from satchel_pi.http.worker_pool import WorkerPool, thread_workers


def test_the_interval_is_wilsons():
    # Computed with scipy.stats.binomtest(9853, 10000).proportion_ci(method="wilson").
    assert wilson(0.9853, 10_000) == pytest.approx((0.982748, 0.987479), abs=1e-6)
    assert wilson(1.0, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)
    assert wilson(0.0, 1) == pytest.approx((0.0, 0.793450), abs=1e-6)


def page_with(bundle):
    loaded = load_bundle(bundle, LoadOptions())
    pool = WorkerPool(thread_workers(1), waiting=1)
    with running(Service({loaded.name: loaded}, {}, pool)) as started:
        return started.get("/").content.decode()


def test_the_page_says_who_signed_a_bundle_and_which_policy_lets_it_in(tmp_path, monkeypatch):
    ours = new_key_pair("release key of <ops>")
    path = tmp_path / "signed.satchel"
    path.write_bytes(signed_by(ours, (ZOO / "mnist.satchel").read_bytes()))
    page = page_with(open_bundle(path))
    assert f"<code>{fingerprint_of(ours)}</code>" in page
    assert "None on this device" in page
    place = write_policy(tmp_path / "policy.toml", f"[[keys]]\nkey = {line_of(ours)}\n")
    monkeypatch.setenv("SATCHEL_POLICY", str(place))
    page = page_with(open_bundle(path))
    assert f"{place}: signed by {fingerprint_of(ours)} (release key of &lt;ops&gt;)" in page


def test_the_page_says_that_nobody_signed_a_bundle_and_how_accurate_it_is():
    page = page_with(open_bundle(ZOO / "mnist.satchel"))
    assert "Not signed" in page
    words = page.replace("\u00a0", " ")
    assert "98.6 % of 10,000 samples" in words
    # Computed with scipy.stats.binomtest(9856, 10000).proportion_ci(method="wilson").
    assert "95 % interval: 98.3 % to 98.8 %" in words


def test_the_example_is_right():
    found = doctest.testmod(model_facts)
    assert (found.failed, found.attempted) == (0, 1)


def test_the_accuracy_is_that_of_the_file_that_runs():
    model = load_bundle(open_bundle(ZOO / "mnist.satchel"), LoadOptions())
    found = accuracy_of(model)
    assert (found.share, found.samples) == (0.9856, 10_000)
    assert verification_of(model).startswith("98.56% of 10,000 samples")


def test_a_model_that_makes_images_or_states_nothing_has_no_accuracy():
    model = load_bundle(open_bundle(ZOO / "faces.satchel"), LoadOptions())
    assert accuracy_of(model) is None
    assert "dB over" in verification_of(model)
    bare = tuple(each._replace(verified=None) for each in model.card.models)
    model.bundle = model.bundle._replace(card=model.card._replace(models=bare))
    assert (accuracy_of(model), verification_of(model)) == (None, "")
