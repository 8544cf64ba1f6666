"""The card: every field missing, of another type or out of range."""

import copy
import json

import pytest

from conformance.vector_files import FOLDER
from helpers.card_fields import HASH, MISSING, change, encode, refusal
from helpers.tiny_bundles import (
    IMAGE_CARD,
    TEXT_CARD,
    TEXT_FILES,
)
from satchel import limits
from satchel.bundle import card as card_module
from satchel.bundle.card import TensorSpec, card_to_json, parse_card
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.latent_input import LatentInput
from satchel.preprocessing import (
    KerasTokenizerSpec,
    SentencePieceSpec,
    VectorizationSpec,
    WordPieceSpec,
)

EARLIER = (
    "channel-order",
    "grey",
    "letterbox",
    "multi-label",
    "repeated-labels",
    "single-logit",
    "tensor-shape",
)
"""The features before the family of tokenizers"""


def test_the_cards_that_the_other_tests_damage_are_accepted(image, text, generator, style):
    assert parse_card(encode(image)).input.width == 6
    assert parse_card(encode(text)).input.length == 6
    assert parse_card(encode(generator)).input == LatentInput(3)
    assert parse_card(encode(style)).output == ImageOutput(2, 4)


def test_a_mechanical_refusal_is_one_line_that_names_a_missing_field():
    """Missing, of another type, out of range: of every field of the schema, by ``make schema``."""
    vectors = json.loads((FOLDER / "card_refusals.json").read_bytes())
    cards = {base["name"]: base["card"] for base in vectors["bases"]}
    refused = [case for case in vectors["cases"] if case["error"]]
    assert len(refused) > 700
    for case in refused:
        card, path = copy.deepcopy(cards[case["base"]]), case["at"][1:].replace("/", ".")
        change(card, path, case.get("value", MISSING))
        message = refusal(encode(card))
        assert "value" in case or path.split(".")[-1] in message, case


def test_an_image_card_without_files_is_refused(image):
    del image["files"]
    refusal(encode(image))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("input.channels", 3), ("input.fit", "stretch"), ("input.background", (255, 255, 255)),
        ("input.scale", (1.0,)), ("input.offset", (0.0,)),
    ],
)  # fmt: skip
def test_an_optional_field_of_the_input_has_its_default(image, path, value):
    change(image, path, MISSING)
    assert getattr(parse_card(encode(image)).input, path.split(".")[1]) == value


def test_scale_and_zero_point_of_a_tensor_default_to_the_identity(image):
    image["models"][1]["output"] = {"dtype": "uint8"}
    assert parse_card(encode(image)).models[1].output == TensorSpec("uint8", 1.0, 0)


@pytest.mark.parametrize("value", [None, True, False, 7, -1.5, "", "text", [], [[]]], ids=repr)
def test_a_model_that_is_no_object_is_refused(image, value):
    image["models"][0] = value
    refusal(encode(image))


@pytest.mark.parametrize("value", [0, False, "", [], {}], ids=repr)
def test_verified_is_an_object_or_null(image, value):
    image["models"][0]["verified"] = value
    refusal(encode(image))


@pytest.mark.parametrize("value", ["text", 1, [1], {"samples": 1}], ids=repr)
def test_verified_with_anything_else_is_refused(image, value):
    image["models"][0]["verified"] = value
    refusal(encode(image))


@pytest.mark.parametrize("value", [True, "inf", [], 1e4], ids=repr)
def test_a_signal_to_noise_ratio_that_is_no_number_or_null_is_refused(image, value):
    image["models"][0]["verified"]["sqnr_db"] = value
    refusal(encode(image))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("satchel", 2), ("satchel", -1), ("satchel", 1.0), ("satchel", "1"), ("name", "../x"),
        ("name", "a b"), ("name", ".x"), ("name", "x" * 65), ("name", "é"), ("name", "x\n"),
        ("version", "1.0"), ("version", "v1.0.0"), ("version", "1.0.0-rc1"),
        ("version", "1.0.0\n"), ("version", "\u0661.0.0"), ("version", "1.0." + "9" * 10),
        ("task", "__class__"), ("input.height", 28.0), ("input.channels", 2),
        ("input.channels", 4), ("input.fit", "squash"), ("input.background", [255, 255]),
        ("input.background", [255, 255, 256]), ("input.background", [-1, 0, 0]),
        ("input.background", [0.5, 0, 0]), ("input.background", [True, 0, 0]),
        ("input.scale", [0]), ("input.scale", [0.0]), ("input.scale", [1, 1]),
        ("input.scale", [1, 0, 1]), ("input.scale", ["1"]), ("input.scale", [None]),
        ("input.scale", [3.5e38]), ("input.scale", [True]), ("input.offset", [0, 0]),
        ("input.offset", [-3.5e38]), ("input.offset", [0] * 4), ("output.kind", "image"),
        ("output.labels", ["one"]), ("output.labels", ["a", "a"]), ("output.labels", ["a", ""]),
        ("output.labels", ["a", " "]), ("output.labels", ["a", 1]),
        ("output.labels", ["a", "b\nc"]), ("output.labels", ["a", "\u202eb"]),
        ("output.labels", ["a", "\x1b[2J"]), ("output.labels", ["a", "\ud800"]),
        ("output.labels", ["a", "\0"]), ("output.activation", "relu"), ("models.0.format", "pb"),
        ("models.0.scheme", "Float32"), ("models.0.input.dtype", "float64"),
        ("models.0.input.dtype", "string"), ("models.1.input.zero_point", -1),
        ("models.1.input.zero_point", 0.0), ("models.0.input.zero_point", 1),
        ("models.0.needs", {"litert": "new"}), ("models.0.needs", {"litert": ">=1.0"}),
        ("models.0.needs", {"litert": "1.0.0.0.0"}), ("models.0.needs", {"litert": "1.0\n"}),
        ("models.0.needs", {"litert": 1.0}), ("requires", ["signature"]), ("requires", ["x\ny"]),
        ("models.0.file", "other.tflite"), ("golden", "golden/other.json"),
    ],
    ids=lambda value: ascii(value)[:40],
)  # fmt: skip
def test_a_field_out_of_range_is_refused(image, path, value):
    change(image, path, value)
    refusal(encode(image))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("task", "image-classification"), ("input.kind", "image"), ("input.length", 6.0),
        ("input.tokenizer", "regex"), ("input.tokenizer.kind", "bpe"),
        ("input.tokenizer.vocabulary", "other.txt"),
    ],
)  # fmt: skip
def test_a_field_of_a_text_card_out_of_range_is_refused(text, path, value):
    change(text, path, value)
    refusal(encode(text))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("task", "image-classification"), ("task", "generation"), ("input.kind", "image"),
        ("input.length", 3.0), ("output.kind", "labels"), ("output.height", 2.0),
        ("output.channels", 2), ("output.channels", 4), ("output.channels", 3.0),
        ("output.scale", [1, 1]), ("output.scale", [1, 0, 1]), ("output.scale", ["1"]),
        ("output.scale", [3.5e38]), ("output.offset", [0, 0]), ("output.offset", [None]),
        ("output.offset", [True]),
    ],
    ids=lambda value: ascii(value)[:40],
)  # fmt: skip
def test_a_field_of_a_generators_card_out_of_range_is_refused(generator, path, value):
    change(generator, path, value)
    refusal(encode(generator))


@pytest.mark.parametrize("task", ["image-generation", "text-classification"])
def test_a_style_card_of_another_task_is_refused(style, task):
    style["task"] = task
    assert "input.kind" in refusal(encode(style))


def test_an_output_of_too_many_pixels_is_refused_though_each_side_is_in_range(generator):
    generator["output"] |= {"height": 4096, "width": 4096}
    parse_card(encode(generator))
    generator["output"]["width"] += 1
    assert "at most 16,777,216 pixels" in refusal(encode(generator))


def test_a_grey_output_occurs_in_a_model_folder_alone(generator, style):
    for fields in (generator, style):
        folder = {**fields, "models": [], "files": {}}
        del folder["golden"]
        for end in ("input", "output"):
            if folder[end]["kind"] == "image":
                folder[end] = {**folder[end], "channels": 1}
        assert parse_card(encode(folder)).output.channels == 1
        assert "3 channels in a bundle" in refusal(encode({**fields, "output": folder["output"]}))


@pytest.mark.parametrize(
    ("field", "value"), [("channels", 3), ("scale", (1.0,)), ("offset", (0.0,))]
)
def test_an_optional_field_of_an_image_output_has_its_default(generator, field, value):
    del generator["output"][field]
    assert getattr(parse_card(encode(generator)).output, field) == value


def test_an_image_that_differs_nowhere_has_no_ratio(generator):
    for name in ("psnr_db", "worst_psnr_db"):
        generator["models"][0]["verified"][name] = None
        assert getattr(parse_card(encode(generator)).models[0].verified, name) is None


def test_unknown_fields_of_a_latent_and_an_image_are_ignored(generator):
    expected = parse_card(encode(generator))
    for place in (generator["input"], generator["output"], generator["models"][0]["verified"]):
        place["later"] = {"a": 1}
    assert parse_card(encode(generator)) == expected


@pytest.mark.parametrize(
    "value",
    ["", "0" * 64, "md5:" + "0" * 64, "sha256:" + "0" * 63, "sha256:" + "0" * 65,
     "sha256:" + "A" * 64, "SHA256:" + "0" * 64, HASH + "\n", None, 0, [HASH]],
)  # fmt: skip
def test_a_hash_of_another_form_is_refused(image, value):
    image["files"]["float32.tflite"] = value
    assert "64 hexadecimal digits" in refusal(encode(image))


@pytest.mark.parametrize("version", [0, 2, 10**50])
def test_another_format_version_is_refused_with_what_to_do(image, version):
    image["satchel"] = version
    assert "update satchel" in refusal(encode(image))


def test_a_required_feature_is_named_in_the_refusal(image):
    image["requires"] = ["beam-search"]
    assert "'beam-search'" in refusal(encode(image))
    image["requires"] = []
    parse_card(encode(image))


TEXT_MODELS = {
    "tokenizer-vectorization": VectorizationSpec("vocabulary.json", 1, (), "whitespace"),
    "tokenizer-keras": KerasTokenizerSpec("vocabulary.json"),
    "tokenizer-wordpiece": WordPieceSpec("vocabulary.txt"),
    "tokenizer-sentencepiece": SentencePieceSpec("pieces.model"),
}


def card_with(feature):
    """Return the card of a text model that has one of the features that came with tokenizers."""
    model, text = TEXT_CARD.models[0], TEXT_CARD.input
    if feature == "int64":
        model = model._replace(input=TensorSpec("int64"))
    elif feature == "several-inputs":
        model = model._replace(input=TensorSpec("int32", rows=(1, 0)))
        text = text._replace(tensors=("ids", "mask"))
    else:
        text = text._replace(tokenizer=TEXT_MODELS[feature])
    files = dict.fromkeys([*TEXT_FILES, *text.files], HASH)
    return TEXT_CARD._replace(input=text, models=(model,), files=files)


NEW_FEATURES = ("int64", "several-inputs", *TEXT_MODELS)


@pytest.mark.parametrize("feature", NEW_FEATURES)
def test_a_reader_of_an_earlier_time_refuses_a_new_feature_by_its_name(feature, monkeypatch):
    written = card_to_json(card_with(feature))
    assert json.loads(written)["requires"] == [feature]
    monkeypatch.setattr(card_module, "FEATURES", EARLIER)
    assert f"without the feature '{feature}': update satchel" in refusal(written)


@pytest.mark.parametrize("feature", NEW_FEATURES)
def test_a_card_that_does_not_name_a_new_feature_is_refused(feature):
    fields = json.loads(card_to_json(card_with(feature)))
    del fields["requires"]
    assert f"the feature '{feature}' that the card uses" in refusal(encode(fields))


@pytest.mark.parametrize("task", ["image-classification", "text-classification"])
def test_the_task_and_the_input_must_agree(image, text, task):
    fields = text if task == "image-classification" else image
    fields["task"] = task
    assert "input.kind" in refusal(encode(fields))


def test_too_many_labels_and_models_are_refused(image):
    model = image["models"][0]
    image["models"] = [model] * (limits.MAX_MODELS + 1)
    refusal(encode(image))
    image["models"] = [model]
    image["output"]["labels"] = [str(number) for number in range(limits.MAX_LABELS + 1)]
    refusal(encode(image))


def test_a_model_a_vocabulary_and_golden_vectors_must_be_listed_files(image, text):
    for fields in (image, text):
        for name in list(fields["files"]):
            needed = name not in ("golden/0.png", "golden/0.txt")
            fewer = {**fields, "files": {k: v for k, v in fields["files"].items() if k != name}}
            if needed:
                assert repr(name) in refusal(encode(fewer))
            else:
                parse_card(encode(fewer))


def test_long_and_odd_values_are_cut_and_escaped_in_the_message(image):
    for value in ("x" * 10_000, "line\nbreak", "\x1b[2J"):
        image["task"] = value
        message = refusal(encode(image))
        assert len(message) < 300
        assert message.isprintable()


def test_the_refusal_of_a_format_version_is_short(image):
    image["satchel"] = 10**4000
    assert len(refusal(encode(image))) < 300


def test_an_engine_name_that_breaks_the_line_is_refused(image):
    image["models"][0]["needs"] = {"litert\n\x1b[2J": "1.0"}
    refusal(encode(image))


def test_a_version_in_other_digits_than_ascii_is_refused(image):
    image["models"][0]["needs"] = {"litert": "\u0661.\u0662"}
    refusal(encode(image))


def test_golden_vectors_in_a_file_without_a_name_are_refused(image):
    image["golden"] = ""
    refusal(encode(image))


def test_a_model_folders_card_says_nothing_of_files():
    bare = IMAGE_CARD._replace(models=(), golden=None, files={})
    content = card_to_json(bare)
    assert parse_card(content) == bare
    assert not {"models", "golden", "files"} & json.loads(content).keys()


def test_a_card_with_models_and_without_golden_vectors_comes_back():
    files = dict.fromkeys(("float32.tflite", "full_int8.onnx"), HASH)
    card = IMAGE_CARD._replace(golden=None, files=files)
    assert parse_card(card_to_json(card)) == card


def test_the_written_card_is_plain_utf_8_that_ends_in_a_line_break():
    card = IMAGE_CARD._replace(output=LabelOutput(("Katze", "Äffchen", "猫")))
    content = card_to_json(card)
    assert "猫".encode() in content
    assert content.endswith(b"}\n")
    assert card_to_json(card) == content


@pytest.mark.parametrize(
    "name", ["labels.txt", "report.json", "../x.txt", "golden/0.txt", "Words.txt", "card.json", ""]
)
def test_a_vocabulary_with_the_name_of_another_file_is_refused(text, name):
    text["input"]["tokenizer"]["vocabulary"] = name
    text["files"][name] = HASH
    refusal(encode(text))


@pytest.mark.parametrize("label", ["a b", 'ü, "x"', "\u00a0x", "\U0001fae8", "a\u200db"])
def test_a_label_may_be_any_text_of_one_line(image, label):
    image["output"]["labels"][0] = label
    assert parse_card(encode(image)).output.labels[0] == label


@pytest.mark.parametrize("label", ["a\nb", "\x1b[2J", "\u2028", "\u202eb", "\x85", " "])
def test_a_label_that_would_break_a_line_is_refused_by_name(image, label):
    image["output"]["labels"][0] = label
    assert repr(label) in refusal(encode(image))
