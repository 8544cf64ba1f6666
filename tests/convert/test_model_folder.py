import json
import shutil

import numpy as np
import pytest

from helpers.model_folders import BANDS_CARD
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.reading import digest
from satchel.errors import InputError
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import (
    check_same_model,
    deployed_card,
    open_model_folder,
    prepare,
    reference_tensor,
)


def write_samples(folder, part, *lines):
    content = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    (folder / "samples" / f"{part}.jsonl").write_text(content, encoding="utf-8")


def test_a_folder_has_its_card_samples_and_labels(images):
    folder = images.folder
    assert folder.card.name == "bands"
    assert (len(folder.calibration), len(folder.evaluation)) == (12, 24)
    # Two are mislabelled, see helpers.model_folders.
    assert folder.truth.tolist() == [2, 0, *([2, 0, 1] * 8)[:22]]
    assert folder.files == {}
    assert folder.model_path == images.path / "model.keras"


@pytest.mark.parametrize("name", ["model.keras", "card.json", "samples/evaluation.jsonl"])
def test_a_missing_file_is_named(name, image_copy):
    (image_copy / name).unlink()
    with pytest.raises(ModelFolderError, match=rf"^Expected a model folder with {name}, got '.*'"):
        open_model_folder(image_copy)


def test_a_missing_vocabulary_is_named(text_copy):
    (text_copy / "vocabulary.txt").unlink()
    with pytest.raises(ModelFolderError, match=r"^Expected 'vocabulary\.txt' in '.*copy'"):
        open_model_folder(text_copy)


def test_calibration_may_be_missing(image_copy):
    (image_copy / "samples" / "calibration.jsonl").unlink()
    assert open_model_folder(image_copy).calibration == []


def test_evaluation_samples_may_not_be_none(image_copy):
    write_samples(image_copy, "evaluation")
    with pytest.raises(ModelFolderError, match=r"^Expected samples in '.*samples', got none\.$"):
        open_model_folder(image_copy)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"good"',
        '{"text": "fine"}',
        '{"text": 1, "label": "positive"}',
        '{"text": "fine", "label": 1}',
        '{"text": "fine", "label": "unheard of"}',
        '{"picture": "a.png", "label": "positive"}',
    ],
)
def test_a_wrong_line_is_quoted_with_its_number(line, text_copy):
    good = {"text": "fine", "label": "positive"}
    write_samples(text_copy, "evaluation", good, line + "\n")
    with pytest.raises(ModelFolderError, match=r"on line 2 of evaluation\.jsonl, got ") as raised:
        open_model_folder(text_copy)
    assert str(raised.value).endswith(f"{line!r}.")


def test_seeds_and_images_without_labels_are_samples(faces, styles):
    assert [sample.value for sample in faces.folder.evaluation] == list(range(8))
    assert {sample.label for sample in faces.folder.evaluation} == {None}
    assert styles.folder.evaluation[0].value == styles.path / "samples" / "evaluation" / "000.png"
    assert (faces.folder.truth, styles.folder.truth) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "7",
        "{}",
        '{"seed": "7"}',
        '{"seed": 7.0}',
        '{"seed": true}',
        '{"seed": -1}',
        '{"seed": 9007199254740992}',
        '{"picture": "evaluation/000.png"}',
    ],
)
def test_a_line_that_is_no_seed_is_quoted_with_its_number(line, generator_copy):
    write_samples(generator_copy, "evaluation", {"seed": 1}, line + "\n")
    expected = r'^Expected \{"seed": \.\.\.\} on line 2 of evaluation\.jsonl, got '
    with pytest.raises(ModelFolderError, match=expected) as raised:
        open_model_folder(generator_copy)
    assert str(raised.value).endswith(f"{line!r}.")


def test_a_style_models_line_is_an_image_within_the_folder(style_copy):
    write_samples(style_copy, "evaluation", {"seed": 1})
    with pytest.raises(ModelFolderError, match=r'^Expected \{"picture": \.\.\.\} on line 1'):
        open_model_folder(style_copy)
    write_samples(style_copy, "evaluation", {"picture": "../outside.png"})
    with pytest.raises(ModelFolderError, match=r"^Expected a path in samples/ on line 1"):
        open_model_folder(style_copy)


def test_a_seed_in_both_parts_is_named(generator_copy):
    write_samples(generator_copy, "calibration", {"seed": 41}, {"seed": 7})
    with pytest.raises(ModelFolderError, match=r"1 are in both, such as '7'\.$"):
        open_model_folder(generator_copy)


def test_samples_in_another_encoding_are_one_line(text_copy):
    line = '{"text": "sch\xf6n", "label": "positive"}\n'
    (text_copy / "samples" / "evaluation.jsonl").write_bytes(line.encode("latin-1"))
    with pytest.raises(ModelFolderError, match="UTF-8"):
        open_model_folder(text_copy)


def test_a_sample_in_both_parts_is_named(text_copy):
    write_samples(
        text_copy,
        "calibration",
        {"text": "seen twice", "label": "positive"},
        {"text": "seen once", "label": "positive"},
    )
    write_samples(text_copy, "evaluation", {"text": "seen twice", "label": "positive"})
    with pytest.raises(
        ModelFolderError, match=r"different, 1 are in both, such as 'seen twice'\.$"
    ):
        open_model_folder(text_copy)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\r"])
def test_a_text_with_a_line_separator_inside_is_one_sample(separator, text_copy):
    text = f"good{separator}film"
    line = json.dumps({"text": text, "label": "positive"}, ensure_ascii=False) + "\n"
    write_samples(text_copy, "evaluation", line)
    (sample,) = open_model_folder(text_copy).evaluation
    assert (sample.value, sample.label) == (text, 1)


def test_a_missing_image_is_named(image_copy):
    write_samples(image_copy, "evaluation", {"picture": "gone.png", "label": "left"})
    folder = open_model_folder(image_copy)
    with pytest.raises(InputError, match=r"gone\.png"):
        prepare(folder, [sample.value for sample in folder.evaluation])


def test_prepared_inputs_are_pixels_ids_or_latents(images, texts, faces):
    assert (images.inputs.dtype, images.inputs.shape) == (np.uint8, (24, 6, 9, 3))
    assert (texts.inputs.dtype, texts.inputs.shape) == (np.int32, (20, 6))
    assert (faces.inputs.dtype, faces.inputs.shape) == (np.float32, (8, 8))
    assert prepare(texts.folder, ["good plot"]).tolist() == [[1, 3, 9, 0, 0, 0]]


def test_the_reference_takes_scaled_grey_or_the_ids_themselves(images, texts):
    tensor = reference_tensor(np.full((1, 6, 9, 3), 51, np.uint8), images.folder.card)
    assert tensor.shape == (1, 6, 9, 1)
    np.testing.assert_allclose(tensor, 0.2, rtol=1e-6)  # 0.299 + 0.587 + 0.114 rounds in float32
    assert reference_tensor(texts.inputs, texts.folder.card) is texts.inputs


def test_the_deployed_card_takes_plain_pixels_and_gives_probabilities():
    card = BANDS_CARD._replace(output=BANDS_CARD.output._replace(activation="none"))
    deployed = deployed_card(card)
    assert deployed.input == ImageInput(6, 9, background=(0, 0, 0))
    assert deployed.output == BANDS_CARD.output
    assert deployed.name == card.name


def test_the_deployed_card_of_images_gives_plain_pixels(styles, faces):
    deployed = deployed_card(styles.folder.card)
    assert deployed.input == ImageInput(16, 16, fit="crop")
    assert deployed.output == ImageOutput(16, 16)
    assert deployed_card(faces.folder.card).input == faces.folder.card.input


def test_a_bundle_of_this_folder_is_recognized(images, texts):
    check_same_model(deployed_card(images.folder.card), images.folder)
    files = {"vocabulary.txt": digest(texts.folder.files["vocabulary.txt"])}
    check_same_model(deployed_card(texts.folder.card)._replace(files=files), texts.folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "other"), ("version", "9.9.9"), ("input", ImageInput(6, 10))],
)
def test_a_bundle_with_another_field_is_refused_by_its_name(field, value, images):
    card = deployed_card(images.folder.card)._replace(**{field: value})
    expected = rf"^Expected the bundle of the model folder bands, its {field} differs: got .*"
    with pytest.raises(ModelFolderError, match=expected):
        check_same_model(card, images.folder)


def test_a_bundle_of_another_model_is_refused(texts, images):
    with pytest.raises(ModelFolderError, match=r"model folder bands, its name .* got opinions\.$"):
        check_same_model(deployed_card(texts.folder.card), images.folder)


def test_a_bundle_with_another_vocabulary_is_refused(texts):
    changed = texts.folder.files["vocabulary.txt"].replace(b"good 3", b"good 5")
    other = {"vocabulary.txt": digest(changed)}
    card = deployed_card(texts.folder.card)._replace(files=other)
    with pytest.raises(ModelFolderError, match="vocabulary"):
        check_same_model(card, texts.folder)


def test_a_folder_may_be_given_as_text(text_copy):
    assert open_model_folder(str(text_copy)).path == text_copy
    shutil.rmtree(text_copy)
    with pytest.raises(ModelFolderError, match=r"model\.keras"):
        open_model_folder(str(text_copy))


@pytest.mark.parametrize("name", ["/etc/hostname", "../../outside.png", "evaluation/../../x.png"])
def test_an_image_outside_the_folder_is_refused(name, image_copy):
    samples = image_copy / "samples" / "evaluation.jsonl"
    first = json.loads(samples.read_text().split("\n")[0])
    samples.write_text(json.dumps(first | {"picture": name}) + "\n")
    with pytest.raises(ModelFolderError, match=r"^Expected a path in samples/ on line 1, got "):
        open_model_folder(image_copy)
