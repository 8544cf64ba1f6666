"""Files of tokenizers, read by content, give the ids that their own programs give."""

import json
import pickle

import numpy as np
import pytest

from satchel.bundle import TextInput
from satchel_convert.errors import ModelFolderError
from satchel_convert.tokenizers.reading import read_tokenizer
from satchel_convert.tokenizers.settings import StatedTokenizer

CORPUS = [
    "The film isn't good; a GREAT, great plot!",
    "I hated every minute of it (and so did you).",
    "Café naïve, über Ünlü façade 12-34 <br /> tabs\tand\nlines",
    "Élan vital İstanbul STRASSE straße ŒUVRE",
]
TEXTS = [
    *CORPUS,
    *[text.upper() for text in CORPUS],
    "",
    "  double  spaces ",
    "\u201cquotes\u201d and \u2019s \U0001f600 emoji",
    "unseen words only zzz",
    "[MASK] in [UNK] text [CLS]",
    "漢字 and kana かな",
    "word " * 30,
]
LENGTH = 12


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check_ids(found, expected):
    tokenizer = found.open(LENGTH)
    for text in TEXTS:
        np.testing.assert_array_equal(tokenizer(text)[0], expected(text), err_msg=repr(text))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_words": 8, "oov_token": "<OOV>"},
        {"num_words": 8},
        {"oov_token": "<OOV>", "lower": False},
        {"char_level": True},
        {"filters": "", "split": " "},
        {"filters": "!?.", "split": "_"},
    ],
)
@pytest.mark.parametrize("sides", [(None, None), ("post", "post"), ("post", "pre")])
def test_the_json_of_keras_tokenizer_gives_its_ids(tmp_path, settings, sides):
    from tf_keras.preprocessing.sequence import pad_sequences
    from tf_keras.preprocessing.text import Tokenizer

    theirs = Tokenizer(**settings)
    theirs.fit_on_texts(CORPUS)
    found = read_tokenizer(
        write(tmp_path, "tokenizer.json", theirs.to_json()), StatedTokenizer(*sides)
    )
    padding, truncating = (side or "pre" for side in sides)

    def expected(text):
        ids = theirs.texts_to_sequences([text])
        return pad_sequences(ids, maxlen=LENGTH, padding=padding, truncating=truncating)[0]

    check_ids(found, expected)


def test_json_in_json_is_read_too(tmp_path):
    from tf_keras.preprocessing.text import Tokenizer

    theirs = Tokenizer()
    theirs.fit_on_texts(CORPUS)
    plain = read_tokenizer(write(tmp_path, "a.json", theirs.to_json()))
    twice = read_tokenizer(write(tmp_path, "b.json", json.dumps(theirs.to_json())))
    assert twice[:2] == plain[:2]


def hugging_face(**normalizer):
    from tokenizers import BertWordPieceTokenizer

    theirs = BertWordPieceTokenizer(**normalizer)
    theirs.train_from_iterator(CORPUS, vocab_size=90, show_progress=False)
    theirs.enable_truncation(LENGTH)
    theirs.enable_padding(length=LENGTH, pad_id=theirs.token_to_id("[PAD]"))
    return theirs


@pytest.mark.parametrize(
    "normalizer",
    [
        {},
        {"lowercase": False},
        {"strip_accents": False},
        {"handle_chinese_chars": False, "clean_text": False},
    ],
)
@pytest.mark.parametrize("template", ["bert", "template", "none"])
def test_the_json_of_hugging_face_gives_its_ids(tmp_path, normalizer, template):
    from tokenizers import processors

    theirs = hugging_face(**normalizer)
    cls, sep = theirs.token_to_id("[CLS]"), theirs.token_to_id("[SEP]")
    theirs._tokenizer.post_processor = {
        "bert": lambda: processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls)),
        "template": lambda: processors.TemplateProcessing(
            "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", cls), ("[SEP]", sep)]
        ),
        "none": lambda: processors.TemplateProcessing("$A", "$A $B:1", []),
    }[template]()
    found = read_tokenizer(write(tmp_path, "tokenizer.json", theirs.to_str()))
    assert found.length == LENGTH
    check_ids(found, lambda text: theirs.encode(text).ids)


@pytest.mark.parametrize(
    "normalizer", [{}, {"lowercase": False}, {"strip_accents": False}], ids=str
)
def test_the_vocabulary_of_bert_shows_its_case_and_accents(tmp_path, normalizer):
    from tokenizers import BertWordPieceTokenizer

    hugging_face(**normalizer).save_model(str(tmp_path))
    theirs = BertWordPieceTokenizer(str(tmp_path / "vocab.txt"), **normalizer)
    theirs.enable_truncation(LENGTH)
    theirs.enable_padding(length=LENGTH, pad_id=theirs.token_to_id("[PAD]"))
    check_ids(read_tokenizer(tmp_path / "vocab.txt"), lambda text: theirs.encode(text).ids)


@pytest.mark.parametrize("form", ["lines", "json"])
@pytest.mark.parametrize(
    "standardize", [None, "none", "lower", "strip_punctuation", "lower_and_strip_punctuation"]
)
def test_the_vocabulary_of_a_vectorization_gives_its_ids(tmp_path, form, standardize):
    import keras
    import tensorflow as tf

    way = {None: "lower_and_strip_punctuation", "none": None}.get(standardize, standardize)
    layer = keras.layers.TextVectorization(output_sequence_length=LENGTH, standardize=way)
    layer.adapt(CORPUS)
    tokens = list(map(str, layer.get_vocabulary()))
    content = json.dumps(tokens) if form == "json" else "\n".join(tokens) + "\n"
    found = read_tokenizer(
        write(tmp_path, "vocabulary", content), StatedTokenizer(standardize=standardize)
    )
    check_ids(found, lambda text: np.asarray(layer(tf.constant([text])))[0])


def test_a_sentencepiece_model_gives_its_ids(tmp_path):
    import sentencepiece

    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(CORPUS * 10),
        model_prefix=str(tmp_path / "theirs"),
        vocab_size=60,
        minloglevel=2,
    )
    theirs = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "theirs.model"))
    found = read_tokenizer(tmp_path / "theirs.model")
    check_ids(found, lambda text: (theirs.encode(text) + [0] * LENGTH)[:LENGTH])


KERAS = {"class_name": "Tokenizer", "config": {"word_index": '{"a": 1, "b": 2}'}}


def keras_with(**config):
    return json.dumps({**KERAS, "config": {**KERAS["config"], **config}})


def face_with(**fields):
    return json.dumps({**json.loads(hugging_face().to_str()), **fields})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pickle.dumps({"a": 1}), "got a pickle, which may run any program"),
        (pickle.dumps({"a": 1}, 0), "got a pickle, which may run any program"),
        (b"{", "Expected plain JSON"),
        (b'{"a": 1, "a": 2}', "a key stands there twice"),
        ('{"the": 1}', "got a JSON object with 'the'"),
        ("7", "lines of text, the first '7'"),
        ("one\ntwo\n", "lines of text, the first 'one'"),
        ("one\none\n", "Expected each token once in 'file', got 'one' twice"),
        ('["", "[UNK]", "a", "a"]', "Expected each token once in 'file', got 'a' twice"),
        ('["[UNK]", "a"]', "Expected '' and '\\[UNK\\]' in front"),
        (keras_with(word_index="{}"), "Expected a word_index"),
        (keras_with(word_index='{"a": 1, "b": 1}'), "got 1 for 'a' and 'b'"),
        (keras_with(word_index='{"a": 0}'), "Expected ids from 1 to .* got 0 for 'a'"),
        (keras_with(word_index='{"a": true}'), "Expected ids from 1 to .* got True"),
        (keras_with(word_index='{"a": 999999999}'), "Expected ids from 1 to .* got 999999999"),
        (keras_with(num_words="many"), "Expected a number as num_words"),
        (keras_with(num_words=1), "Expected words with an id below 1"),
        (keras_with(oov_token="<OOV>"), "Expected the oov_token '<OOV>' in the word_index"),
        (keras_with(lower=3), "Expected true or false as lower"),
        (keras_with(split=None), "Expected a text as split"),
        (b"\x00\x01\x02", "got a file of another kind"),
        (b"\n\x00\x01\x02", "Expected a SentencePiece model in 'file'"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path, content, reason):
    with pytest.raises(ModelFolderError, match=reason) as caught:
        read_tokenizer(write(tmp_path, "file", content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"model": {"type": "BPE", "vocab": {}}}, "the model WordPiece, got BPE"),
        ({"model": {"type": "Unigram", "vocab": []}}, "the model WordPiece, got Unigram"),
        ({"normalizer": {"type": "NFKC"}}, "the normalizer BertNormalizer, got NFKC"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "BertPreTokenizer, got Whitespace"),
        ({"pre_tokenizer": None}, "BertPreTokenizer, got None"),
        ({"post_processor": {"type": "RobertaProcessing"}}, "got RobertaProcessing"),
        ({"padding": {"direction": "Left"}}, "the padding on the right, got on the left"),
        ({"truncation": {"direction": "Left", "max_length": 9}}, "got from the left"),
        ({"truncation": {"max_length": 9}}, "got 9 for truncation and 12 for padding"),
        ({"added_tokens": [{"id": 0, "content": "x", "lstrip": True}]}, "added token 'x' no such"),
        (
            {"model": {"type": "WordPiece", "vocab": {"a": 0, "c": 2}}, "added_tokens": []},
            "none for 1",
        ),
    ],
)
def test_a_tokenizer_of_hugging_face_of_another_kind_is_named(tmp_path, fields, reason):
    with pytest.raises(ModelFolderError, match=reason) as caught:
        read_tokenizer(write(tmp_path, "file", face_with(**fields)))
    assert "\n" not in str(caught.value)


def test_a_setting_of_another_kind_is_refused(tmp_path):
    path = write(tmp_path, "file", json.dumps(KERAS))
    with pytest.raises(ModelFolderError, match="Expected no standardize for 'file'"):
        read_tokenizer(path, StatedTokenizer(standardize="lower"))


def test_the_length_is_the_number_of_ids(tmp_path):
    found = read_tokenizer(write(tmp_path, "file", json.dumps(KERAS)))
    assert TextInput(3, found.spec).shape == (3,)
