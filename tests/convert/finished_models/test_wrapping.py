"""A third party's file, packed, says through the runtime what it says in its bare engine."""

import json
import subprocess
import sys

import numpy as np
import pytest

from helpers.commands import run_satchel
from helpers.finished_models import onnx_graph
from satchel import ImageClassifier
from satchel.bundle.hashing import digest
from satchel.bundle.reading import open_bundle
from satchel.engines.engine import engine_version
from satchel.preprocessing.images import decode, to_tensor
from satchel.selftest.replay import selftest
from satchel.selftest.vectors import golden_vectors
from satchel_convert.conversion.needs import ONNX_NEEDS
from satchel_convert.finished_models.draft import FinishedFile
from satchel_convert.finished_models.wrapping import wrap_model
from satchel_convert.golden.images import NOISE
from satchel_convert.own_models.preprocessing import Preprocessing

SIGNED = ("--mean", "127.5", "--std", "127.5")
"""The models of floats take pixels from -1 to 1"""


def bare_tflite(content, pixels):
    """Return what LiteRT alone says of ``pixels``, uint8 or real (1, side, side, 3)."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    input_tensor, output_tensor = (
        interpreter.get_input_details()[0],
        interpreter.get_output_details()[0],
    )
    if input_tensor["dtype"] == np.int8:
        # As every tutorial has it: int8 is uint8 less 128.
        pixels = (pixels.astype(np.int16) - 128).astype(np.int8)
    interpreter.set_tensor(input_tensor["index"], pixels)
    interpreter.invoke()
    levels = interpreter.get_tensor(output_tensor["index"])[0]
    scale, zero_point = output_tensor["quantization"]
    return (levels.astype(np.float32) - zero_point) * np.float32(scale) if scale else levels


def bare_onnx(content, tensor):
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: tensor})[0][0]


def pixels_of(path):
    return decode(path)[np.newaxis]


def signed(pixels):
    return pixels.astype(np.float32) / np.float32(127.5) - 1


BARE = {
    "uint8.tflite": bare_tflite,
    "int8.tflite": bare_tflite,
    "float.tflite": lambda content, pixels: bare_tflite(content, signed(pixels)),
    "last.onnx": lambda content, pixels: bare_onnx(content, signed(pixels)),
    "first.onnx": lambda content, pixels: bare_onnx(
        content, np.ascontiguousarray(signed(pixels).transpose(0, 3, 1, 2))
    ),
    "bytes.onnx": bare_onnx,
}
UNIT = Preprocessing((127.5,), (127.5,))
SCHEMES = {"uint8.tflite": "full_int8", "int8.tflite": "full_int8"}


def words(finished, name, *more):
    floats = () if name.startswith(("uint8", "int8", "bytes")) else SIGNED
    return [finished / name, "--labels", finished / "labels.txt", *floats, *more]


@pytest.mark.parametrize("name", BARE)
def test_a_packed_model_answers_as_it_does_in_its_bare_engine(finished, tmp_path, capsys, name):
    out = tmp_path / "colours.satchel"
    more = ("--evaluation", finished / "evaluation", "--out", out)
    assert run_satchel("pack", *words(finished, name, *more)) == 0
    captured = capsys.readouterr()
    stem = name.partition(".")[0]
    assert captured.out == f"{stem}: 12 samples, 100.00% accurate (95 %: 73.54% to 100.00%)\n"
    content = (finished / name).read_bytes()
    classifier = ImageClassifier(out)
    for path in sorted(finished.glob("evaluation/*/*.png")):
        expected = BARE[name](content, pixels_of(path))
        # Scale and offset are a product and a sum in float32 here, a quotient and a sum there.
        np.testing.assert_allclose(classifier.scores(path), expected, atol=1e-6)
    assert run_satchel("selftest", out) == 0
    assert "passed" in capsys.readouterr().out
    assert run_satchel("run", out, min(finished.glob("evaluation/green/*.png"))) == 0
    assert "green" in capsys.readouterr().out.split("\n")[0]
    card = open_bundle(out).card
    assert card.models[0].scheme == SCHEMES.get(name, "float32")
    assert card.models[0].verified is None
    assert card.provenance["model"] == digest(content)
    assert card.provenance["evaluation"]["accuracy"] == 1


@pytest.mark.parametrize("name", ["uint8.tflite", "int8.tflite"])
def test_an_8_bit_input_gets_every_level_of_a_pixel_as_it_is(finished, name):
    labels = finished / "labels.txt"
    card = wrap_model(FinishedFile(finished / name, labels)).bundle.card
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    tensor = to_tensor(pixels, card.input, card.models[0].input)
    assert tensor.dtype == name.partition(".")[0]
    lowest = -128 if name == "int8.tflite" else 0
    np.testing.assert_array_equal(tensor.astype(int), pixels.astype(int) + lowest)


def test_the_bytes_of_a_tflite_are_packed_as_they_are(finished):
    wrapped = wrap_model(FinishedFile(finished / "uint8.tflite", finished / "labels.txt"))
    content = (finished / "uint8.tflite").read_bytes()
    assert wrapped.bundle.card.files["full_int8.tflite"] == digest(content)
    assert content in wrapped.content
    assert wrapped.evaluation is None


def test_an_onnx_is_given_a_batch_of_1_and_its_channels_last(finished, tmp_path, capsys):
    out = tmp_path / "first.satchel"
    assert run_satchel("pack", *words(finished, "first.onnx", "--json", "--out", out)) == 0
    captured = capsys.readouterr()
    first, second = captured.err.splitlines()
    assert first == f"{finished / 'first.onnx'}: pinned ('N', 3, 8, 8) to (1, 8, 8, 3)"
    assert second.startswith(f"{out}: float32.onnx, ")
    assert json.loads(captured.out)["pinned"] == "('N', 3, 8, 8) to (1, 8, 8, 3)"


def test_without_images_golden_vectors_are_the_same_made_up_ones(finished, tmp_path):
    packed = [
        wrap_model(FinishedFile(finished / "uint8.tflite", finished / "labels.txt")).content
        for _ in range(2)
    ]
    assert packed[0] == packed[1]
    (tmp_path / "x.satchel").write_bytes(packed[0])
    bundle = open_bundle(tmp_path / "x.satchel")
    vectors = golden_vectors(bundle)
    assert vectors
    assert len({tuple(vector.prediction) for vector in vectors}) == len(vectors)
    assert all(result.passed for result in selftest(bundle))


def test_golden_vectors_are_of_the_evaluation_images(finished, tmp_path):
    place = FinishedFile(
        finished / "int8.tflite", finished / "labels.txt", evaluation=finished / "evaluation"
    )
    wrapped = wrap_model(place)
    (tmp_path / "x.satchel").write_bytes(wrapped.content)
    bundle = open_bundle(tmp_path / "x.satchel")
    images = {path.read_bytes() for path in finished.glob("evaluation/*/*.png")}
    vectors = golden_vectors(bundle)
    assert {vector.input.raw for vector in vectors} <= images
    assert len({vector.input.raw for vector in vectors}) >= 3
    noise = bundle.files[NOISE]
    assert sum(vector.input.other == noise for vector in vectors) == 3
    # The model's own answers, and what its engine's plain kernels add to them.
    assert 0.008 <= bundle.card.models[0].golden_tolerance < 0.1
    # Half of the fifth decimal is not in the file.
    assert all(result.passed and result.difference < 1e-5 for result in selftest(bundle))


def test_an_onnx_newer_than_the_oldest_release_needs_the_one_it_was_tried_with(finished, tmp_path):
    older = wrap_model(
        FinishedFile(finished / "last.onnx", finished / "labels.txt", preprocessing=UNIT)
    )
    assert older.bundle.card.models[0].needs == ONNX_NEEDS
    newer = tmp_path / "newer.onnx"
    newer.write_bytes(onnx_graph((1, 8, 8, 3), ir=10))
    found = (
        wrap_model(FinishedFile(newer, finished / "labels.txt", preprocessing=UNIT))
        .bundle.card.models[0]
        .needs
    )
    assert found == {"onnx": engine_version("onnx")}


def test_nothing_that_packs_a_finished_model_waits_for_tensorflow():
    program = (
        "import sys, satchel_convert.finished_models.wrapping;"
        "print(sorted({'tensorflow', 'keras'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"
