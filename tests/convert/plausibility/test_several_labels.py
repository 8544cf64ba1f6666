"""A model of several labels is examined by how it ranks the samples of each label."""

import json

import numpy as np
import pytest

from helpers.tags import TAGS, tagged, train_tags, write_images, write_tables
from satchel_convert import DoubtfulModelError, ImageSettings, convert, explain, pack
from satchel_convert.errors import ConversionError
from satchel_convert.plausibility.confirmation import confirm, halves_of, is_right
from satchel_convert.plausibility.label_orders import find_order
from satchel_convert.plausibility.several_labels import best_thresholds, margins, ranking_doubts
from satchel_convert.plausibility.trying import Attempt

LABELS = ("dog", "cat", "bird", "fish", "horse", "frog")
ONE_MODEL = {"formats": ["onnx"], "schemes": ["float32"]}
RIGHT = {"mean": (127.5,), "std": (127.5,)}


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def answers(count=300, *, labels=6, signal=4.0, bias=0.0, seed=0):
    """Return margins above 0.5 that rise by ``signal`` where a label is true, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.random((count, labels)) < random.uniform(0.1, 0.6, labels)
    logits = signal * (truth - 0.5) + bias + random.normal(0, 1, truth.shape)
    return sigmoid(logits) - 0.5, truth


def test_the_best_threshold_is_that_of_every_possible_one():
    random = np.random.default_rng(4)
    for _ in range(30):
        # Few different scores, so that many are equal.
        scores = random.integers(0, 6, (12, 3)).astype(np.float32) / 8
        truth = random.random((12, 3)) < 0.5
        found = ((scores >= best_thresholds(scores, truth)) == truth).sum(axis=0)
        every = [((scores >= at / 16) == truth).sum(axis=0) for at in range(-1, 17)]
        assert found.tolist() == np.max(every, axis=0).tolist()


def test_a_label_is_chosen_from_its_threshold_on():
    below = np.nextafter(np.float32([0.3, 0.5]), np.float32(0))
    scores = np.stack([np.float32([0.3, 0.5]), below])
    thresholds = np.array([0.3, 0.5])
    found = margins(Attempt(scores, [], 0), thresholds).present
    assert is_right(found, scores >= thresholds).all()
    assert not is_right(found, np.zeros((2, 2), bool))[0]


def test_labels_in_their_order_are_left_alone_and_a_reversed_list_is_named():
    predictions, truth = answers()
    halves = halves_of(truth)
    assert find_order(predictions, truth, LABELS, halves) is None
    found = find_order(predictions, truth[:, ::-1], LABELS, halves)
    assert found.order.words == "in reverse order"
    assert found.confirmed.accuracy > 0.5 > found.confirmed.now


def test_a_moved_list_and_two_exchanged_labels_are_named():
    predictions, truth = answers()
    halves = halves_of(truth)
    moved = find_order(predictions, np.roll(truth, 1, axis=1), LABELS, halves)
    assert moved.order.remedy.startswith("The list of labels is off by 1")
    exchanged = find_order(predictions, truth[:, [1, 0, 2, 3, 4, 5]], LABELS, halves)
    assert exchanged.order.words == ("in another order (output 0 is 'cat', output 1 is 'dog')")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("signal", [0.0, 0.5, 4.0])
def test_no_order_of_labels_is_found_by_chance(signal, seed):
    predictions, truth = answers(80, signal=signal, seed=seed)
    assert find_order(predictions, truth, LABELS, halves_of(truth)) is None


def test_a_way_that_only_moves_all_scores_is_no_repair():
    """Training that weighs rare labels makes all scores high; a dark image makes them lower."""
    predictions, truth = answers(1000, bias=3.0)
    random = np.random.default_rng(1)
    logits = np.log((predictions + 0.5) / (0.5 - predictions))
    lower = sigmoid(logits - 3 + random.normal(0, 0.3, logits.shape)) - 0.5
    right, right_now = (is_right(each, truth).mean() for each in (lower, predictions))
    assert right > right_now + 0.2
    assert confirm(predictions, lower, truth, halves_of(truth)) is None


def test_a_label_that_is_upside_down_is_named():
    predictions, truth = answers()
    assert ranking_doubts(predictions, truth, LABELS) == []
    predictions[:, 2] *= -1
    [doubt] = ranking_doubts(predictions, truth, LABELS)
    assert doubt.cause == "chance"
    assert "above one without it 'bird' 0." in doubt.sentence


@pytest.mark.parametrize("seed", range(20))
def test_a_model_of_chance_is_doubted_if_there_are_enough_samples(seed):
    doubts = ranking_doubts(*answers(3000, signal=0.0, seed=seed), LABELS)
    assert [doubt.cause for doubt in doubts] == ["chance"]
    assert ranking_doubts(*answers(20, signal=0.0, seed=seed), LABELS) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_poor_model_is_not_one_of_chance(seed):
    assert ranking_doubts(*answers(500, signal=0.4, seed=seed), LABELS) == []


def test_a_label_of_all_samples_or_of_none_says_nothing():
    predictions, truth = answers(50, labels=2)
    truth[:, 0], truth[:, 1] = True, False
    assert ranking_doubts(predictions, truth, LABELS[:2]) == []


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A network as .keras and float .tflite, and a table of tagged images."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("tags")
    model = train_tags(scale=1 / 127.5, offset=-1)
    model.save(folder / "tags.keras")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / "tags.tflite").write_bytes(converter.convert())
    images, truth = tagged(300, seed=5)
    write_tables(folder / "photos", write_images(folder / "photos", images), truth)
    return folder


FAULTS = [
    (TAGS[::-1], RIGHT, "label order: With the labels in reverse order, the model is right about"),
    (TAGS, {"mean": (0.0,), "std": (255.0,)}, "mean and scale: With images scaled to -1 to 1,"),
]


@pytest.mark.parametrize(("labels", "images", "named"), FAULTS)
def test_what_is_planted_is_named_first_and_nothing_is_packed(own, labels, images, named):
    stated = {"labels": labels, "evaluation": own / "photos/test.csv"}
    stated["images"] = ImageSettings(**images)
    with pytest.raises(DoubtfulModelError) as caught:
        convert(own / "tags.keras", **stated, **ONE_MODEL)
    assert str(caught.value).startswith(named)
    assert "right about exactly the labels of 9" in str(caught.value)
    with pytest.raises(DoubtfulModelError) as caught:
        pack(own / "tags.tflite", multi_label=True, **stated)
    assert str(caught.value).startswith(named)
    first = explain(own / "tags.tflite", multi_label=True, **stated).findings[0]
    assert first.sentence.startswith(named.partition(": ")[2])


def test_a_healthy_model_of_several_labels_raises_no_alarm(own):
    stated = {
        "labels": TAGS,
        "evaluation": own / "photos/test.jsonl",
        "images": ImageSettings(**RIGHT),
    }
    made = convert(own / "tags.keras", **stated, **ONE_MODEL)
    assert made.report.doubts == ()
    assert made.report.passed
    assert pack(own / "tags.tflite", multi_label=True, **stated).doubts == ()


def test_predictions_of_the_author_name_the_order_of_several_labels(own, tmp_path):
    import keras

    images, _ = tagged(300, seed=5)
    model = keras.models.load_model(own / "tags.keras")
    scores = model.predict(images / np.float32(127.5) - 1, verbose=0).tolist()
    said = {f"{at:04}.png": row for at, row in enumerate(scores)}
    by_name = {name: {"scores": dict(zip(TAGS, row, strict=True))} for name, row in said.items()}
    expected = tmp_path / "said.json"
    expected.write_text(json.dumps(by_name), encoding="utf-8")
    with pytest.raises(ConversionError, match="With the labels in reverse order"):
        convert(
            own / "tags.keras",
            labels=TAGS[::-1],
            evaluation=own / "photos/test.csv",
            images=ImageSettings(**RIGHT),
            expect=expected,
            **ONE_MODEL,
        )
