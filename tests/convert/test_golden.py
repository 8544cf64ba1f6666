import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from satchel.card import ImageOutput, LabelOutput
from satchel_convert.golden import (
    CLEAR_MARGIN,
    LABELS,
    MAX_PICTURE_BYTES,
    MAX_TEXT_LENGTH,
    VECTORS,
    GoldenInput,
    choose_golden,
    golden_files,
    keep_clear,
    tolerance,
)
from satchel_convert.model_folder import ModelFolder, Sample
from satchel_convert.schemes import SCHEMES


def text_folder(text_card, pairs):
    samples = [Sample(text, label) for text, label in pairs]
    return ModelFolder(Path(), text_card, b"", [], samples)


def chosen_texts(text_card, rows):
    """Return the golden texts of rows of a text, its label and the second label's probability."""
    folder = text_folder(text_card, [(text, label) for text, label, _ in rows])
    reference = np.float32([[1 - share, share] for *_, share in rows])
    golden = choose_golden(folder, np.zeros((len(rows), 6), np.int32), reference)
    return [each.raw for each in golden]


@pytest.fixture
def picture_folder(picture_card, band_pictures, tmp_path):
    """Nine pictures with labels 0, 1, 2, 0, 1, ..."""
    pixels = band_pictures(9, seed=4)
    samples = []
    for at, each in enumerate(pixels):
        Image.fromarray(each).save(tmp_path / f"{at}.png")
        samples.append(Sample(tmp_path / f"{at}.png", at % 3))
    return ModelFolder(tmp_path, picture_card, None, [], samples), pixels


def sure_of(labels, margins):
    """Return probabilities of three labels whose best two are ``margins`` apart."""
    scores = np.zeros((len(labels), 3), np.float32)
    for row, label, margin in zip(scores, labels, margins, strict=True):
        row[[label, (label + 1) % 3]] = (1 + margin) / 2, (1 - margin) / 2
    return scores


def decode(golden):
    return np.asarray(Image.open(io.BytesIO(golden.raw)).convert("RGB"))


def test_of_each_label_the_surest_right_picture_is_chosen(picture_folder):
    folder, pixels = picture_folder
    margins = [0.6, 0.7, 0.9, 0.95, 0.8, 0.7, 0.5, 0.6, 0.8]
    golden = choose_golden(folder, pixels, sure_of(folder.truth, margins))
    clear = golden[0::2]
    assert [each.raw for each in clear] == [
        Path(folder.evaluation[at].value).read_bytes() for at in (3, 2, 4)
    ]


def test_a_wrong_answer_is_not_chosen_however_sure(picture_folder):
    folder, pixels = picture_folder
    labels = folder.truth.copy()
    labels[0] = 1
    margins = [0.99, 0.7, 0.7, 0.6, 0.6, 0.6, 0.5, 0.5, 0.5]
    golden = choose_golden(folder, pixels, sure_of(labels, margins))
    wrong = Path(folder.evaluation[0].value).read_bytes()
    assert wrong not in [each.raw for each in golden]


def test_half_of_the_golden_pictures_are_the_clear_ones_with_noise(picture_folder):
    folder, pixels = picture_folder
    golden = choose_golden(folder, pixels, sure_of(folder.truth, [0.9] * 9))
    assert [each.file for each in golden] == [f"golden/{at}.png" for at in range(6)]
    for clear, blended in zip(golden[0::2], golden[1::2], strict=True):
        before, after = decode(clear).astype(float), decode(blended).astype(float)
        assert not np.array_equal(before, after)
        # Three tenths of a level between 0 and 255, and half a level of rounding.
        noise = (after - 0.7 * before) / 0.3
        assert noise.min() >= -2
        assert noise.max() <= 257
        assert noise.std() > 30


def test_at_most_a_few_labels_are_chosen(picture_folder):
    folder, pixels = picture_folder
    many = tuple("abcdefghi")
    card = replace(folder.card, output=LabelOutput(many))
    samples = [replace(sample, label=at) for at, sample in enumerate(folder.evaluation)]
    folder = replace(folder, card=card, evaluation=samples)
    reference = np.full((9, 9), 0.01, np.float32)
    np.fill_diagonal(reference, np.linspace(0.6, 0.9, 9))
    golden = choose_golden(folder, pixels, reference)
    assert len(golden) == 2 * LABELS
    expected = [Path(samples[at].value).read_bytes() for at in (8, 7, 6, 5)]
    assert [each.raw for each in golden[0::2]] == expected


def test_a_large_or_unusual_picture_file_is_replaced_by_its_pixels(picture_folder):
    folder, pixels = picture_folder
    large = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    )
    samples = list(folder.evaluation)
    large.save(samples[0].value)
    assert samples[0].value.stat().st_size > MAX_PICTURE_BYTES
    bitmap = samples[1].value.with_suffix(".ppm")
    Image.fromarray(pixels[1]).save(bitmap)
    samples[1] = replace(samples[1], value=bitmap)
    folder = replace(folder, evaluation=samples)
    margins = [0.9, 0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    golden = choose_golden(folder, pixels, sure_of(folder.truth, margins))
    assert [each.file for each in golden[0:4:2]] == ["golden/0.png", "golden/2.png"]
    assert np.array_equal(decode(golden[0]), pixels[0])
    assert np.array_equal(decode(golden[2]), pixels[1])


def test_the_same_samples_give_the_same_golden_inputs(picture_folder):
    folder, pixels = picture_folder
    reference = sure_of(folder.truth, [0.9] * 9)
    assert choose_golden(folder, pixels, reference) == choose_golden(folder, pixels, reference)


def test_long_texts_are_left_out(text_card):
    long, short = "x" * (MAX_TEXT_LENGTH + 1), "x" * MAX_TEXT_LENGTH
    rows = [(long, 1, 1.0), (short, 1, 0.9), ("no", 0, 0.1)]
    assert set(chosen_texts(text_card, rows)) == {short, "no"}


def test_where_all_texts_are_long_the_surest_is_taken(text_card):
    rows = [("x" * 700, 1, 0.8), ("y" * 700, 1, 0.95), ("z" * 700, 0, 0.1)]
    assert chosen_texts(text_card, rows) == ["y" * 700]


def test_of_each_label_the_surest_and_the_least_sure_clear_text_are_chosen(text_card):
    # A margin of 0.5 is a share of 0.75 or 0.25.
    rows = [
        ("surest yes", 1, 0.99),
        ("some yes", 1, 0.9),
        ("doubtful yes", 1, 0.8),
        ("near-tie yes", 1, 0.6),
        ("surest no", 0, 0.02),
        ("doubtful no", 0, 0.2),
        ("near-tie no", 0, 0.45),
    ]
    assert set(chosen_texts(text_card, rows)) == {
        "surest yes",
        "doubtful yes",
        "surest no",
        "doubtful no",
    }


def test_a_wrong_text_is_not_chosen_however_sure(text_card):
    rows = [("yes", 1, 0.99), ("no", 0, 0.01), ("wrong", 0, 0.95), ("doubtful no", 0, 0.2)]
    assert "wrong" not in chosen_texts(text_card, rows)


def test_a_label_that_is_never_right_has_no_golden_text(text_card):
    rows = [("yes", 1, 0.99), ("wrong", 0, 0.7)]
    assert chosen_texts(text_card, rows) == ["yes"]


def test_near_ties_are_left_out():
    golden = [GoldenInput("", f"golden/{at}.txt") for at in range(3)]
    least = CLEAR_MARGIN / 2
    scores = np.float32([[0.9, 0.1], [0.5 + 0.4 * least, 0.5 - 0.4 * least], [0.2, 0.8]])
    kept, kept_scores = keep_clear(golden, scores)
    assert kept == [golden[0], golden[2]]
    assert np.array_equal(kept_scores, scores[[0, 2]])


def test_where_all_are_near_ties_all_are_kept():
    golden = [GoldenInput("", "golden/0.txt"), GoldenInput("", "golden/1.txt")]
    scores = np.float32([[0.51, 0.49], [0.5, 0.5]])
    kept, kept_scores = keep_clear(golden, scores)
    assert kept == golden
    assert np.array_equal(kept_scores, scores)


def test_the_file_of_golden_vectors_keeps_every_bit():
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], 2).astype(np.float32)
    golden = [GoldenInput("", "golden/0.png"), GoldenInput("", "golden/1.png")]
    vectors = json.loads(golden_files(golden, scores)[VECTORS])["vectors"]
    assert [each["input"] for each in vectors] == ["golden/0.png", "golden/1.png"]
    assert np.array_equal(np.float32([each["scores"] for each in vectors]), scores)


@pytest.mark.parametrize(
    ("scheme", "allowance", "reason"),
    [
        ("float32", 1e-4, "float kernels that add in another order"),
        ("float16", 2e-3, "two float16 roundings"),
        ("dynamic_int8", 0.02, "found anew"),
        ("full_int8", 0.02, "five steps of a uint8 probability"),
    ],
)
def test_a_tolerance_is_what_was_measured_and_an_allowance_with_its_reason(
    scheme, allowance, reason
):
    allowed, why = tolerance(scheme, 0.0123, LabelOutput(("no", "yes")))
    assert allowed == pytest.approx(0.0123 + allowance, rel=1e-3)  # four digits are kept
    assert allowed > 0.0123
    assert why.startswith("0.012 where it was packed, and ")
    assert reason in why


def test_every_scheme_has_a_tolerance_below_1():
    for scheme in SCHEMES:
        assert tolerance(scheme, 0.999, LabelOutput(("no", "yes")))[0] <= 1


def test_pictures_that_come_out_are_golden_for_samples_from_the_first_to_the_last(faces):
    golden = choose_golden(faces.folder, faces.inputs, faces.expected)
    assert [each.raw for each in golden] == [0, 2, 4, 7]
    assert {each.file for each in golden} == {None}
    few = replace(faces.folder, evaluation=faces.folder.evaluation[:2])
    assert [each.raw for each in choose_golden(few, faces.inputs, faces.expected)] == [0, 1]


def test_golden_pictures_of_a_style_are_the_files_themselves(styles):
    golden = choose_golden(styles.folder, styles.inputs, styles.expected)
    files = [sample.value for sample in styles.folder.evaluation]
    assert [each.raw for each in golden] == [files[at].read_bytes() for at in (0, 1, 3, 5)]
    assert [each.file for each in golden] == [f"golden/{at}.png" for at in range(4)]


def test_the_files_of_golden_pictures_name_each_other(styles):
    golden = [GoldenInput(7), GoldenInput(b"\xff\xd8", "golden/1.jpg")]
    pictures = styles.expected[:2]
    files = golden_files(golden, pictures)
    assert json.loads(files.pop(VECTORS)) == {
        "vectors": [
            {"seed": 7, "output": "golden/0-output.png"},
            {"input": "golden/1.jpg", "output": "golden/1-output.png"},
        ]
    }
    assert files.pop("golden/1.jpg") == b"\xff\xd8"
    found = [np.asarray(Image.open(io.BytesIO(content))) for content in files.values()]
    assert np.array_equal(found, pictures)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_tolerance_of_pictures_is_told_in_levels(scheme):
    allowed, why = tolerance(scheme, 0.0123, ImageOutput(4, 4))
    assert 0.0123 < allowed < 0.05
    assert "level" in why
