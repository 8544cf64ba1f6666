"""MediaPipe Tasks, a client we did not write, runs our .tflite files unchanged."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.bert_models import WORDPIECES, write_bert_opinions
from satchel import ImageClassifier, TextClassifier
from satchel.preprocessing import WordPieceSpec
from satchel_convert import convert
from satchel_convert.schemes import SCHEMES
from satchel_convert.tflite.finish import finish_tflite
from satchel_convert.tflite.flatbuffer import read_tree, write_tree

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

INPUTS = 500
real_data = [
    pytest.mark.real_data,
    pytest.mark.skipif(not os.environ.get("SATCHEL_DATA"), reason="SATCHEL_DATA is not set"),
]
BERT_SCHEMES = ("float32", "dynamic_int8", "full_int8")
BERT_TEXTS = [
    "A great film",
    "The plots, badly AWFUL!",
    "bad films. " * 20,
    "",
    "unknown words number numbers, greatly",
    "the plot is good.The film (great) is-bad",
    " \t good\nfilm ",
    "goodly number",
]
RECIPES = [
    "digits",
    "reviews",
    *(pytest.param(name, marks=real_data) for name in ("mnist", "imdb --model lasso")),
]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_mediapipe_gives_the_answers_of_the_runtime(carry, bundle_with, recipe, scheme):
    carried = carry(recipe)
    bundle = bundle_with(recipe, scheme)
    labels = list(bundle.card.output.labels)
    # Not splitlines: some reviews hold line separators that end no line of JSON.
    lines = (carried.folder / "samples" / "evaluation.jsonl").read_text().split("\n")
    samples = [json.loads(line) for line in lines[:INPUTS] if line]
    if "picture" in samples[0]:
        classifier = ImageClassifier(bundle, model=f"{scheme}.tflite")
        inputs = [carried.folder / "samples" / sample["picture"] for sample in samples]
        theirs = mediapipe_images(bundle.files[f"{scheme}.tflite"], inputs, labels)
    else:
        classifier = TextClassifier(bundle, model=f"{scheme}.tflite")
        inputs = [sample["text"] for sample in samples]
        theirs = mediapipe_texts(bundle.files[f"{scheme}.tflite"], inputs, labels)
    ours = np.stack([classifier.scores(each) for each in inputs])
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()
    # Five uint8 steps: MediaPipe may bring a LiteRT with other kernels.
    np.testing.assert_allclose(ours, theirs, atol=0.02)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """The bundle of a tiny model with the inputs of BERT."""
    folder = write_bert_opinions(tmp_path_factory.mktemp("bert") / "opinions").path
    return convert(folder, schemes=BERT_SCHEMES, formats=["tflite"]).bundle


@pytest.mark.parametrize("scheme", BERT_SCHEMES)
def test_mediapipe_reads_the_pieces_of_a_bert_model_as_the_runtime_does(bert, scheme):
    classifier = TextClassifier(bert, model=f"{scheme}.tflite")
    ours = np.stack([classifier.scores(text) for text in BERT_TEXTS])
    labels = list(bert.card.output.labels)
    theirs = mediapipe_texts(bert.files[f"{scheme}.tflite"], BERT_TEXTS, labels)
    # The texts differ for the model, so that other ids would show.
    assert len(np.unique(ours[:, 1].round(3))) >= 6
    # MediaPipe may bring a LiteRT with other kernels.
    np.testing.assert_allclose(ours, theirs, atol=0.02)


@pytest.mark.parametrize(
    "tokenizer",
    [
        WordPieceSpec("vocabulary.txt", lower=False),
        WordPieceSpec("vocabulary.txt", lower=True, unknown="[PAD]"),
    ],
)
def test_mediapipe_refuses_a_tokenizer_that_its_metadata_cannot_say(bert, tokenizer):
    card = bert.card._replace(input=bert.card.input._replace(tokenizer=tokenizer))
    files = {"vocabulary.txt": WORDPIECES.encode()}
    content = read_tree(bert.files["float32.tflite"])
    content.metadata = []
    finished = finish_tflite(
        write_tree(content), scheme="float32", backend="only", card=card, files=files
    )
    with pytest.raises(Exception, match="metadata"):
        mediapipe_texts(finished, ["good"], list(card.output.labels))


def mediapipe_images(model: bytes, images: list[Path], labels: list[str]):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_buffer=model))
    with vision.ImageClassifier.create_from_options(options) as classifier:
        scores = []
        for source in images:
            pixels = np.ascontiguousarray(Image.open(source).convert("RGB"))
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
            scores.append(by_label(classifier.classify(image), labels))
    return np.array(scores, np.float32)


def mediapipe_texts(model: bytes, texts: list[str], labels: list[str]):
    from mediapipe.tasks.python import BaseOptions, text

    options = text.TextClassifierOptions(base_options=BaseOptions(model_asset_buffer=model))
    with text.TextClassifier.create_from_options(options) as classifier:
        scores = [by_label(classifier.classify(each), labels) for each in texts]
    return np.array(scores, np.float32)


def by_label(result, labels: list[str]) -> list[float]:
    scores = {each.category_name: each.score for each in result.classifications[0].categories}
    return [scores[label] for label in labels]
