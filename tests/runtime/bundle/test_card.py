"""The card: every field missing, of another type or out of range, and JSON that is not plain."""

import copy
import json

import pytest
from hypothesis import given, strategies as st

from conformance.vector_files import FOLDER
from helpers.tiny_bundles import (
    GENERATOR_CARD,
    GENERATOR_FILES,
    IMAGE_CARD,
    IMAGE_FILES,
    STYLE_CARD,
    STYLE_FILES,
    TEXT_CARD,
    TEXT_FILES,
)
from satchel import limits
from satchel.bundle import card as card_module, task_table
from satchel.bundle.card import (
    Card,
    ImageInput,
    ImageOutput,
    LabelOutput,
    LatentInput,
    ModelEntry,
    TensorSpec,
    TextInput,
    VerifiedImages,
    VerifiedLabels,
    card_to_json,
    parse_card,
)
from satchel.errors import CardError
from satchel.preprocessing import (
    KerasTokenizerSpec,
    RegexSpec,
    SentencePieceSpec,
    StandardizeStep,
    VectorizationSpec,
    WordPieceSpec,
)

MISSING = ...
HASH = "sha256:" + "0" * 64
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


@pytest.fixture
def image():
    """Return the fields of an image card, fresh for this test."""
    return json.loads(card_to_json(IMAGE_CARD._replace(files=dict.fromkeys(IMAGE_FILES, HASH))))


@pytest.fixture
def text():
    return json.loads(card_to_json(TEXT_CARD._replace(files=dict.fromkeys(TEXT_FILES, HASH))))


@pytest.fixture
def generator():
    return json.loads(
        card_to_json(GENERATOR_CARD._replace(files=dict.fromkeys(GENERATOR_FILES, HASH)))
    )


@pytest.fixture
def style():
    return json.loads(card_to_json(STYLE_CARD._replace(files=dict.fromkeys(STYLE_FILES, HASH))))


def change(fields, path, value):
    """Set, or with MISSING delete, what is at ``models.0.input.scale``."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        fields = fields[step]
    if value is MISSING:
        del fields[last]
    else:
        fields[last] = value


def encode(fields):
    return json.dumps(fields).encode()


def refusal(content):
    """Return the message with which the card is refused."""
    with pytest.raises(CardError) as caught:
        parse_card(content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


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


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize(
    "path", ["input.scale.0", "input.offset.0", "models.0.input.scale", "models.0.golden_tolerance"]
)
def test_a_number_that_is_not_finite_is_refused(image, path, constant):
    change(image, path, "HERE")
    refusal(encode(image).replace(b'"HERE"', constant.encode()))


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused_where_nothing_reads_it_too(image, constant):
    image["provenance"]["odd"] = "HERE"
    refusal(encode(image).replace(b'"HERE"', constant.encode()))


def test_a_number_beyond_all_floats_is_refused_where_nothing_reads_it_too(image):
    image["provenance"]["odd"] = "HERE"
    refusal(encode(image).replace(b'"HERE"', b"1e999"))


@pytest.mark.parametrize(
    "path",
    [
        "input.scale.0",
        "input.background.0",
        "input.offset.0",
        "models.0.output.scale",
        "models.0.golden_tolerance",
    ],
)
def test_a_whole_number_beyond_all_floats_is_refused(image, path):
    change(image, path, 10**400)
    refusal(encode(image))


@pytest.mark.parametrize("path", ["satchel", "input.height", "models.0.size_bytes"])
@pytest.mark.parametrize("digits", [400, 4000, 5000])
def test_an_integer_of_thousands_of_digits_is_refused(image, path, digits):
    change(image, path, "HERE")
    refusal(encode(image).replace(b'"HERE"', b"9" * digits))


def test_a_key_that_comes_twice_is_refused(image):
    content = encode(image)
    assert "twice" in refusal(content.replace(b'"satchel": 1', b'"satchel": 1, "satchel": 1'))
    assert "twice" in refusal(content.replace(b'"height"', b'"width"'))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"satchel":[', b"[{}, "])
def test_a_hundred_thousand_brackets_are_refused(opening):
    refusal(opening * 100_000)


def test_nesting_of_any_depth_gives_a_card_or_the_typed_error(image):
    image["provenance"] = "HERE"
    content = encode(image)
    for depth in range(0, 1500, 7):
        nested = b'{"a":' * depth + b"{}" + b"}" * depth
        try:
            parse_card(content.replace(b'"HERE"', nested))
        except CardError as error:
            assert "plain JSON" in str(error)  # noqa: PT017 - either way will do


def test_a_card_that_was_parsed_is_written_again_however_deep_it_nests(image):
    image["provenance"] = {"deep": "HERE"}
    content = encode(image).replace(b'"HERE"', b"[" * 600 + b"]" * 600)
    try:
        card = parse_card(content)
    except CardError:
        return
    assert parse_card(card_to_json(card)) == card


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037"])
def test_a_card_in_another_encoding_is_refused(image, encoding):
    refusal(json.dumps(image).encode(encoding))


def test_a_card_in_latin_1_is_refused_and_one_in_utf_8_is_not(image):
    image["output"]["labels"][0] = "Äpfel"
    content = json.dumps(image, ensure_ascii=False)
    refusal(content.encode("latin-1"))
    assert parse_card(content.encode()).output.labels[0] == "Äpfel"


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"null", b"1", b'"card"', b"[]", b"{}", b"{", b"{}{}", b"{'a': 1}", b"{a: 1}",
     b'{"a": 1,}', b'{"a": "\n"}', b"// comment\n{}", b"\0", b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(content):
    refusal(content)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(content):
    refusal(content)


def test_a_card_of_more_than_the_limit_is_refused_before_it_is_parsed():
    assert f"{limits.MAX_CARD_BYTES:,}" in refusal(b" " * (limits.MAX_CARD_BYTES + 1))


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "__init__", "__proto__", "constructor", "take", "values"]
)
def test_names_that_mean_something_to_a_language_are_just_unknown_fields(image, name):
    expected = parse_card(encode(image))
    for place in (image, image["input"], image["output"], image["models"][0]):
        place[name] = {"__reduce__": ["os.system", "true"]}
    assert parse_card(encode(image)) == expected


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


# float32's largest is 3.4028e38; the card keeps below it.
FINITE = st.floats(-3e38, 3e38, allow_nan=False)
FACTOR = FINITE.filter(bool)
SHARE = st.floats(0, 1)
LABELS = st.lists(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=8),
    min_size=2,
    max_size=6,
    unique=True,
).map(tuple)
DECIBEL = st.none() | st.floats(-1000, 1000)
DROP = st.floats(-100, 100)
VERIFIED_LABELS = st.builds(
    VerifiedLabels,
    st.integers(1, 10**9),
    SHARE,
    DROP,
    SHARE,
    SHARE,
    DECIBEL,
    st.just(()) | st.tuples(DROP, DROP),
)
VERIFIED_IMAGES = st.builds(VerifiedImages, st.integers(1, 10**9), DECIBEL, DECIBEL, SHARE)
SCALE = st.floats(1.2e-38, 3e38)
TENSOR = st.one_of(
    st.sampled_from([TensorSpec("float32"), TensorSpec("int32"), TensorSpec("int64")]),
    st.tuples(SCALE, st.integers(0, 255)).map(lambda drawn: TensorSpec("uint8", *drawn)),
    st.tuples(SCALE, st.integers(-128, 127)).map(lambda drawn: TensorSpec("int8", *drawn)),
)
NUMBERS = st.lists(st.integers(0, 999), min_size=1, max_size=4)
MODELS = {
    verified: st.builds(
        ModelEntry,
        file=st.sampled_from(["a.tflite", "b.onnx"]),
        format=st.sampled_from(["tflite", "onnx"]),
        scheme=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True),
        size_bytes=st.integers(1, 1 << 40),
        input=TENSOR,
        output=TENSOR,
        needs=st.dictionaries(
            st.sampled_from(["litert", "onnx", "later"]),
            NUMBERS.map(lambda n: ".".join(map(str, n))),
        ),
        golden_tolerance=SHARE,
        golden_tolerance_why=st.text(st.characters(codec="utf-8"), max_size=20),
        verified=st.none() | verified,
    )
    for verified in (VERIFIED_LABELS, VERIFIED_IMAGES)
}
IMAGE_INPUT = st.builds(
    ImageInput,
    height=st.integers(1, 8192),
    width=st.integers(1, 8192),
    channels=st.just(3),
    fit=st.sampled_from(["stretch", "crop", "letterbox"]),
    background=st.tuples(*[st.integers(0, 255)] * 3),
    scale=st.tuples(FACTOR) | st.tuples(FACTOR, FACTOR, FACTOR),
    offset=st.tuples(FINITE) | st.tuples(FINITE, FINITE, FINITE),
    channel_order=st.sampled_from(["rgb", "bgr"]),
    padding=st.tuples(*[st.integers(0, 255)] * 3),
)
TEXT_INPUT = st.builds(
    TextInput,
    length=st.integers(1, 65_536),
    tokenizer=st.one_of(
        st.builds(
            RegexSpec,
            delimiter=st.sampled_from([r"[^\w']+", r"\W+"]),
            vocabulary=st.just("vocabulary.txt"),
        ),
        st.builds(
            VectorizationSpec,
            vocabulary=st.just("vocabulary.json"),
            unknown=st.integers(0, 9),
            standardize=st.sampled_from(
                [
                    (),
                    (
                        StandardizeStep("lower"),
                        StandardizeStep("replace", text="<br />", by=" "),
                        StandardizeStep("replace", characters="[!?]+", by=""),
                    ),
                ]
            ),
            split=st.sampled_from(["whitespace", "character"]),
            ngrams=st.sampled_from([(1,), (1, 2), (3,)]),
            output=st.sampled_from(["int", "multi_hot", "count"]),
        ),
        st.builds(
            KerasTokenizerSpec,
            vocabulary=st.just("vocabulary.json"),
            unit=st.sampled_from(["word", "character"]),
            lower=st.booleans(),
            filters=st.text(st.characters(codec="utf-8"), max_size=9),
            separator=st.sampled_from([" ", "--"]),
            unknown=st.none() | st.integers(0, 9),
            pad=st.integers(0, 9),
            padding=st.sampled_from(["pre", "post"]),
            truncating=st.sampled_from(["pre", "post"]),
        ),
        st.builds(
            WordPieceSpec,
            vocabulary=st.just("vocab.txt"),
            lower=st.booleans(),
            strip_accents=st.booleans(),
            clean=st.booleans(),
            chinese=st.booleans(),
            unknown=st.just("[UNK]"),
            start=st.none() | st.just("[CLS]"),
            end=st.none() | st.just("[SEP]"),
            pad=st.just("[PAD]"),
            prefix=st.sampled_from(["##", ""]),
            word_length=st.integers(1, 1000),
            specials=st.sampled_from([(), ("[MASK]", "[CLS]")]),
        ),
        st.builds(
            SentencePieceSpec,
            model=st.just("pieces.model"),
            start=st.none() | st.integers(0, 9),
            end=st.none() | st.integers(0, 9),
            pad=st.integers(0, 9),
        ),
    ),
    tensors=st.sampled_from([("ids",), ("ids", "mask"), ("ids", "segments", "mask")]),
)
LATENT_INPUT = st.builds(LatentInput, length=st.integers(1, 65_536))
LABEL_OUTPUT = st.one_of(
    st.builds(
        LabelOutput,
        LABELS,
        st.sampled_from(["softmax", "none"]),
        multi_label=st.just(False),
        thresholds=st.just(()),
        ids=st.just(()),
    ),
    LABELS.map(lambda labels: LabelOutput(labels, "sigmoid", True, (0.25,) * len(labels))),
    LABELS.map(lambda ids: LabelOutput((ids[0],) * len(ids), "none", ids=ids)),
    LABELS.map(lambda labels: LabelOutput(labels[:2], "logit")),
)
IMAGE_OUTPUT = st.builds(
    ImageOutput,
    height=st.integers(1, 4096),
    width=st.integers(1, 4096),
    channels=st.just(3),
    scale=st.tuples(FACTOR) | st.tuples(FACTOR, FACTOR, FACTOR),
    offset=st.tuples(FINITE) | st.tuples(FINITE, FINITE, FINITE),
)
TASKS = {
    "image-classification": (IMAGE_INPUT, LABEL_OUTPUT, VERIFIED_LABELS),
    "text-classification": (TEXT_INPUT, LABEL_OUTPUT, VERIFIED_LABELS),
    "image-generation": (LATENT_INPUT, IMAGE_OUTPUT, VERIFIED_IMAGES),
    "style-transfer": (IMAGE_INPUT, IMAGE_OUTPUT, VERIFIED_IMAGES),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | FINITE
    | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def test_every_task_has_cards_that_are_drawn_here():
    assert TASKS.keys() == task_table.TASKS.keys()


@st.composite
def cards(draw):
    task = draw(st.sampled_from(sorted(TASKS)))
    taken, given, verified = TASKS[task]
    input_spec = draw(taken)
    models = draw(st.lists(MODELS[verified], min_size=1, max_size=3))
    if "several-inputs" in input_spec.features:
        rows = draw(st.permutations(range(len(input_spec.tensors))))
        models = [each._replace(input=each.input._replace(rows=tuple(rows))) for each in models]
    return Card(
        name=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)),
        version=".".join(map(str, draw(st.tuples(*[st.integers(0, 999_999_999)] * 3)))),
        task=task,
        input=input_spec,
        output=draw(given),
        models=tuple(models),
        golden="g.json",
        files=dict.fromkeys(("a.tflite", "b.onnx", "g.json", *input_spec.files), HASH),
        provenance=draw(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), JSON)),
    )


@given(cards())
def test_a_card_comes_back_as_it_was_written(card):
    assert parse_card(card_to_json(card)) == card


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
