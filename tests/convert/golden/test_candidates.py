"""Which inputs may become golden vectors."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.model_folders import BANDS_CARD, OPINIONS_CARD, band_images
from satchel.bundle.label_output import LabelOutput
from satchel.preprocessing import RegexSpec
from satchel.preprocessing.images import read_pixels
from satchel_convert.golden.candidates import (
    DOUBTFUL,
    LABELS,
    MAX_IMAGE_BYTES,
    TRIED,
    choose_candidates,
    doubt,
)
from satchel_convert.golden.images import NOISE, TRIED_BYTES, GoldenImage, candidates_from_images
from satchel_convert.golden.texts import LISTED_WORDS, LISTS_A_WORD, MAX_TEXT_LENGTH
from satchel_convert.model_folder import ModelFolder, Sample

WORDS = ("yes", "no", "surest", "doubtful", "near-tie", *(f"w{number}" for number in range(50)))
VOCABULARY = "".join(
    f"{token} {number}\n" for number, token in enumerate(("<PAD>", "<START>", "<UNKNOWN>", *WORDS))
).encode()


def text_folder(text_card, pairs):
    samples = [Sample(text, label) for text, label in pairs]
    return ModelFolder(Path(), text_card, {"vocabulary.txt": VOCABULARY}, [], samples)


def text_candidates(text_card, rows):
    """Return candidates for rows of a text, its label and the second label's probability."""
    folder = text_folder(text_card, [(text, label) for text, label, _ in rows])
    reference = np.float32([[1 - share, share] for *_, share in rows])
    return choose_candidates(folder, np.zeros((len(rows), 6), np.int32), reference)


def certain_texts(text_card, rows):
    return [each.raw for each in text_candidates(text_card, rows).certain]


@pytest.fixture
def image_folder(tmp_path):
    """Nine images with labels 0, 1, 2, 0, 1, ..."""
    pixels = band_images(9, seed=4)
    samples = []
    for at, each in enumerate(pixels):
        Image.fromarray(each).save(tmp_path / f"{at}.png")
        samples.append(Sample(tmp_path / f"{at}.png", at % 3))
    return ModelFolder(tmp_path, BANDS_CARD, {}, [], samples), pixels


def sure_of(labels, margins):
    """Return probabilities of three labels whose best two are ``margins`` apart."""
    scores = np.zeros((len(labels), 3), np.float32)
    for row, label, margin in zip(scores, labels, margins, strict=True):
        row[[label, (label + 1) % 3]] = (1 + margin) / 2, (1 - margin) / 2
    return scores


def content_of(folder, at):
    return Path(folder.evaluation[at].value).read_bytes()


def decode(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_of_each_label_the_surest_right_image_is_first(image_folder):
    folder, pixels = image_folder
    margins = [0.6, 0.7, 0.99, 0.995, 0.98, 0.7, 0.5, 0.6, 0.8]
    candidates = choose_candidates(folder, pixels, sure_of(folder.truth, margins))
    clear = [each.raw for each in candidates.certain[0:6:2]]
    assert clear == [content_of(folder, at) for at in (3, 2, 4)]


def test_a_wrong_answer_is_no_clear_one_however_sure(image_folder):
    folder, pixels = image_folder
    labels = folder.truth.copy()
    labels[0] = 1
    margins = [0.99, 0.7, 0.7, 0.6, 0.6, 0.6, 0.5, 0.5, 0.5]
    candidates = choose_candidates(folder, pixels, sure_of(labels, margins))
    assert content_of(folder, 0) not in [each.raw for each in candidates.certain[0:6:2]]


def test_each_clear_image_comes_with_noise_too(image_folder):
    folder, pixels = image_folder
    candidates = choose_candidates(folder, pixels, sure_of(folder.truth, [0.999] * 9))
    assert len(candidates.certain) == 6
    for clear, noisy in zip(candidates.certain[0::2], candidates.certain[1::2], strict=True):
        assert noisy.fields["input"] == clear.fields["input"]
        assert noisy.fields["blend"]["input"] == NOISE
        # Three tenths of a level between 0 and 255, and a level of rounding.
        noise = (noisy.raw - 0.7 * decode(clear.raw).astype(float)) / 0.3
        assert noise.min() >= -4
        assert noise.max() <= 259
        assert noise.std() > 30


def test_the_least_sure_samples_follow_right_or_wrong(image_folder):
    folder, pixels = image_folder
    labels = folder.truth.copy()
    labels[8] = 0
    # A margin of 0.9 is a probability of 0.95, whose doubt is 0.0475.
    margins = [0.99, 0.99, 0.99, 0.9, 0.3, 0.1, 0.95, 0.7, 0.05]
    candidates = choose_candidates(folder, pixels, sure_of(labels, margins))
    assert [each.raw for each in candidates.certain[6:]] == [
        content_of(folder, at) for at in (8, 5, 4, 7)
    ]


def test_a_blend_of_two_is_what_its_fields_say(image_folder):
    folder, pixels = image_folder
    candidates = choose_candidates(folder, pixels, sure_of(folder.truth, [0.1] * 9))
    assert len({str(each.fields) for each in candidates.tried}) == len(candidates.tried) == 9 * 8
    for each in candidates.tried:
        first, second = (
            read_pixels(candidates.files[name], folder.card.input)[0].astype(int)
            for name in (each.fields["input"], each.fields["blend"]["input"])
        )
        share = each.fields["blend"]["share"]
        assert 0 < share < 256
        assert np.array_equal(each.raw, (first * (256 - share) + second * share + 128) >> 8)


def test_at_most_a_few_labels_and_near_ties_are_chosen(image_folder, tmp_path):
    folder, pixels = image_folder
    many = tuple(f"label {number}" for number in range(60))
    card = folder.card._replace(output=LabelOutput(many))
    samples = [Sample(folder.evaluation[at % 9].value, at) for at in range(60)]
    folder = replace(folder, card=card, evaluation=samples)
    reference = np.full((60, 60), 0.001, np.float32)
    np.fill_diagonal(reference, np.linspace(0.5, 0.8, 60))
    candidates = choose_candidates(folder, np.resize(pixels, (60, *pixels.shape[1:])), reference)
    assert len(candidates.certain) == 2 * LABELS + DOUBTFUL
    assert len(candidates.tried) == TRIED


def test_of_large_images_fewer_are_tried():
    large = np.zeros((2048, 2048, 3), np.uint8)
    images = [GoldenImage(f"golden/{at}.png", b"", large) for at in range(5)]
    candidates = candidates_from_images(images)
    assert len(candidates.certain) == 5
    assert len(candidates.tried) == TRIED_BYTES // large.nbytes == 2


def test_one_image_is_blended_with_no_other():
    alone = GoldenImage("golden/0.png", b"", np.zeros((2, 2, 3), np.uint8))
    assert candidates_from_images([alone]).tried == []


def test_a_large_or_unusual_image_file_is_replaced_by_its_pixels(image_folder):
    folder, pixels = image_folder
    large = Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    )
    samples = list(folder.evaluation)
    large.save(samples[0].value)
    assert samples[0].value.stat().st_size > MAX_IMAGE_BYTES
    bitmap = samples[1].value.with_suffix(".ppm")
    Image.fromarray(pixels[1]).save(bitmap)
    samples[1] = replace(samples[1], value=bitmap)
    folder = replace(folder, evaluation=samples)
    margins = [0.999, 0.999, 0.99, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98]
    candidates = choose_candidates(folder, pixels, sure_of(folder.truth, margins))
    assert [each.fields["input"] for each in candidates.certain[0:4:2]] == [
        "golden/0.png", "golden/1.png",
    ]  # fmt: skip
    assert np.array_equal(decode(candidates.files["golden/0.png"]), pixels[0])
    assert np.array_equal(decode(candidates.files["golden/1.png"]), pixels[1])


def test_a_large_image_is_stored_with_half_its_sides_and_read_at_its_size(image_folder):
    folder, _ = image_folder
    noise = np.random.default_rng(0).integers(0, 256, (1, 160, 160, 3), dtype=np.uint8)
    card = folder.card._replace(input=folder.card.input._replace(height=160, width=160))
    Image.fromarray(noise[0]).save(folder.evaluation[0].value)
    folder = replace(folder, card=card, evaluation=folder.evaluation[:1])
    candidates = choose_candidates(folder, noise, sure_of(folder.truth, [0.99]))
    content = candidates.files["golden/0.png"]
    assert len(content) <= MAX_IMAGE_BYTES
    assert decode(content).shape == (80, 80, 3)
    # What the float model and the blends see is what a device reads.
    noisy = candidates.certain[1].raw.astype(int)
    clear, blended = (
        read_pixels(candidates.files[name], card.input)[0].astype(int)
        for name in ("golden/0.png", NOISE)
    )
    assert np.array_equal(noisy, (clear * (256 - 77) + blended * 77 + 128) >> 8)


def test_the_same_samples_give_the_same_candidates(image_folder):
    folder, pixels = image_folder
    reference = sure_of(folder.truth, [0.3] * 9)
    first, again = (choose_candidates(folder, pixels, reference) for _ in range(2))
    for one, other in zip(
        (*first.certain, *first.tried), (*again.certain, *again.tried), strict=True
    ):
        assert one.fields == other.fields
        assert np.array_equal(one.raw, other.raw)
    assert first.files == again.files


def test_long_texts_are_no_golden_ones_but_pieces_of_them_are():
    long, short = "w1 " * MAX_TEXT_LENGTH, "x" * MAX_TEXT_LENGTH
    candidates = text_candidates(OPINIONS_CARD, [(long, 1, 0.5), (short, 1, 0.9), ("no", 0, 0.001)])
    assert {each.raw for each in candidates.certain} == {short, "no"}
    pieces = [each.raw for each in candidates.tried if each.raw.startswith("w1")]
    assert pieces
    assert max(map(len, candidates.files.values())) <= MAX_TEXT_LENGTH


def test_where_all_texts_are_long_the_surest_is_taken():
    rows = [("x" * 700, 1, 0.8), ("y" * 700, 1, 0.95), ("z" * 700, 0, 0.1)]
    assert certain_texts(OPINIONS_CARD, rows) == ["y" * 700]


def test_the_surest_text_of_each_label_comes_first_then_the_least_sure_right_or_wrong():
    rows = [
        ("surest yes", 1, 0.99),
        ("some yes", 1, 0.95),
        ("doubtful yes", 1, 0.8),
        ("wrong", 0, 0.7),
        ("surest no", 0, 0.02),
        ("near-tie no", 0, 0.45),
    ]
    assert certain_texts(OPINIONS_CARD, rows) == [
        "surest yes", "surest no", "near-tie no", "wrong", "doubtful yes",
    ]  # fmt: skip


def test_a_label_that_is_never_right_has_no_clear_text():
    rows = [("yes", 1, 0.99), ("wrong", 0, 0.95)]
    assert certain_texts(OPINIONS_CARD, rows) == ["yes"]


def test_the_words_that_no_certain_text_has_are_listed_in_several_texts():
    card = OPINIONS_CARD._replace(input=OPINIONS_CARD.input._replace(length=64))
    rows = [("yes", 1, 0.6), *((f"w{number}", 0, 0.001) for number in range(50)), ("unheard", 0, 0)]
    candidates = text_candidates(card, rows)
    assert [each.raw for each in candidates.certain] == ["unheard", "yes"]
    # A piece of one of these texts has one word.
    lists = [words for each in candidates.tried if len(words := each.raw.split()) > 1]
    assert max(map(len, lists)) == LISTED_WORDS
    times = Counter(word for words in lists for word in words)
    assert times == {f"w{number}": LISTS_A_WORD for number in range(50)}
    assert len({tuple(words) for words in lists}) == len(lists)


def test_where_the_tokenizer_finds_no_words_none_are_listed():
    tokenizer = RegexSpec(r"\w+", "vocabulary.txt")
    card = OPINIONS_CARD._replace(input=OPINIONS_CARD.input._replace(tokenizer=tokenizer))
    candidates = text_candidates(card, [("w1", 1, 0.5), ("w2", 0, 0.4)])
    assert candidates.tried == []


def test_what_utf8_cannot_write_is_replaced_in_a_text():
    candidates = text_candidates(OPINIONS_CARD, [("yes \ud800", 1, 0.9)])
    assert candidates.certain[0].raw == "yes ?"
    assert candidates.files["golden/0.txt"] == b"yes ?"


def test_doubt_is_how_steep_an_answer_is():
    scores = np.float32([[0.5, 0.5], [0, 1], [0.9, 0.1]])
    assert np.allclose(doubt(scores), [0.25, 0, 0.09])
    flat = np.full((1, 100), 0.01, np.float32)
    assert np.allclose(doubt(flat), 0.0099)


def test_images_that_come_out_are_golden_for_samples_from_the_first_to_the_last(faces):
    candidates = choose_candidates(faces.folder, faces.inputs, faces.expected)
    assert [each.raw for each in candidates.certain] == [0, 2, 4, 7]
    assert [each.fields for each in candidates.certain] == [{"seed": at} for at in (0, 2, 4, 7)]
    assert (candidates.tried, candidates.files) == ([], {})
    few = replace(faces.folder, evaluation=faces.folder.evaluation[:2])
    found = choose_candidates(few, faces.inputs, faces.expected)
    assert [each.raw for each in found.certain] == [0, 1]


def test_golden_images_of_a_style_are_the_files_themselves(styles):
    candidates = choose_candidates(styles.folder, styles.inputs, styles.expected)
    files = [sample.value for sample in styles.folder.evaluation]
    assert [each.raw for each in candidates.certain] == [
        files[at].read_bytes() for at in (0, 1, 3, 5)
    ]
    assert list(candidates.files) == [f"golden/{at}.png" for at in range(4)]
    assert candidates.tried == []
