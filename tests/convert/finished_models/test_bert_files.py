"""Finished files with the inputs of BERT: an .onnx as Hugging Face exports it, and a .tflite."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from helpers.bert_files import HUGGING_FACE, bert_onnx
from helpers.bert_models import LENGTH, REVIEWS_CARD, WORDPIECES, bert_model
from satchel import TextClassifier
from satchel.bundle.card import TensorSpec
from satchel.preprocessing import WordPieceSpec, open_tokenizer
from satchel_convert import annotate, pack
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.finished_models.draft import FinishedFile, draft_finished
from satchel_convert.finished_models.finished_model import Pinned
from satchel_convert.finished_models.model_input import describe_input
from satchel_convert.finished_models.onnx_graph import open_onnx
from satchel_convert.finished_models.tflite import open_tflite
from satchel_convert.settings import TextSettings
from satchel_convert.tflite.bert_metadata import bert_tokenizer
from satchel_convert.tflite.finish import finish_tflite

LABELS = ["negative", "positive"]
WORDS = "<PAD> 0\n<START> 1\n<UNKNOWN> 2\nfilm 5\nplot 6\ngreat 7\ngood 8\nawful 9\nbad 10\n"
TEXTS = ["A great film!", "the plots, badly awful", "bad number " * 20, "", "good"]


@pytest.fixture
def words(tmp_path):
    (tmp_path / "words.txt").write_text(WORDS)
    return TextSettings(vocabulary=tmp_path / "words.txt", length=LENGTH)


def expected_scores(values, count):
    """Return the softmax of minus and plus three times the mean of ``values`` over ``count``."""
    logit = 6 * sum(values) / count
    return np.array([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))])


def test_an_onnx_of_hugging_face_s_form_is_packed_with_its_own_integers(tmp_path, words):
    path = tmp_path / "bert.onnx"
    path.write_bytes(bert_onnx())
    packed = pack(path, labels=LABELS, texts=words)
    card = packed.bundle.card
    assert card.input.tensors == ("ids", "mask", "segments")
    assert card.models[0].input == TensorSpec("int64", rows=(0, 1, 2))
    found = TextClassifier(packed.bundle).scores("great film")
    # The mask leaves the padding out: three tokens, with <START>.
    np.testing.assert_allclose(found, expected_scores([1.0, 0.1], 3), atol=1e-6)
    graph = onnx.load_from_string(packed.bundle.files["float32.onnx"]).graph
    before = onnx.load_from_string(bert_onnx()).graph
    assert list(graph.node) == list(before.node)
    sides = [[side.dim_value for side in each.type.tensor_type.shape.dim] for each in graph.input]
    assert sides == [[1, LENGTH]] * 3


@pytest.mark.parametrize("form", ["vocab.txt", "tokenizer.json"])
def test_an_onnx_is_packed_with_the_file_of_its_tokenizer(tmp_path, form):
    from tokenizers import BertWordPieceTokenizer

    path, file = tmp_path / "bert.onnx", tmp_path / form
    path.write_bytes(bert_onnx())
    (tmp_path / "vocab.txt").write_text(WORDPIECES)
    theirs = BertWordPieceTokenizer(str(tmp_path / "vocab.txt"))
    if form != "vocab.txt":
        theirs.save(str(file))
    packed = pack(path, labels=LABELS, texts=TextSettings(tokenizer=file, length=LENGTH))
    card = packed.bundle.card
    assert card.input.tokenizer.kind == "wordpiece"
    assert card.models[0].input == TensorSpec("int64", rows=(0, 1, 2))
    theirs.enable_truncation(LENGTH)
    theirs.enable_padding(length=LENGTH)
    tokenizer = open_tokenizer(card.input, packed.bundle.files)
    for text in TEXTS:
        encoded = theirs.encode(text)
        expected = [encoded.ids, encoded.attention_mask, encoded.type_ids]
        assert tokenizer(text)[0].tolist() == expected
    assert TextClassifier(packed.bundle).scores("great film").shape == (2,)


@pytest.mark.parametrize(
    ("names", "dtypes", "rows"),
    [
        (HUGGING_FACE[:2], ("INT64",), (0, 1)),
        (("ids", "mask", "segments"), ("INT32",), (0, 1, 2)),
        (("token_ids", "padding_mask"), ("INT64", "INT32"), (0, 1)),
        (("input_ids", "input_mask"), ("INT32", "FLOAT"), (0, 1)),
    ],
)
def test_every_form_of_inputs_says_the_same(tmp_path, words, names, dtypes, rows):
    path = tmp_path / "bert.onnx"
    path.write_bytes(bert_onnx(names, dtypes=dtypes))
    packed = pack(path, labels=LABELS, texts=words)
    spec = packed.bundle.card.models[0].input
    assert spec == TensorSpec("int64" if dtypes == ("INT64",) else "int32", rows=rows)
    # Without segments, the graph adds the words twice.
    factor = 1 if len(names) > 2 else 2
    found = TextClassifier(packed.bundle).scores("great film")
    expected = expected_scores([factor * 1.0, factor * 0.1], 3)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_onnx_reads_the_pieces_of_a_wordpiece_tokenizer():
    finished = FinishedFile(Path("bert.onnx"), labels=LABELS)
    model = open_onnx(bert_onnx(), Pinned(length=LENGTH))
    spec, content = bert_tokenizer(WORDPIECES.encode(), "vocabulary.txt")
    metadata = model.metadata._replace(pieces=content)
    taken = describe_input(finished, model._replace(metadata=metadata))
    assert taken.input.tokenizer == spec
    draft = draft_finished(finished, model, taken, REVIEWS_CARD.output._replace(activation="none"))
    found = TextClassifier(draft).scores("A great FILM")
    # [CLS] [UNK] great film [SEP]
    np.testing.assert_allclose(found, expected_scores([1.0, 0.1], 5), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words_of_refusal"),
    [
        (
            {"names": ("input_ids", "position_ids")},
            "Expected an ONNX model with one input, got 2: input_ids, position_ids. ",
        ),
        ({"names": ("input_ids", "mask"), "shape": (4, 8)}, "a .onnx with a batch of 1"),
        ({}, "Expected --length N for a model that takes any number of ids, got ('batch_size', "),
    ],
)
def test_an_onnx_that_is_no_model_of_one_text_is_refused_in_one_line(arguments, words_of_refusal):
    with pytest.raises(ConversionError) as caught:
        open_onnx(bert_onnx(**arguments), Pinned())
    assert words_of_refusal in str(caught.value)
    assert "\n" not in str(caught.value)


def test_inputs_of_different_lengths_are_refused_with_their_shapes():
    model = onnx.load_from_string(bert_onnx(shape=(1, 8)))
    model.graph.input[1].type.tensor_type.shape.dim[1].dim_value = 9
    with pytest.raises(ConversionError, match=r"inputs of one length, got input_ids \(1, 8\), att"):
        open_onnx(model.SerializeToString(), Pinned())


@pytest.fixture(scope="module")
def tflite():
    """A .tflite whose inputs have names that say nothing, and metadata that does."""
    import tensorflow as tf

    content = tf.lite.TFLiteConverter.from_keras_model(bert_model()).convert()
    return finish_tflite(
        content,
        scheme="float32",
        backend="only",
        card=REVIEWS_CARD,
        files={"vocabulary.txt": WORDPIECES.encode()},
    )


def renamed(content):
    """Return the .tflite with inputs called a, b and c, and its metadata."""
    from satchel_convert.tflite.flatbuffer import read_tree, write_tree
    from satchel_convert.tflite.metadata import append_files, associated_files

    tree = read_tree(content)
    tree.signatureDefs = None
    for name, at in zip("abc", tree.subgraphs[0].inputs, strict=True):
        tree.subgraphs[0].tensors[at].name = name.encode()
    files = associated_files(REVIEWS_CARD, {"vocabulary.txt": WORDPIECES.encode()})
    return append_files(write_tree(tree), files)


@pytest.mark.parametrize("change", [lambda content: content, renamed])
def test_a_tflite_with_bert_metadata_needs_nothing_else(tmp_path, tflite, change):
    path = tmp_path / "bert.tflite"
    path.write_bytes(change(tflite))
    packed = pack(path)
    card = packed.bundle.card
    assert card.output.labels == ("negative", "positive")
    assert card.input.tokenizer == WordPieceSpec("vocabulary.txt", lower=True, strip_accents=True)
    # No option was needed, and the file stays as it is.
    assert packed.bundle.files["float32.tflite"] == path.read_bytes()
    classifier = TextClassifier(packed.bundle)
    model = bert_model()
    from satchel.preprocessing import open_tokenizer

    tokenizer = open_tokenizer(card.input, packed.bundle.files)
    for text in TEXTS:
        fed = np.moveaxis(tokenizer(text), 1, 0)
        expected = np.asarray(model([*fed], training=False))[0]
        np.testing.assert_allclose(classifier.scores(text), expected, atol=1e-5)


def test_a_tflite_whose_names_say_nothing_is_refused_with_these_names(tflite):
    from satchel_convert.tflite.flatbuffer import read_tree, write_tree

    tree = read_tree(renamed(tflite))
    tree.metadata = []
    with pytest.raises(ConversionError, match="Expected a TFLite model with one input, got 3: a, "):
        open_tflite(write_tree(tree), Pinned())


@pytest.mark.parametrize(
    ("pieces", "lower"),
    [
        ("[PAD]\n[UNK]\n[CLS]\n[SEP]\nfilm\n##s", True),
        ("\ufeff[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nFilm\r\n##s\r\n", False),
    ],
)
def test_a_vocabulary_without_capitals_is_of_texts_in_lower_case(pieces, lower):
    spec, content = bert_tokenizer(pieces.encode(), "vocabulary.txt")
    assert (spec.lower, spec.strip_accents) == (lower, lower)
    word = "film" if lower else "Film"
    assert content.decode().split("\n") == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", word, "##s", ""]


def test_a_bert_model_is_annotated_anew(tmp_path, tflite):
    path = tmp_path / "bert.tflite"
    path.write_bytes(tflite)
    annotated = annotate(path, labels=["bad", "good"])
    (tmp_path / "new.tflite").write_bytes(annotated)
    packed = pack(tmp_path / "new.tflite")
    card = packed.bundle.card
    assert card.output.labels == ("bad", "good")
    assert card.input.tensors == ("ids", "mask", "segments")
    found = TextClassifier(packed.bundle).scores("a great film")
    (tmp_path / "old.tflite").write_bytes(tflite)
    before = TextClassifier(pack(tmp_path / "old.tflite").bundle).scores("a great film")
    assert np.array_equal(found, before)


def test_a_tokenizer_that_no_metadata_can_say_is_not_written(tmp_path, words, tflite):
    path = tmp_path / "bert.tflite"
    path.write_bytes(tflite)
    with pytest.raises(ModelFolderError, match=r"ids, mask and segments: no metadata can say anot"):
        annotate(path, labels=LABELS, texts=TextSettings(vocabulary=words.vocabulary))
