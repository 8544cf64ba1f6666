"""MLPerf Tiny's models of persons and of keywords, which Keras 2 wrote, convert.

The peers are the published int8 file in LiteRT for persons, and TensorFlow's session, which runs a
SavedModel without Keras, for keywords.
"""

import numpy as np
import pytest

from helpers.mlperf_tiny import agreement, bundle_scores, litert_scores, photographs, write_samples
from helpers.world_files import WORLD, needs_world_files
from satchel import ImageClassifier
from satchel_convert import ImageSettings, convert

pytestmark = needs_world_files

PERSONS = ("no person", "person")
KEYWORDS = (
    *("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"),
    *("silence", "unknown"),
)
STEP, ZERO = 0.5847, 211
"""A spectrum's value is STEP * (level - ZERO): all that the published int8 file takes"""


def saved_model_scores(folder, inputs):
    """Return what TensorFlow's session says of ``inputs``, float32 (n, labels)."""
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
        signature = loaded.signature_def["serving_default"]
        (inside,), (outside,) = signature.inputs.values(), signature.outputs.values()
        return session.run(outside.name, {inside.name: inputs})


def test_persons_convert_and_agree_with_the_published_int8(tmp_path):
    pixels = photographs(height=96, width=96)
    published = litert_scores("vww_96_int8.tflite", pixels, scale=1 / 255)
    paths = write_samples(tmp_path / "evaluation", pixels, published, PERSONS)
    converted = convert(
        WORLD / "keras" / "vww_96.h5",
        labels=PERSONS,
        evaluation=tmp_path / "evaluation",
        images=ImageSettings(mean=(0.0,), std=(255.0,)),
        formats=["onnx"],
        schemes=["float32"],
    )
    found = bundle_scores(ImageClassifier(converted.bundle), paths)
    # One probability of int8 is a step of 1/256; 99 % and 0.018 were measured with Keras 2.
    assert agreement(found, published) > 0.97
    assert np.abs(found - published).mean() < 0.03
    assert converted.report.reference_accuracy == pytest.approx(agreement(found, published))


def test_keywords_convert_and_say_what_their_saved_model_says(tmp_path):
    shades = photographs(height=49, width=10, mode="L")
    # Quiet sounds: of loud ones, with the whole range, it says "unknown" only.
    pixels = np.round(ZERO + (shades.astype(np.float32) - 128) / 8).astype(np.uint8)
    spectra = np.float32(STEP) * (pixels.astype(np.float32)[..., np.newaxis] - ZERO)
    published = saved_model_scores(WORLD / "keras" / "kws_ref_model", spectra)
    assert len(set(published.argmax(1))) > 1
    paths = write_samples(tmp_path / "evaluation", pixels, published, KEYWORDS)
    converted = convert(
        WORLD / "keras" / "kws_ref_model",
        labels=KEYWORDS,
        evaluation=tmp_path / "evaluation",
        images=ImageSettings(mean=(float(ZERO),), std=(1 / STEP,)),
        schemes=["float32"],
    )
    for name in ("float32.onnx", "float32.tflite"):
        found = bundle_scores(ImageClassifier(converted.bundle, model=name), paths)
        # Sums of float32 in another order, of inputs up to 114.
        np.testing.assert_allclose(found, published, atol=1e-4, err_msg=name)
