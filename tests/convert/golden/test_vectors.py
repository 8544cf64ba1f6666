"""Which candidates are kept, and how they are written."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from satchel_convert.golden.candidates import Candidates, GoldenInput
from satchel_convert.golden.tolerances import Tolerances
from satchel_convert.golden.vectors import (
    LEAST,
    LEAST_BUDGET_BYTES,
    MOST,
    VECTORS,
    Golden,
    golden_files,
    keep_telling,
)

PIXELS = np.zeros((1, 1, 3), np.uint8)


def texts(count, *, at=0, size=1):
    """Return golden inputs of texts, and their files."""
    names = [f"golden/{number}.txt" for number in range(at, at + count)]
    inputs = [GoldenInput("x" * size, {"input": name}) for name in names]
    return inputs, dict.fromkeys(names, b"x" * size)


def predictions(*shares):
    return np.float32([[1 - share, share] for share in shares])


def keep(certain, tried, scores, *, prepared=None, model_bytes=(1,)):
    first, files = texts(certain)
    others, more = texts(tried, at=certain)
    prepared = np.zeros((len(scores), 1), np.uint8) if prepared is None else prepared
    candidates = Candidates(first, others, files | more)
    kept = keep_telling(
        candidates, prepared, scores, task="text-classification", model_bytes=model_bytes
    )
    return [each.fields["input"] for each in kept.inputs], kept


def test_certain_ones_are_kept_and_of_the_tried_ones_the_most_doubtful_first():
    names, kept = keep(2, 4, predictions(0.999, 0.001, 0.7, 0.99, 0.5, 0.2))
    assert names == [f"golden/{at}.txt" for at in (0, 1, 4, 2, 5)]
    assert np.array_equal(kept.predictions, predictions(0.999, 0.001, 0.5, 0.7, 0.2))
    # The file of the one that is left out is, too.
    assert sorted(kept.files) == sorted(names)


def test_of_two_texts_as_doubtful_the_one_with_more_new_ids_comes_first():
    prepared = np.int32([[1, 2, 3, 0], [1, 2, 3, 0], [1, 7, 0, 0], [1, 7, 8, 0]])
    names, _ = keep(1, 3, predictions(0.5, 0.5, 0.5, 0.5), prepared=prepared)
    # The last one covers what the one before it has, which then has nothing new to say.
    assert names == [f"golden/{at}.txt" for at in (0, 3, 1, 2)]


def test_a_text_of_many_new_ids_is_worth_a_clear_answer():
    prepared = np.zeros((2, 40), np.int32)
    prepared[1] = np.arange(40)
    names, _ = keep(1, 1, predictions(0.5, 0.99), prepared=prepared)
    assert names == ["golden/0.txt", "golden/1.txt"]


def test_no_more_than_the_most_are_kept():
    names, _ = keep(10, 100, predictions(*[0.5] * 110))
    assert len(names) == MOST


def test_the_first_are_kept_however_large_and_others_while_the_budget_lasts():
    large, files = texts(12, size=LEAST_BUDGET_BYTES)
    small, more = texts(3, at=12)
    candidates = Candidates([*large, *small], [], files | more)
    scores = predictions(*[0.5] * 15)
    prepared = np.zeros((15, 1), np.uint8)
    kept = keep_telling(candidates, prepared, scores, task="text-classification", model_bytes=[100])
    assert len(kept.inputs) == LEAST
    # A tenth of the smallest model is the budget: for ten of them, and the small ones.
    model_bytes = [102 * LEAST_BUDGET_BYTES, 10**9]
    kept = keep_telling(
        candidates, prepared, scores, task="text-classification", model_bytes=model_bytes
    )
    names = [each.fields["input"] for each in kept.inputs]
    assert names == [f"golden/{at}.txt" for at in (*range(10), 12, 13, 14)]


def test_a_blend_costs_no_file_that_is_there():
    first, files = texts(LEAST)
    blend = {"input": "golden/0.txt", "blend": {"input": "golden/1.txt", "share": 9}}
    far = {"input": "golden/0.txt", "blend": {"input": "golden/far.png", "share": 9}}
    files["golden/far.png"] = bytes(2 * LEAST_BUDGET_BYTES)
    tried = [GoldenInput(PIXELS[0], far), GoldenInput(PIXELS[0], blend)]
    candidates = Candidates(first, tried, files)
    scores = predictions(*[0.5] * (LEAST + 2))
    prepared = np.zeros((len(scores), 1, 1, 3), np.uint8)
    kept = keep_telling(candidates, prepared, scores, task="text-classification", model_bytes=[1])
    assert [each.fields for each in kept.inputs[LEAST:]] == [blend]
    assert "golden/far.png" not in kept.files


def test_both_images_of_a_blend_are_in():
    files = {"golden/0.png": b"a", "golden/1.png": b"b", "golden/2.png": b"c"}
    fields = {"input": "golden/0.png", "blend": {"input": "golden/1.png", "share": 9}}
    candidates = Candidates([GoldenInput(PIXELS[0], fields)], [], files)
    kept = keep_telling(
        candidates, PIXELS, predictions(0.5), task="text-classification", model_bytes=[1]
    )
    assert kept.files == {"golden/0.png": b"a", "golden/1.png": b"b"}


def test_the_file_has_five_digits_of_a_score_and_a_tolerance_for_each_vector():
    inputs, files = texts(2)
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], 2).astype(np.float32)
    written = golden_files(
        Golden(inputs, scores, files, scores),
        {"a.onnx": Tolerances([0.1, 0.25], "because", [[0.05, 0.1], [0.06, 0.2]])},
        task="text-classification",
    )
    content = json.loads(written.pop(VECTORS))
    assert content["tolerances"] == {"a.onnx": [0.1, 0.25]}
    assert content["differences"] == {"a.onnx": [[0.05, 0.1], [0.06, 0.2]]}
    assert [each["input"] for each in content["vectors"]] == ["golden/0.txt", "golden/1.txt"]
    found = np.array([each["scores"] for each in content["vectors"]])
    np.testing.assert_allclose(found, scores, atol=5.1e-6)  # half of the last digit
    assert all(len(str(score)) <= 7 for score in found.ravel())
    assert written == files


def test_the_files_of_golden_images_name_each_other(styles):
    golden = Golden(
        [GoldenInput(7, {"seed": 7}), GoldenInput(b"\xff\xd8", {"input": "golden/1.jpg"})],
        styles.expected[:2],
        {"golden/1.jpg": b"\xff\xd8"},
        styles.expected[:2],
    )
    files = golden_files(golden, {}, task="style-transfer")
    assert json.loads(files.pop(VECTORS)) == {
        "vectors": [
            {"seed": 7, "output": "golden/0-output.png"},
            {"input": "golden/1.jpg", "output": "golden/1-output.png"},
        ],
        "tolerances": {},
        "differences": {},
    }
    assert files.pop("golden/1.jpg") == b"\xff\xd8"
    found = [np.asarray(Image.open(io.BytesIO(content))) for content in files.values()]
    assert np.array_equal(found, styles.expected[:2])


@pytest.mark.parametrize("share", [0.5, 0.2, 0.999])
def test_a_single_candidate_is_kept_whatever_it_says(share):
    assert keep(1, 0, predictions(share))[0] == ["golden/0.txt"]


def test_files_leave_room_for_inputs_that_need_none():
    """A blend of two kept images tells as much as a further one, and costs a line."""
    first, files = texts(LEAST)
    large, more = texts(20, at=LEAST, size=LEAST_BUDGET_BYTES // 20)
    blends = [
        GoldenInput("x", {"input": "golden/0.txt", "blend": {"input": "golden/1.txt", "share": at}})
        for at in range(1, MOST)
    ]
    candidates = Candidates([*first, *large], blends, files | more)
    count = LEAST + 20 + len(blends)
    kept = keep_telling(
        candidates,
        np.zeros((count, 1, 1, 3), np.uint8),
        predictions(*[0.5] * count),
        task="text-classification",
        model_bytes=[1],
    )
    assert len(kept.inputs) == MOST
    assert LEAST < len(kept.files) < LEAST + 20


@pytest.mark.parametrize(("labels", "digits"), [(128, 5), (129, 3)])
def test_many_labels_have_fewer_digits_and_the_kept_predictions_too(labels, digits):
    scores = np.random.default_rng(0).dirichlet(np.ones(labels), 1).astype(np.float32)
    [each], files = texts(1)
    kept = keep_telling(
        Candidates([each], [], files),
        np.zeros((1, 1), np.uint8),
        scores,
        task="text-classification",
        model_bytes=[1],
    )
    written = json.loads(golden_files(kept, {}, task="text-classification")[VECTORS])
    found = np.array(written["vectors"][0]["scores"])
    assert np.array_equal(found, scores[0].astype(float).round(digits))
    assert np.array_equal(kept.predictions[0], found.astype(np.float32))
    assert np.array_equal(kept.unrounded, scores)


def test_a_tolerance_of_the_mean_is_written_for_the_models_that_have_one():
    inputs, files = texts(1)
    scores = predictions(0.5)
    tolerances = {
        "a.onnx": Tolerances([0.1], "because", [[0.05]], {"onnx": 0.002}),
        "b.onnx": Tolerances([0.1], "because", [[0.05]]),
    }
    written = golden_files(
        Golden(inputs, scores, files, scores), tolerances, task="text-classification"
    )
    assert json.loads(written[VECTORS])["mean_tolerances"] == {"a.onnx": {"onnx": 0.002}}
