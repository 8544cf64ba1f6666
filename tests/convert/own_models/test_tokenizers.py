"""Models with the tokenizers that people train with: from the file to a bundle that says the same.

Each bundle is compared with Keras itself, on raw texts and the same in capitals.
"""

import csv
import json
import shutil

import numpy as np
import pytest

from helpers.commands import run_satchel
from helpers.string_models import (
    LABELS,
    LENGTH,
    STRANGE,
    TEXTS,
    TOKENS,
    averaged,
    changed,
    dense,
    model_of_strings,
    recurrent,
    scores_of,
    tutorial,
    vectorization,
)
from satchel import TextClassifier
from satchel.bundle import open_bundle

# TensorFlow says so of every model whose input is not the converter's to quantize.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Statistics for quantized inputs were expected:UserWarning:tensorflow\.lite\.python"
)
ONE_ONNX = ("--formats", "onnx", "--schemes", "float32", "--accept-accuracy")
BOTH = ("--schemes", "float32", "--accept-accuracy")
CUT = 2e-6


def official(keras):
    return model_of_strings(vectorization(), *averaged(keras))


def of_the_tutorial(keras):
    return model_of_strings(vectorization(standardize=tutorial), *averaged(keras))


def of_counts(mode):
    return lambda keras: model_of_strings(vectorization(output_mode=mode, ngrams=2), *dense(keras))


STRINGS = {
    "official.keras": (official, BOTH),
    "official": (official, ONE_ONNX),
    "tutorial": (of_the_tutorial, BOTH),
    "multi_hot.keras": (of_counts("multi_hot"), ONE_ONNX),
    "count": (of_counts("count"), ONE_ONNX),
    "tf_idf.keras": (of_counts("tf_idf"), BOTH),
}
"""The models that take strings, by the names of their files, and how they are converted"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Labels and evaluation texts, as somebody has them who never saw Satchel."""
    folder = tmp_path_factory.mktemp("strings")
    (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    write_table(folder / "evaluation.csv", [*TEXTS, TEXTS[0].upper()])
    return folder


def write_table(path, texts):
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = [(text, LABELS[at % 2]) for at, text in enumerate(texts)]
        csv.writer(file).writerows([("text", "label"), *rows])


def save(model, path):
    if path.suffix:
        model.save(path)
    else:
        model.export(path, verbose=False)


def words(folder, model, *more):
    return [
        *(model, "--labels", folder / "labels.txt", "--evaluation", folder / "evaluation.csv"),
        *more,
    ]


def check_scores(bundle, expected, texts):
    """Check that every model of a bundle says of raw texts what Keras says."""
    for entry in open_bundle(bundle).card.models:
        classifier = TextClassifier(bundle, model=entry.file)
        scores = np.stack([classifier.scores(text) for text in texts])
        np.testing.assert_allclose(scores, expected, atol=CUT, err_msg=entry.file)


@pytest.mark.parametrize("name", list(STRINGS))
def test_a_model_of_strings_becomes_a_bundle_that_says_what_keras_says(
    folder, tmp_path, name, capsys
):
    import keras

    build, how = STRINGS[name]
    model = build(keras)
    save(model, tmp_path / name)
    out = tmp_path / "out.satchel"
    assert run_satchel("convert", *words(folder, tmp_path / name, *how), "--out", out) == 0
    assert (
        "token ids agree with the model's own on 9 texts as they are, in capitals, with doubled"
        " spaces" in capsys.readouterr().out
    )
    texts = changed()
    check_scores(out, scores_of(model, texts), texts)
    card = open_bundle(out).card
    assert card.input.tokenizer.kind == "vectorization"
    assert "tokenizer-vectorization" in card.input.features
    assert card.provenance["tokenizer"].endswith(f"{name!r}")
    assert run_satchel("run", out, "--text", TEXTS[0], "--json") == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])
    assert found["predictions"][0]["label"] == LABELS[scores_of(model, [TEXTS[0]])[0].argmax()]


@pytest.mark.parametrize("both", [False, True], ids=["lstm", "bidirectional"])
def test_the_hobby_form_becomes_a_bundle_that_says_what_keras_says(folder, tmp_path, both, capsys):
    import keras
    from tf_keras.preprocessing.sequence import pad_sequences
    from tf_keras.preprocessing.text import Tokenizer

    theirs = Tokenizer(num_words=TOKENS, oov_token="<OOV>")
    theirs.fit_on_texts(TEXTS)
    (tmp_path / "tokenizer.json").write_text(theirs.to_json())
    model = keras.Sequential([keras.Input((LENGTH,)), *recurrent(keras, both=both)])
    model.save(tmp_path / "hobby.keras")

    def expected(texts):
        ids = pad_sequences(theirs.texts_to_sequences(texts), maxlen=LENGTH)
        return np.asarray(model(ids, training=False))

    answers = dict(zip(TEXTS, expected(TEXTS).tolist(), strict=True))
    (tmp_path / "expected.json").write_text(json.dumps(answers))
    out = tmp_path / "out.satchel"
    more = ("--tokenizer", tmp_path / "tokenizer.json", *(ONE_ONNX if both else BOTH))
    given = words(folder, tmp_path / "hobby.keras", *more)
    assert run_satchel("convert", *given, "--expect", tmp_path / "expected.json", "--out", out) == 0
    assert "takes ids" not in capsys.readouterr().out
    check_scores(out, expected(changed()), changed())
    assert open_bundle(out).card.provenance["tokenizer"] == (
        "Keras's Tokenizer in 'tokenizer.json', padded pre, truncated pre"
    )
    # With the zeros on the other side, the author's predictions are not met.
    wrong = (*given, "--padding", "post", "--expect", tmp_path / "expected.json")
    assert run_satchel("convert", *wrong, "--out", tmp_path / "wrong.satchel") == 2
    assert "got others: a score differs by" in capsys.readouterr().err


@pytest.fixture(scope="module")
def ids(folder):
    """A model of ids, with the vocabulary of its TextVectorization beside it."""
    import keras

    layer = vectorization()
    tokens = list(map(str, layer.get_vocabulary()))
    (folder / "words.json").write_text(json.dumps(tokens))
    model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *averaged(keras)])
    model.save(folder / "ids.keras")
    return model, layer


def test_the_vocabulary_of_a_layer_outside_of_the_model_is_taken(folder, ids, tmp_path, capsys):
    model, layer = ids
    out = tmp_path / "out.satchel"
    given = words(folder, folder / "ids.keras", "--tokenizer", folder / "words.json", *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", out, "--keep", tmp_path / "kept") == 0
    asked = "ids.keras takes ids, so nothing here shows that a text gets the ids that it was"
    assert asked in capsys.readouterr().out
    expected = np.asarray(model(np.asarray(layer(changed())), training=False))
    check_scores(out, expected, changed())
    # What nobody asked to compare is not asked for again.
    assert run_satchel("verify", out, "--samples", tmp_path / "kept") == 0
    assert "takes ids" not in capsys.readouterr().out
    given = words(folder, folder / "ids.keras", "--tokenizer", folder / "words.json")
    assert run_satchel("verify", out, "--model", *given) == 0
    assert asked in capsys.readouterr().out


def test_a_finished_file_is_packed_with_the_file_of_its_tokenizer(folder, ids, tmp_path, capsys):
    model, layer = ids
    given = words(folder, folder / "ids.keras", "--tokenizer", folder / "words.json", *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", tmp_path / "made.satchel") == 0
    content = open_bundle(tmp_path / "made.satchel").files["float32.onnx"]
    (tmp_path / "finished.onnx").write_bytes(content)
    more = ("--tokenizer", folder / "words.json", "--accept-accuracy")
    out = tmp_path / "out.satchel"
    capsys.readouterr()
    assert run_satchel("pack", *words(folder, tmp_path / "finished.onnx", *more), "--out", out) == 0
    assert "finished.onnx takes ids" in capsys.readouterr().err
    expected = np.asarray(model(np.asarray(layer(changed())), training=False))
    check_scores(out, expected, changed())


def test_ids_that_differ_from_the_models_own_fail_the_bundle(folder, tmp_path, capsys):
    import keras

    save(official(keras), tmp_path / "model.keras")
    out, kept = tmp_path / "out.satchel", tmp_path / "kept"
    given = words(folder, tmp_path / "model.keras", *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", out, "--keep", kept) == 0
    card = json.loads((kept / "card.json").read_text())
    # A tokenizer that keeps the case and agrees on most texts as they are.
    del card["input"]["tokenizer"]["standardize"][0]
    (kept / "card.json").write_text(json.dumps(card))
    capsys.readouterr()
    wrong = tmp_path / "wrong.satchel"
    assert run_satchel("convert", kept, *ONE_ONNX, "--out", wrong, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    by_variant = {each["variant"]: each for each in report["tokens"]["texts"]}
    assert by_variant["in capitals"]["agreeing"] < by_variant["as they are"]["agreeing"]
    assert by_variant["in capitals"]["example"] is not None
    [reason] = [each for each in report["rows"][0]["failures"] if "the tokenizer gives" in each]
    assert "for only" in reason
    assert not wrong.exists()


def test_any_length_is_asked_for(folder, tmp_path, capsys):
    import keras

    model = model_of_strings(vectorization(output_sequence_length=None), *averaged(keras))
    save(model, tmp_path / "any.keras")
    given = words(folder, tmp_path / "any.keras", *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", tmp_path / "x.satchel") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "Expected --length N: 'any.keras' accepts any number of ids." in line


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            ("--tokenizer", "words.json"),
            "Expected no tokenizer for 'model.keras': it takes str",
        ),
        (("--vocabulary", "words.json"), "Expected no vocabulary for 'model.keras': it takes str"),
        (("--length", "7"), "Expected no --length, or 12: 'model.keras' accepts no other length."),
    ],
)
def test_a_model_of_strings_needs_no_tokenizer(folder, ids, tmp_path, more, reason, capsys):
    import keras

    save(official(keras), tmp_path / "model.keras")
    shutil.copy(folder / "words.json", tmp_path / "words.json")
    more = [tmp_path / each if each.endswith(".json") else each for each in more]
    given = words(folder, tmp_path / "model.keras", *more, *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", tmp_path / "x.satchel") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert reason in line


@pytest.mark.parametrize(
    ("content", "more", "reason"),
    [
        (
            json.dumps(["", "[UNK]", *[f"w{at}" for at in range(TOKENS)]]),
            (),
            "Expected ids below 60, the input_dim of the embedding in 'ids.keras', got 61 from the",
        ),
        ('["", "[UNK]", "a"]', ("--padding", "pre"), "Expected no padding for 'tokenizer': it is"),
        ('["", "[UNK]", "a"]', ("--delimiter", "[ ]+"), "either --tokenizer or --delimiter for"),
        ('{"model": {"type": "BPE"}}', (), "the model WordPiece, got BPE"),
        (b"\x80\x04\x95pickle", (), "got a pickle, which may run any program"),
        (None, ("--truncating", "post"), "Expected --tokenizer FILE with --truncating for"),
        (None, ("--padding", "x"), "with commas, or pre or post, got 'x'"),
    ],
)
def test_a_tokenizer_that_does_not_fit_is_one_line(
    folder, ids, tmp_path, content, more, reason, capsys
):
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "tokenizer").write_bytes(data)
        more = ("--tokenizer", tmp_path / "tokenizer", *more)
    given = words(folder, folder / "ids.keras", *more, *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", tmp_path / "x.satchel") == 2
    assert reason in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "x.satchel").exists()


def test_a_function_in_a_file_is_refused_before_anything_starts(folder, tmp_path, capsys):
    import keras

    save(of_the_tutorial(keras), tmp_path / "model.keras")
    given = words(folder, tmp_path / "model.keras", *ONE_ONNX)
    assert run_satchel("convert", *given, "--out", tmp_path / "x.satchel") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "got 'tutorial', which is code that the file does not hold: export the model" in line


def test_the_texts_are_strange_enough():
    assert any(len(text.split()) > LENGTH for text in STRANGE)
