"""Cards with chance fields come back as they were written."""

from hypothesis import given, strategies as st

from helpers.card_fields import HASH
from satchel.bundle import task_table
from satchel.bundle.card import Card, ModelEntry, TensorSpec, card_to_json, parse_card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput, VerifiedImages
from satchel.bundle.label_output import LabelOutput, VerifiedLabels
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import (
    KerasTokenizerSpec,
    RegexSpec,
    SentencePieceSpec,
    StandardizeStep,
    VectorizationSpec,
    WordPieceSpec,
)

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
