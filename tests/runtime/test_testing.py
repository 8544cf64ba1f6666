"""Classifiers without a model: real in what they read and refuse, scripted in what they say."""

import threading

import numpy as np
import pytest
from PIL import Image

from helpers.tiny_bundles import encode_png
from satchel.bundle.reading import open_bundle
from satchel.engines.engine import ENGINES
from satchel.engines.fake import FakeEngine
from satchel.errors import BundleError, CardError, EngineError, InputError
from satchel.inference.prediction import Prediction
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.image_generation import ImageGenerator
from satchel.tasks.style_transfer import StyleTransfer
from satchel.tasks.text_classification import TextClassifier
from satchel.testing import (
    FakeImageClassifier,
    FakeTextClassifier,
    fake_image_bundle,
    fake_text_bundle,
)

ANIMALS = ("cat", "dog", "eel")
FRAME = np.zeros((4, 6, 3), np.uint8)
SCORES = np.float32([[0.25, 0.625, 0.125]])


@pytest.fixture
def animals():
    return fake_image_bundle(ANIMALS, height=4, width=6)


def test_a_fake_is_what_an_application_asks_for(animals):
    assert isinstance(FakeImageClassifier(animals, predictions="cat"), ImageClassifier)
    assert isinstance(FakeTextClassifier(fake_text_bundle("ab"), predictions="a"), TextClassifier)


def test_every_way_to_ask_a_classifier_is_scripted_and_tested_here():
    ways = {name for name in dir(ImageClassifier) if not name.startswith("_")} - {"TASK"}
    assert ways == {"classify", "classify_each", "classify_many", "classify_stream", "scores"}


def test_a_label_is_certain_and_said_every_time(animals):
    classifier = FakeImageClassifier(animals, predictions="dog")
    for _ in range(3):
        assert classifier.classify(FRAME) == [
            Prediction("dog", 1.0),
            Prediction("cat", 0.0),
            Prediction("eel", 0.0),
        ]
    assert classifier.classify(FRAME, top=1) == [Prediction("dog", 1.0)]


def test_probabilities_are_said_as_they_are_told(animals):
    classifier = FakeImageClassifier(animals, predictions={"eel": 0.75, "cat": 0.25})
    assert classifier.classify(FRAME, top=2) == [Prediction("eel", 0.75), Prediction("cat", 0.25)]
    found = classifier.scores(FRAME)
    assert found.dtype == np.float32
    assert found.tolist() == [0.25, 0, 0.75]
    found[:] = 0
    assert classifier.scores(FRAME).tolist() == [0.25, 0, 0.75]


def test_answers_come_one_after_another_and_no_more_than_there_are(animals):
    classifier = FakeImageClassifier(animals, predictions=["cat", {"dog": 0.5}, "eel"])
    found = classifier.classify_many([FRAME] * 3, top=1)
    assert [label for [(label, _)] in found] == ["cat", "dog", "eel"]
    with pytest.raises(
        AssertionError, match=r"Expected 3 classifications, got one more: add its prediction"
    ):
        classifier.classify(FRAME)


def test_an_answer_may_depend_on_what_is_asked(animals):
    classifier = FakeImageClassifier(
        animals, predictions=lambda frame: ANIMALS[int(frame[0, 0, 0])]
    )
    for level, label in enumerate(ANIMALS):
        assert classifier.classify(np.full((4, 6, 3), level, np.uint8))[0].label == label


def test_an_error_is_raised_in_its_turn(animals):
    classifier = FakeImageClassifier(
        animals, predictions=["cat", EngineError("Expected 3."), "dog"]
    )
    assert classifier.classify(FRAME)[0].label == "cat"
    with pytest.raises(EngineError, match=r"Expected 3\."):
        classifier.classify(FRAME)
    assert classifier.classify(FRAME)[0].label == "dog"


def test_what_was_asked_is_kept_refused_or_not(animals, tmp_path):
    classifier = FakeImageClassifier(animals, predictions="cat")
    missing = tmp_path / "none.png"
    classifier.classify(FRAME)
    with pytest.raises(InputError, match=r"none\.png"):
        classifier.classify(missing)
    assert len(classifier.contents) == 2
    assert classifier.contents[0] is FRAME
    assert classifier.contents[1] is missing


@pytest.mark.parametrize(
    "content", [b"no image", "none.png", 7, None, FRAME.astype(np.float32), FRAME[0, 0]]
)
def test_a_fake_refuses_what_the_real_classifier_refuses_in_the_same_words(animals, content):
    with pytest.raises(InputError) as real:
        ImageClassifier(animals, engine=FakeEngine(SCORES)).classify(content)
    with pytest.raises(InputError) as fake:
        FakeImageClassifier(animals, predictions="cat").classify(content)
    assert str(fake.value) == str(real.value)


def test_a_refused_image_takes_no_answer(animals):
    classifier = FakeImageClassifier(animals, predictions=["cat"])
    with pytest.raises(InputError):
        classifier.classify(b"no image")
    assert classifier.classify(FRAME)[0].label == "cat"


def test_every_kind_of_image_will_do(animals, tmp_path):
    path = tmp_path / "frame.png"
    path.write_bytes(encode_png(FRAME))
    classifier = FakeImageClassifier(animals, predictions="cat")
    for image in (
        path,
        str(path),
        path.read_bytes(),
        Image.fromarray(FRAME),
        FRAME,
        FRAME[..., 0],
    ):
        assert classifier.classify(image)[0].label == "cat"


def test_a_fake_streams(animals):
    classifier = FakeImageClassifier(animals, predictions=[InputError("Expected light."), "cat"])
    [dark] = classifier.classify_stream([FRAME])
    assert (str(dark.error), dark.predictions) == ("Expected light.", [])
    [bright] = classifier.classify_stream([FRAME], top=1)
    assert bright.predictions == [Prediction("cat", 1.0)]


def test_a_text_is_answered_by_what_it_says():
    classifier = FakeTextClassifier(
        fake_text_bundle(["negative", "positive"]),
        predictions=lambda text: "positive" if "good" in text else {"negative": 0.75},
    )
    assert classifier.classify("so good")[0] == Prediction("positive", 1.0)
    assert classifier.classify("hm")[0] == Prediction("negative", 0.75)
    with pytest.raises(InputError, match="as str"):
        classifier.classify(b"so good")
    assert classifier.contents == ["so good", "hm", b"so good"]


@pytest.mark.parametrize("predictions", ["cow", ["cat", "cow"], {"cat": 0.5, "cow": 0.5}])
def test_a_label_that_the_bundle_has_not_is_refused_before_it_is_asked_for(animals, predictions):
    with pytest.raises(ValueError, match="labels cat, dog, eel, got 'cow'"):
        FakeImageClassifier(animals, predictions=predictions)


def test_a_label_that_the_bundle_has_not_is_refused_when_a_function_says_it(animals):
    classifier = FakeImageClassifier(animals, predictions=lambda frame: "cow")
    with pytest.raises(ValueError, match="got 'cow'"):
        classifier.classify(FRAME)


@pytest.mark.parametrize("score", [-0.1, 1.5, float("nan")])
def test_what_is_no_probability_is_refused(animals, score):
    with pytest.raises(ValueError, match=rf"of 'cat' from 0 to 1, got {score}"):
        FakeImageClassifier(animals, predictions={"cat": score})


def test_answers_are_given_to_threads_one_each(animals):
    predictions = ["cat", "dog", "eel"] * 100
    classifier = FakeImageClassifier(animals, predictions=predictions)
    found = []

    def ask():
        for _ in range(30):
            found.append(classifier.classify(FRAME)[0].label)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(predictions)
    assert len(classifier.contents) == 300


@pytest.mark.parametrize("labels", [["cat"], ["cat", "cat"], ["cat", " "], ["cat", "a\nb"]])
def test_labels_that_no_card_can_have_are_refused(labels):
    for make in (fake_image_bundle, fake_text_bundle):
        with pytest.raises(CardError, match="labels"):
            make(labels)


def test_a_fake_bundle_is_for_its_task_alone(animals):
    with pytest.raises(BundleError, match="got one for image-classification"):
        FakeTextClassifier(animals, predictions="cat")


def test_the_applications_own_bundle_will_do(image_path):
    classifier = FakeImageClassifier(image_path, predictions="eel")
    assert classifier.bundle.card.name == "tiny"
    assert classifier.classify(FRAME)[0].label == "eel"
    with pytest.raises(ValueError, match="got 'cow'"):
        FakeImageClassifier(open_bundle(image_path), predictions="cow")


def test_an_engine_of_ones_own_answers_in_the_models_stead(image_path):
    engine = FakeEngine(SCORES)
    classifier = ImageClassifier(image_path, engine=engine)
    assert classifier.classify(FRAME, top=1) == [Prediction("dog", 0.625)]
    assert (classifier.model.entry.file, classifier.model.engine_name) == (
        "float32.tflite",
        "FakeEngine",
    )
    [tensor] = engine.inputs
    assert (tensor.dtype, tensor.shape) == (np.float32, (1, 4, 6, 3))


def test_an_engine_of_ones_own_may_stand_for_any_model_of_the_bundle(image_path):
    engine = FakeEngine(np.uint8([[64, 160, 32]]))
    classifier = ImageClassifier(image_path, model="full_int8.onnx", engine=engine)
    assert classifier.scores(FRAME).tolist() == SCORES[0].tolist()
    assert engine.inputs[0].dtype == np.uint8
    with pytest.raises(EngineError, match=r"full_int8\.onnx\), got 'other\.onnx'"):
        ImageClassifier(image_path, model="other.onnx", engine=engine)


def test_what_an_engine_of_ones_own_says_is_looked_at(image_path):
    classifier = ImageClassifier(image_path, engine=FakeEngine(np.float32([[0.5, 0.5]])))
    with pytest.raises(EngineError, match=r"Expected float32 \(1, 3\)"):
        classifier.classify(FRAME)


@pytest.mark.parametrize("engine", [5, object(), b"litert"])
def test_what_is_neither_a_name_nor_an_engine_is_refused_with_the_names(image_path, engine):
    with pytest.raises(EngineError, match=", ".join(ENGINES)):
        ImageClassifier(image_path, engine=engine)


def test_makers_of_images_take_an_engine_of_ones_own(generator_path, style_path):
    pixels = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)
    assert ImageGenerator(generator_path, engine=FakeEngine(pixels)).generate(7).max() == 23
    assert StyleTransfer(style_path, engine=FakeEngine(pixels)).apply(FRAME).max() == 23
