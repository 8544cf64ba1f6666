"""Images to labels, from the file to the prediction."""

import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import satchel
from helpers.tiny_bundles import encode_png
from satchel.bundle.image_input import ImageInput
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError, EngineError, InputError
from satchel.inference.prediction import Prediction
from satchel.preprocessing.images import read_pixels
from satchel.tasks.image_classification import ImageClassifier

SCORES = np.float32([[0.25, 0.625, 0.125]])


@pytest.fixture
def image():
    return np.arange(72, dtype=np.uint8).reshape(4, 6, 3)


@pytest.fixture
def jpeg():
    file = io.BytesIO()
    noise = np.random.default_rng(7).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()


def test_the_best_label_comes_first(image_path, install_engines, image):
    install_engines(litert=SCORES)
    classifier = ImageClassifier(image_path)
    assert classifier.classify(image) == [
        Prediction("dog", 0.625),
        Prediction("cat", 0.25),
        Prediction("eel", 0.125),
    ]
    assert classifier.classify(image, top=1) == [Prediction("dog", 0.625)]


def test_the_first_result_takes_three_lines(image_path, install_engines, image):
    install_engines(litert=SCORES)
    classifier = satchel.ImageClassifier(str(image_path))
    assert classifier.classify(image)[0].label == "dog"


def test_scores_are_in_the_cards_order(image_path, install_engines, image):
    install_engines(litert=SCORES)
    found = ImageClassifier(image_path).scores(image)
    assert found.dtype == np.float32
    assert found.tolist() == SCORES[0].tolist()


def test_the_engine_gets_what_the_card_says(image_path, install_engines, image):
    seam = install_engines(litert=SCORES)
    ImageClassifier(image_path).classify(image)
    [tensor] = seam.engines["litert"].inputs
    assert tensor.dtype == np.float32
    assert np.array_equal(tensor, image[None].astype(np.float32) * np.float32(1 / 255))


def test_a_quantised_model_gets_levels_and_answers_in_levels(image_path, install_engines, image):
    seam = install_engines(litert=SCORES, onnx=np.uint8([[64, 160, 32]]))
    classifier = ImageClassifier(image_path, model="full_int8.onnx")
    assert classifier.scores(image).tolist() == SCORES[0].tolist()
    [tensor] = seam.engines["onnx"].inputs
    assert tensor.dtype == np.uint8
    assert np.array_equal(tensor, image[None])


def test_many_images_are_answered_in_their_order(image_path, install_engines, tmp_path):
    class Brightest:
        def run(self, tensor):
            level = int(tensor.max() * 255 / 100)
            return np.eye(3, dtype=np.float32)[[level]]

    install_engines(litert=None).engines["litert"] = Brightest()
    images = [np.full((9, 9, 3), level, np.uint8) for level in (210, 10, 110)]
    path = tmp_path / "bright.png"
    path.write_bytes(encode_png(images[0]))
    classifier = ImageClassifier(image_path)
    given = (image for image in [path, images[1], Image.fromarray(images[2])])
    found = classifier.classify_many(given, top=1)
    assert [label for [(label, _)] in found] == ["eel", "cat", "dog"]
    assert classifier.classify_many([]) == []


@pytest.fixture
def on_two_cores(monkeypatch):
    """Let everything be worth a thread, and let there be two."""
    monkeypatch.setattr("satchel.tasks.classifier.WORTH_A_THREAD_SECONDS", 0.0)
    monkeypatch.setattr("satchel.device.hardware.usable_cores", lambda: 2)


class Busy:
    """Says the label whose number is the red level, and notes whom it met in here."""

    def __init__(self):
        self.inside = threading.Lock()
        self.met = False
        self.threads = set()

    def run(self, tensor):
        self.met |= not self.inside.acquire(blocking=False)
        self.threads.add(threading.current_thread().name)
        time.sleep(0.001)
        if self.inside.locked():
            self.inside.release()
        return np.eye(3, dtype=np.float32)[[round(tensor[0, 0, 0, 0] * 255) % 3]]


def levels(count):
    return [np.full((4, 6, 3), level, np.uint8) for level in range(count)]


def test_threads_answer_many_images_as_a_loop_does(image_path, install_engines, on_two_cores):
    busy = Busy()
    install_engines(litert=None).engines["litert"] = busy
    classifier = ImageClassifier(image_path)
    expected = [classifier.classify(image) for image in levels(40)]
    assert classifier.classify_many(levels(40)) == expected
    assert len(busy.threads) == 3, "this one and two workers"


def test_no_engine_is_entered_twice_when_many_images_share_it(
    image_path, install_engines, on_two_cores, monkeypatch
):
    monkeypatch.setattr("satchel.tasks.classifier.MAX_COPIES_BYTES", 1)
    busy = Busy()
    seam = install_engines(litert=None)
    seam.engines["litert"] = busy
    ImageClassifier(image_path).classify_many(levels(40))
    assert not busy.met
    assert len(seam.opened) == 1


@pytest.mark.parametrize(("files", "engines"), [(1, 1), (2, 2), (9, 2)])
def test_a_worker_has_its_own_copy_while_copies_are_small_together(
    image_path, install_engines, on_two_cores, monkeypatch, files, engines
):
    seam = install_engines(litert=SCORES)
    classifier = ImageClassifier(image_path)
    size_bytes = classifier.model.entry.size_bytes
    monkeypatch.setattr("satchel.tasks.classifier.MAX_COPIES_BYTES", files * size_bytes)
    classifier.classify_many(levels(9))
    assert len(seam.opened) == engines


def test_engines_that_have_threads_of_their_own_get_fewer_workers(
    image_path, install_engines, on_two_cores
):
    busy = Busy()
    install_engines(litert=None).engines["litert"] = busy
    ImageClassifier(image_path, threads=2).classify_many(levels(9))
    assert busy.threads == {threading.current_thread().name}


def test_images_that_take_no_time_stay_in_the_callers_thread(
    image_path, install_engines, monkeypatch
):
    monkeypatch.setattr("satchel.tasks.classifier.WORTH_A_THREAD_SECONDS", 3600.0)
    monkeypatch.setattr("satchel.device.hardware.usable_cores", lambda: 2)
    busy = Busy()
    install_engines(litert=None).engines["litert"] = busy
    ImageClassifier(image_path).classify_many(levels(9))
    assert busy.threads == {threading.current_thread().name}


def test_of_endless_images_only_a_few_are_taken_ahead(image_path, install_engines, on_two_cores):
    install_engines(litert=SCORES)
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield np.zeros((4, 6, 3), np.uint8)

    predictions = ImageClassifier(image_path).classify_each(endless(), top=1)
    for count in range(1, 30):
        assert next(predictions) == [Prediction("dog", 0.625)]
        assert len(taken) - count <= 4
    predictions.close()


@pytest.mark.parametrize("at", [0, 1, 5])
def test_an_image_that_is_none_is_an_error_in_its_place(
    image_path, install_engines, on_two_cores, at
):
    install_engines(litert=SCORES)
    images = [*levels(at), b"no image", *levels(3)]
    classifier = ImageClassifier(image_path)
    predictions = classifier.classify_each(images)
    for _ in range(at):
        next(predictions)
    with pytest.raises(InputError, match=r"got something else\. \(an image in memory\)"):
        next(predictions)
    with pytest.raises(InputError, match="got something else"):
        classifier.classify_many(images)


def test_scaled_decoding_is_what_was_asked_for(image_path, install_engines, jpeg):
    seam = install_engines(litert=SCORES)
    ImageClassifier(image_path).classify(jpeg)
    ImageClassifier(image_path, decoding="scaled").classify(jpeg)
    exact, scaled = seam.engines["litert"].inputs
    model = ImageInput(height=4, width=6)
    assert np.array_equal(np.rint(exact * 255), read_pixels(jpeg, model))
    assert np.array_equal(np.rint(scaled * 255), read_pixels(jpeg, model, decoding="scaled"))
    assert not np.array_equal(exact, scaled)


def test_an_open_bundle_serves_several_classifiers(image_path, install_engines, image):
    install_engines(litert=SCORES, onnx=np.uint8([[64, 160, 32]]))
    bundle = open_bundle(image_path)
    classifiers = [ImageClassifier(bundle, engine=engine) for engine in ("litert", "onnx")]
    assert [each.model.engine_name for each in classifiers] == ["litert", "onnx"]
    assert all(each.bundle is bundle for each in classifiers)
    assert classifiers[0].classify(image) == classifiers[1].classify(image)


def test_a_bundle_folder_will_do(folder, install_engines, image):
    install_engines(litert=SCORES)
    assert ImageClassifier(folder).classify(image)[0].label == "dog"


def test_threads_reach_the_engine(image_path, install_engines):
    seam = install_engines(litert=SCORES)
    ImageClassifier(image_path, threads=4)
    assert seam.opened[0][2] == 4


def test_a_text_bundle_is_refused_with_its_task(text_path, install_engines):
    install_engines(litert=SCORES)
    with pytest.raises(BundleError, match="got one for text-classification"):
        ImageClassifier(text_path)


def test_a_missing_bundle_an_unknown_model_and_an_unknown_engine_are_refused(
    image_path, install_engines, tmp_path
):
    install_engines(litert=SCORES)
    with pytest.raises(BundleError, match=r"none\.satchel"):
        ImageClassifier(tmp_path / "none.satchel")
    with pytest.raises(EngineError, match=r"got 'float16\.tflite'"):
        ImageClassifier(image_path, model="float16.tflite")
    with pytest.raises(EngineError, match="got 'tensorrt'"):
        ImageClassifier(image_path, engine="tensorrt")


def test_a_bad_image_leaves_the_classifier_usable(image_path, install_engines, image):
    install_engines(litert=SCORES)
    classifier = ImageClassifier(image_path)
    with pytest.raises(InputError):
        classifier.classify(b"no image")
    assert classifier.classify(image)[0].label == "dog"


def test_a_refused_bundle_leaves_the_previous_one_usable(image_path, install_engines, image):
    install_engines(litert=SCORES)
    classifier = ImageClassifier(image_path)
    image_path.write_bytes(image_path.read_bytes()[:-1])
    with pytest.raises(BundleError):
        ImageClassifier(image_path)
    assert classifier.classify(image)[0].label == "dog"


@pytest.mark.parametrize("top", [0, -1])
def test_a_top_below_one_is_refused(image_path, install_engines, image, top):
    install_engines(litert=SCORES)
    with pytest.raises(ValueError, match="at least 1"):
        ImageClassifier(image_path).classify(image, top=top)


def test_the_working_directory_is_left_as_it_was(image_path, install_engines, image, monkeypatch):
    monkeypatch.chdir(image_path.parent)
    before = sorted(Path().rglob("*"))
    install_engines(litert=SCORES)
    ImageClassifier(image_path).classify(image)
    assert sorted(Path().rglob("*")) == before
