import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from helpers.float_files import (
    LABELS,
    MEAN,
    STD,
    of_ir_version_3,
    onnx_classifier,
    onnx_scores,
    softmax,
    tflite_classifier,
    tflite_scores,
    write_pictures,
)
from satchel import ImageClassifier
from satchel_convert import convert, explain
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.schemes import SCHEMES
from satchel_convert.settings import ImageSettings

IMAGES = ImageSettings(mean=tuple(map(float, MEAN)), std=tuple(map(float, STD)))
SAME = 1e-4  # float32 sums in another order, through a softmax
CLOSE = {
    "float32": SAME,
    "float16": 5e-3,  # weights of 11 bits
    "dynamic_int8": 0.08,  # weights and activations of 8 bits, logits up to about 8
    "full_int8": 0.1,
    "int16x8": 0.05,
    "mixed_int8": 0.1,
    "weight_int8": 0.02,  # weights of 8 bits, a scale for each channel
    "weight_int4": 0.15,  # weights of 4 bits: a weight of 0.1 beside one of 4 becomes 0
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    evaluation = write_pictures(folder / "evaluation", each=12, seed=1)
    return evaluation, write_pictures(folder / "calibration", each=8, seed=2)


@pytest.fixture(scope="module")
def converted(pictures, tmp_path_factory):
    """The bundles of an .onnx and a .tflite in every scheme, beside their contents."""
    folder = tmp_path_factory.mktemp("models")
    made = {}
    contents = {"onnx": onnx_classifier(), "tflite": tflite_classifier()}
    for format_, content in contents.items():
        path = folder / f"colours.{format_}"
        path.write_bytes(content)
        conversion = convert(
            path,
            labels=list(LABELS),
            evaluation=pictures[0],
            calibration=pictures[1],
            images=IMAGES,
            schemes=SCHEMES,
        )
        made[format_] = content, conversion
    return made


SCORES = {"onnx": onnx_scores, "tflite": tflite_scores}


@pytest.mark.parametrize("format_", ["onnx", "tflite"])
def test_a_float_file_converts_to_every_scheme_of_its_own_format(converted, format_):
    _, conversion = converted[format_]
    rows = {row.file: row.failures for row in conversion.report.rows}
    assert set(rows) == {f"{scheme}.{format_}" for scheme in SCHEMES}
    assert not any(rows.values()), rows


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("format_", ["onnx", "tflite"])
def test_its_models_say_what_the_unchanged_file_says(converted, pictures, format_, scheme):
    content, conversion = converted[format_]
    classifier = ImageClassifier(conversion.bundle, model=f"{scheme}.{format_}")
    for path in sorted(pictures[0].rglob("*.png"))[::5]:
        expected = SCORES[format_](content, path)
        found = {each.label: each.score for each in classifier.classify(path)}
        scores = np.array([found[label] for label in LABELS])
        np.testing.assert_allclose(scores, expected, rtol=0, atol=CLOSE[scheme])


@pytest.mark.parametrize("format_", ["onnx", "tflite"])
def test_the_bundle_says_what_it_was_made_from(converted, format_):
    _, conversion = converted[format_]
    provenance = conversion.bundle.card.provenance
    assert provenance["source"] == f"float32 .{format_} file, unchanged"
    assert provenance["model"]
    assert conversion.bundle.card.input.scale == (1.0,)


@pytest.mark.parametrize("opset", [7, 9, 13])
def test_a_file_of_ir_version_3_converts(pictures, tmp_path, opset):
    content = of_ir_version_3(onnx_classifier(batch=1, opset=opset))
    path = tmp_path / "colours.onnx"
    path.write_bytes(content)
    conversion = convert(
        path,
        labels=list(LABELS),
        evaluation=pictures[0],
        calibration=pictures[1],
        images=IMAGES,
        schemes=["float32", "full_int8"],
    )
    assert len(conversion.report.rows) == 2
    for row in conversion.report.rows:
        assert not row.failures
        classifier = ImageClassifier(conversion.bundle, model=row.file)
        for picture in sorted(pictures[0].rglob("*.png"))[::5]:
            expected = onnx_scores(content, picture)
            found = classifier.scores(picture)
            atol = CLOSE[row.file.removesuffix(".onnx")]
            np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("format_", ["onnx", "tflite"])
def test_its_bundle_is_explained_by_the_kept_folder(pictures, tmp_path, format_):
    path = tmp_path / f"colours.{format_}"
    path.write_bytes(onnx_classifier() if format_ == "onnx" else tflite_classifier())
    conversion = convert(
        path,
        labels=["red", "green", "blue"],
        evaluation=pictures[0],
        calibration=pictures[1],
        images=IMAGES,
        schemes=["full_int8"],
        keep=tmp_path / "kept",
        accept_accuracy=True,
    )
    found = explain(conversion.bundle, samples=tmp_path / "kept")
    assert found.file == f"full_int8.{format_}"
    # The list of labels is reversed, which is the same as blue for red.
    assert found.findings[0].kind in ("label order", "preprocessing")
    assert "right about 100.0% of 36 samples" in found.findings[0].sentence
    assert bool(found.layers) == (format_ == "tflite")


def test_the_other_format_is_refused(pictures, tmp_path):
    path = tmp_path / "colours.onnx"
    path.write_bytes(onnx_classifier())
    with pytest.raises(ConversionError, match=r"Expected the format onnx for 'colours\.onnx', got"):
        convert(
            path,
            labels=list(LABELS),
            evaluation=pictures[0],
            images=IMAGES,
            formats=["tflite"],
            schemes=["float32"],
        )


def test_a_quantized_file_is_refused(converted, pictures, tmp_path):
    _, conversion = converted["onnx"]
    path = tmp_path / "small.onnx"
    path.write_bytes(conversion.bundle.files["full_int8.onnx"])
    with pytest.raises(ConversionError, match=r"quantized already \(full_int8\): use satchel pack"):
        convert(path, labels=list(LABELS), evaluation=pictures[0])


def test_a_file_without_labels_is_refused(tmp_path):
    path = tmp_path / "colours.onnx"
    path.write_bytes(onnx_classifier())
    with pytest.raises(ModelFolderError, match="Expected labels and evaluation for 'colours"):
        convert(path)


def test_what_pytorch_exports_converts_with_the_weights_in_a_file_beside_it(tmp_path):
    # torch.onnx.export of torch 2.13.0, with its defaults: a BatchNormalization, no activation at
    # the end, a fixed batch of 1, weights in pytorch_cnn.onnx.data.
    path = Path(__file__).parent / "pytorch_cnn.onnx"
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(3)
    labels = ["first", "second", "third"]
    evaluation = tmp_path / "evaluation"
    expected = {}
    for at in range(9):
        coarse = random.integers(0, 256, (3, 4, 3)).astype(np.uint8)
        pixels = np.asarray(Image.fromarray(coarse).resize((32, 24)))
        tensor = (pixels.astype(np.float32) / 255).transpose(2, 0, 1)[np.newaxis]
        (logits,) = session.run(None, {session.get_inputs()[0].name: tensor})
        name = labels[int(logits[0].argmax())]
        place = evaluation / name / f"{at}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)
        expected[place] = softmax(logits[0])
    for label in labels:
        (evaluation / label).mkdir(exist_ok=True)
    conversion = convert(
        path,
        labels=labels,
        evaluation=evaluation,
        images=ImageSettings(mean=(0.0,), std=(255.0,)),
        schemes=["float32", "dynamic_int8"],
        accept_accuracy=True,
    )
    classifier = ImageClassifier(conversion.bundle, model="float32.onnx")
    for place, scores in expected.items():
        found = {each.label: each.score for each in classifier.classify(place)}
        np.testing.assert_allclose([found[each] for each in labels], scores, rtol=0, atol=SAME)
    # Exporters note paths of their author's machine in each node.
    assert not re.search(rb"/site-packages/", conversion.bundle.files["float32.onnx"])
