"""Models with tokenizers of KerasHub are taken apart, and say what KerasHub itself says.

KerasHub is not here: ``keras_hub/write_keras_hub_models.py`` wrote the models and the answers.
"""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from satchel_convert.errors import ConversionError
from satchel_convert.keras_models.configuration import read_configuration
from satchel_convert.keras_models.float_model import describe_model, open_keras_model
from satchel_convert.keras_models.hub_model import find_hub_model
from satchel_convert.own_models.inspection import inspect_file

FILES = Path(__file__).with_name("keras_hub")
ANSWERS = json.loads((FILES / "answers.json").read_text())
TEXTS = ANSWERS["texts"]
TENSORS = {
    "masked": ["token_ids", "padding_mask"],
    "preprocessed": ["token_ids", "padding_mask", "segment_ids"],
}


def filled(ids, length, pad):
    return [*ids, *[pad] * (length - len(ids))]


@pytest.mark.parametrize("name", sorted(ANSWERS["models"]))
def test_a_model_of_strings_says_what_keras_hub_says(name):
    path, answers = FILES / f"{name}.keras", ANSWERS["models"][name]
    opened = open_keras_model(path)
    found = opened.strings.tokenizer
    length = found.length or max(map(len, answers["ids"]))
    tokenizer = found.open(length)
    expected = [filled(ids, length, tokenizer.pad) for ids in answers["ids"]]
    np.testing.assert_array_equal(opened.strings.to_ids(TEXTS), expected)
    scores = answers["scores"]
    differs = opened.strings.differs
    asked = [at for at, each in enumerate(TEXTS) if scores[at] is not None and not differs(each)]
    found_scores = opened.strings.run([TEXTS[at] for at in asked])
    np.testing.assert_allclose(found_scores, [scores[at] for at in asked], atol=1e-6)
    if name not in (*TENSORS, "any_length"):
        rest = np.asarray(opened.model(opened.strings.to_ids(TEXTS)))
        np.testing.assert_allclose(rest, scores, atol=1e-6)

    # The card's tokenizer gives the same ids, but for what it is said to read otherwise.
    card = [filled(tokenizer.encode(text), length, tokenizer.pad) for text in TEXTS]
    differing = [text for text, own, ids in zip(TEXTS, expected, card, strict=True) if own != ids]
    assert all(map(differs, differing))
    assert sum(map(differs, TEXTS)) <= 8
    shape = describe_model(path)
    assert shape.tokenizer == found
    assert shape.names == TENSORS.get(name, ["token_ids"])
    assert set(shape.inputs) == {(None, found.length)}


def test_the_settings_become_those_of_the_card():
    found = {
        name: open_keras_model(FILES / f"{name}.keras").strings.tokenizer
        for name in ("stripped", "specials", "settings", "packed", "pieces_bos", "pieces_albert")
    }
    stripped = found["stripped"].spec
    assert (stripped.lower, stripped.strip_accents, stripped.specials) == (True, True, ())
    assert (stripped.start, stripped.end, stripped.pad) == (None, None, "[PAD]")
    assert found["specials"].spec.specials == ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "FOX")
    settings = found["settings"].spec
    assert (settings.prefix, settings.unknown, settings.lower) == ("#", "[PAD]", False)
    assert (found["packed"].spec.start, found["packed"].spec.end) == ("[CLS]", "[SEP]")
    assert found["pieces_bos"].spec.start == 1
    assert (found["pieces_bos"].spec.pad, found["pieces_albert"].spec.pad) == (0, 5)


def rewritten(tmp_path, name, change, *, assets=None):
    """Return the path of a fixture in which each layer's class and settings were changed."""
    place = tmp_path / f"{name}.keras"
    with zipfile.ZipFile(FILES / f"{name}.keras") as source, zipfile.ZipFile(place, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            if member == "config.json":
                model = json.loads(content)
                for layer in model["config"]["layers"]:
                    change(layer["class_name"], layer["config"])
                content = json.dumps(model).encode()
            if member.startswith("assets/") and assets is not None:
                content = assets(content)
            target.writestr(member, content)
    return place


def setting(kind, **values):
    def change(class_name, config):
        if class_name == kind:
            config.update(values)

    return change


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("cased", setting("WordPieceTokenizer", split=False), "split=False"),
        ("cased", setting("WordPieceTokenizer", oov_token="<unk>"), "'<unk>' in the vocabulary"),
        ("cased", setting("WordPieceTokenizer", dtype="string"), "dtype='string'"),
        (
            "cased",
            setting("WordPieceTokenizer", special_tokens_in_strings=True, special_tokens=["[NEW]"]),
            r"'\[NEW\]' in the vocabulary",
        ),
        (
            "cased",
            setting(
                "WordPieceTokenizer", special_tokens_in_strings=True, special_tokens=["t", "the"]
            ),
            "special token 't' with 'the', which begins like it",
        ),
        ("packed", setting("WordPieceTokenizer", sequence_length=8), "in front of a packer"),
        ("packed", setting("StartEndPacker", padding_side="left"), "padding_side='left'"),
        ("packed", setting("StartEndPacker", start_value=[2, 2]), r"start_value=\[2, 2\]"),
        ("packed", setting("StartEndPacker", end_value=900), "0 to 46, got 900"),
        ("pieces", setting("SentencePieceTokenizer", add_eos=True), "add_eos=True.*StartEndPacker"),
        ("pieces_packed", setting("SentencePieceTokenizer", add_bos=True), "add_bos=True and a"),
    ],
)
def test_a_setting_that_no_card_has_is_named(tmp_path, name, change, reason):
    path = rewritten(tmp_path, name, change)
    with pytest.raises(ConversionError, match=reason) as raised:
        open_keras_model(path)
    assert "\n" not in str(raised.value)
    with pytest.raises(ConversionError, match=reason):
        inspect_file(path, ("no", "yes"))


@pytest.mark.parametrize(
    ("assets", "reason"),
    [
        (lambda content: content + b"the\n", "'the' twice"),
        (lambda _: b"\xff\xfe", "UTF-8"),
        (lambda _: b"", r"'\[UNK\]' in the vocabulary"),
    ],
)
def test_a_damaged_vocabulary_is_refused(tmp_path, assets, reason):
    path = rewritten(tmp_path, "cased", lambda *_: None, assets=assets)
    with pytest.raises(ConversionError, match=reason):
        open_keras_model(path)


def test_a_damaged_sentencepiece_model_is_refused(tmp_path):
    path = rewritten(tmp_path, "pieces", lambda *_: None, assets=lambda _: b"no model")
    with pytest.raises(ConversionError, match=r"SentencePiece model in 'vocabulary\.spm'"):
        open_keras_model(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("foreign", "behind the WordPieceTokenizer .*'TokenAndPositionEmbedding'.*from ids on"),
        (
            "whole",
            "can be taken out of 'whole.keras'.*'BertTextClassifierPreprocessor'.*--tokenizer",
        ),
    ],
)
def test_a_model_that_needs_keras_hub_itself_names_the_way_out(name, reason):
    with pytest.raises(ConversionError, match=reason):
        open_keras_model(FILES / f"{name}.keras")


@pytest.mark.parametrize("change", ["kind", "generation", "author"])
def test_what_is_not_taken_apart_is_refused_by_name(tmp_path, change):
    """A class that is not known, a file of Keras 2, and a subclass of the author's."""
    path = rewritten(tmp_path, "cased", lambda *_: None)
    configuration = read_configuration(path)
    layer = configuration.model["config"]["layers"][1]
    if change == "kind":
        layer["class_name"] = "BytePairTokenizer"
    elif change == "author":
        layer["module"] = "my_package"
    else:
        configuration = configuration._replace(generation=2)
    assert find_hub_model(path, configuration) is None


def test_two_readers_of_the_strings_are_not_taken_apart(tmp_path):
    configuration = read_configuration(FILES / "cased.keras")
    layers = configuration.model["config"]["layers"]
    layers.append({**layers[1], "name": "second"})
    assert find_hub_model(FILES / "cased.keras", configuration) is None
