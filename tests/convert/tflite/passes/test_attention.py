"""Attention of Keras runs in XNNPACK alone, in every form in which Keras writes it."""

import functools

import numpy as np
import pytest

from helpers.attention_models import texts, transformer
from helpers.tflite_engine import outputs, partition
from satchel_convert.schemes import BACKENDS, ONLY
from satchel_convert.tflite.converter import to_tflite
from satchel_convert.tflite.passes.plan import FASTER, PASSES
from satchel_convert.tflite.passes.run import run_passes

SCHEMES = ("float32", "float16", "dynamic_int8", "weight_int4")
"""The schemes whose activations are floats"""
FORMS = {
    "dropout, as KerasHub": {},
    "no dropout": {"dropout": 0.0},
    "causal": {"causal": True},
    "a mask of Keras's own": {"mask": "automatic"},
    "a mask of Keras's own, one head": {"mask": "automatic", "heads": 1},
    "no mask": {"mask": "none"},
}


@functools.cache
def unfinished(form, scheme):
    backend = BACKENDS.get(("tflite", scheme), ONLY)[0]
    model = transformer(**FORMS[form])
    return to_tflite(model, scheme=scheme, calibration=None, backend=backend)


def finished(form, scheme):
    backend = BACKENDS.get(("tflite", scheme), ONLY)[0]
    return run_passes(unfinished(form, scheme), PASSES[scheme, backend])


@pytest.mark.parametrize("form", FORMS)
def test_no_matrix_of_all_words_is_left_outside(form):
    before, after = (partition(each(form, "float32")) for each in (unfinished, finished))
    assert after.delegates == 1
    # One small choice is left that makes the mask for all layers, and one that looks up words.
    chosen = after.outside.count("SELECT_V2")
    assert chosen == (0 if "no mask" in form else 1)
    assert before.delegates + before.outside.count("SELECT_V2") >= after.delegates + chosen
    assert ("no mask" in form) == (before.delegates == after.delegates)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("form", ["dropout, as KerasHub", "no dropout", "causal"])
def test_every_scheme_with_float_activations_gains(form, scheme):
    before, after = (partition(each(form, scheme)) for each in (unfinished, finished))
    assert after.delegates < before.delegates
    assert after.outside.count("SELECT_V2") == 1 < before.outside.count("SELECT_V2")


@pytest.mark.parametrize("form", FORMS)
def test_every_text_keeps_its_answer(form):
    expected = outputs(unfinished(form, "float32"), *texts())
    found = outputs(finished(form, "float32"), *texts())
    assert np.isfinite(expected).all()
    # Two blocks of sums in another order: some roundings of 2**-24 of shares up to 1.
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 0.05


@pytest.mark.parametrize("scheme", SCHEMES[1:])
@pytest.mark.parametrize("form", ["dropout, as KerasHub", "no dropout", "causal"])
def test_every_scheme_keeps_its_answers(form, scheme):
    if scheme == "weight_int4":
        # quantize_embeddings stores the words in fewer bits, which is another pass.
        others = [each for each in PASSES[scheme, "min_max"] if "embeddings" in each.__module__]
        source = run_passes(unfinished(form, scheme), others)
    else:
        source = unfinished(form, scheme)
    expected = outputs(source, *texts())
    # A rounding apart, an int8 activation may be one level apart, 1/127 of a row's largest.
    atol = 2e-2 if scheme == "dynamic_int8" else 1e-5
    np.testing.assert_allclose(outputs(finished(form, scheme), *texts()), expected, atol=atol)


@pytest.mark.filterwarnings(r"ignore:Warning. Enabling .experimental_preserve_all_tensors")
def test_attention_between_int8_layers_keeps_its_levels():
    model = transformer(blocks=1)
    scheme, backend = "full_int8", "ai_edge_quantizer"
    calibration = np.concatenate([*texts()][2:])
    source = to_tflite(model, scheme=scheme, calibration=calibration, backend=backend)
    others = [each for each in PASSES[scheme, backend] if each not in FASTER]
    before, after = run_passes(source, others), run_passes(source, PASSES[scheme, backend])
    assert partition(after).delegates < partition(before).delegates
    # A level of the answer is 1/256; another rounding before a layer moves it by one at most.
    expected, found = (outputs(each, *texts()).astype(float) for each in (before, after))
    np.testing.assert_allclose(found, expected, atol=1 / 256)
    assert np.ptp(expected, axis=0).max() > 4 / 256


def test_a_network_without_attention_stays_as_it_is(unfinished_tflite):
    for kind in ("pictures", "texts", "faces", "styles"):
        model = unfinished_tflite(kind, "float32", "only")
        assert run_passes(model, FASTER) == run_passes(model, [])
