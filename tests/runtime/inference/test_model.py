"""One model of a bundle in one engine: which is chosen, and what its output must be."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers.tiny_bundles import IMAGE_BUNDLE, IMAGE_CARD, IMAGE_FILES, TEXT_CARD
from satchel.bundle.card import Card, ModelEntry, TensorSpec
from satchel.bundle.hashing import check_digest
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.reading import open_bundle
from satchel.bundle.text_input import TextInput
from satchel.engines.fake import FakeEngine
from satchel.errors import EngineError
from satchel.inference.model import Model, open_model
from satchel.inference.selection import choose_model
from satchel.preprocessing import RegexSpec
from satchel.quantization import dequantize

PROBABILITIES = np.float32([[0.25, 0.5, 0.25]])


@pytest.fixture
def model_of():
    """Return a function that makes a model whose engine returns ``output``."""

    def make(output, *, spec=None, labels=("cat", "dog", "eel"), activation="softmax"):
        output = np.asarray(output)
        entry = IMAGE_CARD.models[0]._replace(output=spec or TensorSpec(str(output.dtype)))
        card = TEXT_CARD._replace(output=LabelOutput(labels, activation))
        return Model(entry, card, FakeEngine(output), "fake")

    return make


def scores(model):
    return model.predict(np.zeros(1))


def refusal(model):
    with pytest.raises(EngineError) as caught:
        scores(model)
    message = str(caught.value)
    assert "\n" not in message
    assert "float32.tflite" in message
    return message


def test_probabilities_of_a_softmax_pass_through(model_of):
    found = scores(model_of(PROBABILITIES))
    assert found.dtype == np.float32
    assert found.tolist() == [0.25, 0.5, 0.25]


def test_a_sigmoid_is_the_probability_of_the_second_label(model_of):
    model = model_of(np.float32([[0.75]]), labels=("negative", "positive"), activation="sigmoid")
    assert scores(model).tolist() == [0.25, 0.75]


def test_logits_become_probabilities(model_of):
    found = scores(model_of(np.float32([[0, 0, 50]]), activation="none"))
    # e**-50 is far below float32's seventh digit.
    assert found == pytest.approx([0, 0, 1], abs=1e-7)


@pytest.mark.parametrize(
    ("levels", "spec"),
    [
        (np.uint8([[64, 128, 0]]), TensorSpec("uint8", 1 / 256, 0)),
        (np.int8([[-64, 0, -128]]), TensorSpec("int8", 1 / 256, -128)),
    ],
)
def test_levels_become_real_numbers_by_scale_and_zero_point(model_of, levels, spec):
    assert scores(model_of(levels, spec=spec)).tolist() == [0.25, 0.5, 0]


def test_quantised_logits_are_real_numbers_before_their_softmax(model_of):
    spec = TensorSpec("int8", 0.5, 10)
    found = scores(model_of(np.int8([[10, 10, 12]]), spec=spec, activation="none"))
    powers = np.exp([0, 0, 1])
    assert found == pytest.approx(powers / powers.sum(), abs=1e-6)  # float32's last digits


@pytest.mark.parametrize(
    "output",
    [
        np.float32([0.25, 0.5, 0.25]), np.float32([[0.5, 0.5]]), np.float32([[0.25] * 4]),
        np.float32([[0.25], [0.5], [0.25]]), np.zeros((2, 3), np.float32),
        np.zeros((1, 1, 3), np.float32), np.float32(0), np.zeros((1, 0), np.float32),
    ],
    ids=lambda output: str(output.shape),
)  # fmt: skip
def test_an_output_of_another_shape_than_the_labels_is_refused(model_of, output):
    message = refusal(model_of(output))
    assert "Expected float32 (1, 3)" in message
    assert f"got float32 {output.shape}" in message


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.uint8, np.int8, np.int64, object])
def test_an_output_of_another_dtype_than_the_card_says_is_refused(model_of, dtype):
    model = model_of(PROBABILITIES.astype(dtype), spec=TensorSpec("float32"))
    assert f"got {np.dtype(dtype)}" in refusal(model)


def test_a_sigmoid_of_two_columns_is_refused(model_of):
    model = model_of(np.float32([[0.25, 0.75]]), labels=("no", "yes"), activation="sigmoid")
    assert "Expected float32 (1, 1)" in refusal(model)


@pytest.mark.parametrize("activation", ["softmax", "none"])
def test_an_output_that_is_not_a_number_is_refused(model_of, activation):
    model = model_of(np.float32([[0.25, np.nan, 0.25]]), activation=activation)
    assert "finite" in refusal(model)


def test_an_infinite_probability_is_refused(model_of):
    for odd in (np.inf, -np.inf):
        assert "finite" in refusal(model_of(np.float32([[0.25, odd, 0.25]])))


def test_an_infinite_logit_is_refused_without_a_warning(model_of):
    assert "finite" in refusal(model_of(np.float32([[0, np.inf, 0]]), activation="none"))


def test_the_first_model_that_runs_here_is_chosen(install_engines):
    install_engines(litert=None, onnx=None)
    entry, engine = choose_model(IMAGE_CARD)
    assert (entry.file, engine) == ("float32.tflite", "litert")
    backwards = IMAGE_CARD._replace(models=IMAGE_CARD.models[::-1])
    entry, engine = choose_model(backwards)
    assert (entry.file, engine) == ("full_int8.onnx", "onnx")


def test_a_model_that_no_engine_here_runs_is_passed_over(install_engines):
    install_engines(onnx=None)
    entry, engine = choose_model(IMAGE_CARD)
    assert (entry.file, engine) == ("full_int8.onnx", "onnx")


def test_a_model_and_an_engine_may_be_asked_for(install_engines):
    install_engines(litert=None, tflite_runtime=None, onnx=None)
    assert choose_model(IMAGE_CARD, file="full_int8.onnx")[1] == "onnx"
    assert choose_model(IMAGE_CARD, engine="tflite_runtime")[0].file == "float32.tflite"
    assert choose_model(IMAGE_CARD, engine="onnx")[0].file == "full_int8.onnx"


def refused_choice(card, **wanted):
    with pytest.raises(EngineError) as caught:
        choose_model(card, **wanted)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("file", ["other.tflite", "", "card.json", "../float32.tflite"])
def test_a_model_that_the_bundle_has_not_is_refused_with_those_it_has(install_engines, file):
    install_engines(litert=None)
    message = refused_choice(IMAGE_CARD, file=file)
    assert "float32.tflite, full_int8.onnx" in message
    assert repr(file) in message


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(install_engines):
    install_engines(litert=None)
    assert "litert, tflite_runtime, onnx" in refused_choice(IMAGE_CARD, engine="tensorrt")


def test_without_an_engine_the_error_says_what_to_install(install_engines):
    install_engines()
    message = refused_choice(IMAGE_CARD)
    assert "pip install -U ai-edge-litert" in message
    assert "pip install -U onnxruntime" in message
    only = refused_choice(IMAGE_CARD, file="full_int8.onnx")
    assert "onnxruntime" in only
    assert "ai-edge-litert" not in only


def test_an_engine_for_another_format_is_refused(install_engines):
    install_engines(litert=None, onnx=None)
    assert "got onnx" in refused_choice(IMAGE_CARD, file="float32.tflite", engine="onnx")


@pytest.fixture
def runs_with(install_engines, monkeypatch):
    """Return whether a model that needs ``needed`` runs on version ``installed``."""

    def runs_with(needed, installed):
        install_engines(litert=None)
        monkeypatch.setattr("satchel.inference.selection.engine_version", lambda name: installed)
        model = IMAGE_CARD.models[0]._replace(needs={"litert": needed})
        try:
            choose_model(IMAGE_CARD._replace(models=(model,)))
        except EngineError as error:
            assert needed in str(error)  # noqa: PT017 - the two outcomes are what is returned
            return False
        return True

    return runs_with


@pytest.mark.parametrize(
    ("needed", "installed"),
    [("2", "2.0.0"), ("2.3", "2.3.0"), ("2.3.0", "2.3.0"), ("2.9", "2.10.0"), ("1.99.99", "2.0"),
     ("0", "0.0.1"), ("2.3.0", "2.3.0.post1"), ("2.3", "2.3.0rc1"), ("1.20", "1.20.0+cpu")],
)  # fmt: skip
def test_an_engine_of_the_needed_version_or_a_later_one_will_do(runs_with, needed, installed):
    assert runs_with(needed, installed)


@pytest.mark.parametrize(
    ("needed", "installed"),
    [("2.3.1", "2.3.0"), ("2.10", "2.9.9"), ("3", "2.99.99"), ("99", "2.3.0")],
)
def test_an_engine_that_is_too_old_is_refused_with_the_needed_version(runs_with, needed, installed):
    assert not runs_with(needed, installed)


@pytest.mark.parametrize(
    ("needed", "installed"), [("2.3.0", "2.3"), ("2.3.0.0", "2.3.0"), ("2.1.0", "2.1.0rc1")]
)
def test_versions_that_differ_in_trailing_zeros_are_the_same(runs_with, needed, installed):
    assert runs_with(needed, installed)


def test_an_engine_that_the_card_does_not_name_does_not_run_the_model(install_engines):
    install_engines(tflite_runtime=None)
    model = IMAGE_CARD.models[0]._replace(needs={"litert": "1.0"})
    assert "got none" in refused_choice(IMAGE_CARD._replace(models=(model,)))


def test_the_bytes_that_were_hashed_are_the_bytes_that_the_engine_gets(
    load, install_engines, monkeypatch
):
    hashed = []

    def note(name, content, expected):
        hashed.append(content)
        check_digest(name, content, expected)

    monkeypatch.setattr("satchel.bundle.archive.check_digest", note)
    seam = install_engines(litert=PROBABILITIES)
    model = open_model(load(IMAGE_BUNDLE), threads=3)
    assert seam.opened == [("litert", IMAGE_FILES["float32.tflite"], 3)]
    assert any(seam.opened[0][1] is content for content in hashed)
    assert (model.entry.file, model.engine_name) == ("float32.tflite", "litert")


def test_the_tensor_reaches_the_engine_as_it_is(load, install_engines):
    seam = install_engines(litert=PROBABILITIES)
    tensor = np.zeros((1, 4, 6, 3), np.float32)
    open_model(load(IMAGE_BUNDLE)).run(tensor)
    [received] = seam.engines["litert"].inputs
    assert np.shares_memory(received, tensor)


class OneAtATime:
    """An engine that returns its input, and notes when it was entered twice at once."""

    def __init__(self):
        self.inside = 0
        self.entered_twice = False

    def run(self, tensor):
        self.inside += 1
        self.entered_twice |= self.inside > 1
        kept = tensor.copy()
        # Lets another thread in, if it can get in.
        time.sleep(0.0005)
        self.inside -= 1
        return kept


def test_many_threads_on_one_model_each_get_their_own_answer():
    engine = OneAtATime()
    model = Model(IMAGE_CARD.models[0], IMAGE_CARD, engine, "fake")
    wrong = []

    def ask(number):
        tensor = np.float32([[number, 0, 1]])
        for _ in range(10):
            [found] = model.run(tensor).tolist()
            if found != [number, 0, 1]:
                wrong.append((number, found))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not engine.entered_twice


def test_an_engine_that_fails_leaves_the_model_open_for_the_next():
    class FailsOnce:
        failed = False

        def run(self, tensor):
            if not self.failed:
                self.failed = True
                raise EngineError("Expected another tensor.")
            return PROBABILITIES

    model = Model(IMAGE_CARD.models[0], IMAGE_CARD, FailsOnce(), "fake")
    with pytest.raises(EngineError, match="another tensor"):
        scores(model)
    assert scores(model).tolist() == [0.25, 0.5, 0.25]


@given(
    st.sampled_from(["uint8", "int8"]),
    st.floats(2**-20, 1000, width=32),
    st.integers(-128, 255),
    st.integers(0, 2**32 - 1),
)
def test_levels_are_the_bits_that_dequantize_says(dtype, scale, zero_point, seed):
    levels = np.random.default_rng(seed).integers(0, 256, (1, 300), np.uint8).view(dtype)
    output = LabelOutput(tuple(f"label {at}" for at in range(300)))
    spec = TensorSpec(dtype, scale, zero_point)
    entry = ModelEntry("m.tflite", "tflite", "x", 1, TensorSpec("float32"), spec, {}, 0.0, "none")
    card = Card(
        "n", "1.0.0", "text-classification", TextInput(6, RegexSpec("x", "y")), output, (entry,)
    )
    found = Model(entry, card, FakeEngine(levels), "fake").run(np.zeros(1))
    expected = dequantize(levels, scale=scale, zero_point=zero_point)
    assert (found.dtype, found.tobytes()) == (np.float32, expected.tobytes())


def test_a_level_beyond_float32_is_refused_without_a_warning(model_of):
    model = model_of(np.uint8([[0, 255, 0]]), spec=TensorSpec("uint8", 3e38, 0))
    assert "finite" in refusal(model)


def test_an_engine_without_a_name_has_no_number_of_threads(model_of, image_path, install_engines):
    assert model_of(PROBABILITIES).threads is None
    install_engines(litert=PROBABILITIES)
    assert open_model(open_bundle(image_path), threads=3).threads == 3
