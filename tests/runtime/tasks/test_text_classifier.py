"""Texts to labels, from the string to the prediction."""

import numpy as np
import pytest

from helpers.tiny_bundles import TEXT_CARD, TEXT_FILES, seal
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError, CardError, InputError
from satchel.inference.prediction import Prediction
from satchel.preprocessing import RegexSpec
from satchel.tasks.text_classification import TextClassifier

SCORE = np.float32([[0.75]])


def test_the_best_label_comes_first(text_path, install_engines):
    install_engines(litert=SCORE)
    classifier = TextClassifier(text_path)
    assert classifier.classify("good") == [
        Prediction("positive", 0.75),
        Prediction("negative", 0.25),
    ]
    assert classifier.classify("good", top=1) == [Prediction("positive", 0.75)]


def test_the_engine_gets_token_ids(text_path, install_engines):
    seam = install_engines(litert=SCORE)
    TextClassifier(text_path).classify("Good, not bad: don't!")
    [tensor] = seam.engines["litert"].inputs
    assert tensor.dtype == np.int32
    assert tensor.tolist() == [[1, 3, 2, 4, 5, 0]]


def test_many_texts_are_answered_in_their_order(text_path, install_engines):
    class HowManyGood:
        def run(self, tensor):
            return np.float32([[(tensor == 3).sum() / 4]])

    install_engines(litert=None).engines["litert"] = HowManyGood()
    classifier = TextClassifier(text_path)
    found = classifier.classify_many(iter(["good", "good good good", "bad"]), top=1)
    assert [label for [(label, _)] in found] == ["negative", "positive", "negative"]
    assert classifier.scores("good good").tolist() == [0.5, 0.5]


def test_an_image_bundle_is_refused_with_its_task(image_path, install_engines):
    install_engines(litert=SCORE)
    with pytest.raises(BundleError, match="got one for image-classification"):
        TextClassifier(image_path)


def test_what_is_no_text_is_refused_and_the_classifier_stays_usable(text_path, install_engines):
    install_engines(litert=SCORE)
    classifier = TextClassifier(open_bundle(text_path))
    for value in (b"good", None, 1):
        with pytest.raises(InputError, match="as str"):
            classifier.classify(value)
    assert classifier.classify("good")[0].label == "positive"


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "good " * 100_000, "مرحبا"])
def test_any_string_is_answered(text_path, install_engines, text):
    install_engines(litert=SCORE)
    assert TextClassifier(text_path).classify(text)[0].label == "positive"


def test_a_delimiter_that_could_run_for_ever_is_refused_before_an_engine_opens(
    load, no_engine_may_open
):
    hostile = TEXT_CARD._replace(
        input=TEXT_CARD.input._replace(tokenizer=RegexSpec("(a+)+", "vocabulary.txt"))
    )
    with pytest.raises(CardError, match="delimiter"):
        TextClassifier(load(seal(hostile, TEXT_FILES)))


@pytest.mark.parametrize("vocabulary", [b"", b"<PAD> 0\n", b"\xff", b"<PAD> 0\n<PAD> 0\n"])
def test_a_damaged_vocabulary_is_refused_before_an_engine_opens(
    load, no_engine_may_open, vocabulary
):
    with pytest.raises(CardError):
        TextClassifier(load(seal(TEXT_CARD, {**TEXT_FILES, "vocabulary.txt": vocabulary})))
