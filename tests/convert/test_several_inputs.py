"""Keras models with the inputs of BERT, from their raw texts to both formats."""

import numpy as np
import pytest

from helpers.bert_models import (
    LENGTH,
    NAMES,
    REVIEWS_CARD,
    WORDPIECES,
    bert_model,
    write_bert_opinions,
)
from helpers.model_folders import opinions
from satchel import TextClassifier
from satchel.bundle.text_input import TextInput
from satchel_convert import convert
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.float_models.predictions import reference_predictions
from satchel_convert.keras_models.saved_model import open_saved_model
from satchel_convert.model_folder import prepare
from satchel_convert.settings import TextSettings

pytestmark = [
    # Keras's patch of tf2onnx for NumPy 2 asks for a name that NumPy reserves.
    pytest.mark.filterwarnings(
        r"ignore:In the future `np.object` will:FutureWarning:keras\.src\.export\.tf2onnx_lib"
    ),
]
SCHEMES = ("float32", "dynamic_int8", "full_int8", "int16x8", "mixed_int8")
TOLERANCES = {
    "float32": 1e-5,  # float32 sums in another order
    "dynamic_int8": 0.03,  # weights and activations of 8 bits, through a softmax
    "int16x8": 0.03,
    "full_int8": 0.15,
    "mixed_int8": 0.15,
}
TEXTS = ["A great film!", "the plots, badly awful", "Bad number " * 20, "", "great bad"]
HUGGING_FACE = ("input_ids", "attention_mask", "token_type_ids")
WORDS = "<PAD> 0\n<START> 1\n<UNKNOWN> 2\nthe 3\nfilm 4\nplot 5\ngreat 7\ngood 8\nawful 9\nbad 10\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_bert_opinions(tmp_path_factory.mktemp("bert") / "opinions")


@pytest.fixture(scope="module")
def converted(folder):
    return convert(folder.path, schemes=SCHEMES)


def test_every_scheme_of_both_formats_passes(converted):
    rows = {row.file: row.failures for row in converted.report.rows}
    assert set(rows) == {f"{scheme}.{end}" for scheme in SCHEMES for end in ("tflite", "onnx")}
    assert not any(rows.values()), rows


@pytest.mark.parametrize("format_", ["tflite", "onnx"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_its_models_say_what_keras_says_of_raw_texts(folder, converted, format_, scheme):
    classifier = TextClassifier(converted.bundle, model=f"{scheme}.{format_}")
    ids, mask, segments = np.moveaxis(prepare(folder.folder, TEXTS), 1, 0)
    expected = np.asarray(folder.model([ids, mask, segments], training=False))
    found = np.stack([classifier.scores(text) for text in TEXTS])
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCES[scheme])


def test_each_file_says_which_row_each_of_its_inputs_reads(converted):
    from satchel_convert.onnx.graphs import input_names as onnx_names
    from satchel_convert.tflite.flatbuffer import input_names, read_tree

    tensors = ("ids", "mask", "segment_ids")
    for entry in converted.bundle.card.models:
        content = converted.bundle.files[entry.file]
        is_onnx = entry.format == "onnx"
        names = onnx_names(content) if is_onnx else input_names(read_tree(content))
        assert [tensors[row] for row in entry.input.rows] == names
        assert entry.input.dtype == "int32"


@pytest.mark.parametrize(
    "model",
    [
        {"names": HUGGING_FACE, "as_mapping": True},
        {"names": ("token_ids", "padding_mask"), "dtype": "int64"},
        {"names": ("input_word_ids", "input_mask", "input_type_ids"), "order": (2, 0, 1)},
    ],
    ids=["mapping", "two", "order"],
)
def test_inputs_are_found_by_name_whatever_their_form(tmp_path, model):
    tensors = ("ids", "mask", "segments")[: len(model["names"])]
    card = REVIEWS_CARD._replace(input=REVIEWS_CARD.input._replace(tensors=tensors))
    tiny = write_bert_opinions(tmp_path / "folder", model=bert_model(**model), card=card)
    bundle = convert(tiny.path, schemes=["float32"]).bundle
    for entry in bundle.card.models:
        classifier = TextClassifier(bundle, model=entry.file)
        inputs = prepare(tiny.folder, TEXTS)
        expected = reference_predictions(tiny.folder.model_path, card, inputs)
        found = np.stack([classifier.scores(text) for text in TEXTS])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    # The same weights give the same answers under every name: the rows are not mixed up.
    usual = bert_model(NAMES[: len(tensors)])
    fed = [inputs[:, row] for row in range(len(tensors))]
    np.testing.assert_allclose(expected, np.asarray(usual(fed, training=False)), atol=1e-6)


def test_a_card_may_have_its_tensors_in_another_order(tmp_path):
    text = REVIEWS_CARD.input._replace(tensors=("ids", "segments", "mask"))
    card = REVIEWS_CARD._replace(input=text)
    tiny = write_bert_opinions(tmp_path / "folder", card=card)
    conversion = convert(tiny.path, schemes=["float32", "full_int8"])
    assert not any(row.failures for row in conversion.report.rows)
    classifier = TextClassifier(conversion.bundle, model="float32.onnx")
    assert classifier.classify("a great film")[0].label == "positive"


def test_a_model_whose_inputs_are_not_the_card_s_is_refused_by_name(tmp_path):
    text = REVIEWS_CARD.input._replace(tensors=("ids", "mask"))
    with pytest.raises(ConversionError, match="Expected ids, mask of its card as input, got ids, "):
        write_bert_opinions(tmp_path / "folder", card=REVIEWS_CARD._replace(input=text))


def write_own(folder):
    """Lay labels, words and samples out beside a model, and return the settings of ``convert``."""
    (folder / "words.txt").write_text(WORDS)
    for part, count in (("calibration", 8), ("evaluation", 18)):
        rows = "".join(f'"{text}",{label}\n' for text, label in opinions(part, count))
        (folder / f"{part}.csv").write_text(f"text,label\n{rows}")
    return {
        "labels": ["negative", "positive"],
        "evaluation": folder / "evaluation.csv",
        "calibration": folder / "calibration.csv",
        "texts": TextSettings(vocabulary=folder / "words.txt"),
    }


@pytest.mark.parametrize("end", ["keras", "saved_model", "tflite", "onnx"])
def test_a_model_of_one_s_own_needs_no_folder(tmp_path, end):
    own = write_own(tmp_path)
    path = tmp_path / f"opinions.{end}"
    model = bert_model(HUGGING_FACE[:2])
    if end == "keras":
        model.save(path)
    elif end == "saved_model":
        model.export(path, verbose=False)
    else:
        path.write_bytes(float_file(model, end))
    conversion = convert(path, schemes=["float32", "full_int8"], **own)
    assert not any(row.failures for row in conversion.report.rows)
    card = conversion.bundle.card
    assert isinstance(card.input, TextInput)
    assert (card.input.tensors, card.input.length) == (("ids", "mask"), LENGTH)
    ids = np.int32([[1, 7, 4] + [0] * (LENGTH - 3)])
    expected = np.asarray(model([ids, (ids > 0).astype(np.int32)], training=False))[0]
    for entry in card.models:
        found = TextClassifier(conversion.bundle, model=entry.file).scores("great film")
        tolerance = TOLERANCES[entry.scheme]
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def float_file(model, end):
    """Return the model as a float32 file, as TensorFlow's converter or Keras writes it."""
    import tempfile
    from pathlib import Path

    import tensorflow as tf

    if end == "tflite":
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()
    # Keras exports only what was called.
    model([np.zeros((1, LENGTH), np.int32)] * len(model.inputs), training=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        return path.read_bytes()


def test_several_inputs_of_other_names_are_listed_in_one_line(tmp_path):
    own = write_own(tmp_path)
    bert_model(("left", "right")).export(tmp_path / "folder", verbose=False)
    with pytest.raises(ConversionError) as caught:
        open_saved_model(tmp_path / "folder")
    line = str(caught.value)
    assert "got left (None, 16), right (None, 16). For ids with a mask and segments" in line
    (tmp_path / "pair.tflite").write_bytes(float_file(bert_model(("left", "right")), "tflite"))
    with pytest.raises((ConversionError, ModelFolderError)) as caught:
        convert(tmp_path / "pair.tflite", schemes=["float32"], **own)
    assert "got 2 (left, right) and 1: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_vocabulary_longer_than_the_embedding_is_refused_before_anything_converts(tmp_path):
    own = write_own(tmp_path)
    (tmp_path / "words.txt").write_text(f"{WORDS}more {len(WORDPIECES)}\n")
    bert_model(HUGGING_FACE).save(tmp_path / "opinions.keras")
    reason = f"Expected ids below 16, .* got {len(WORDPIECES)} from"
    with pytest.raises(ModelFolderError, match=reason):
        convert(tmp_path / "opinions.keras", schemes=["float32"], **own)
