"""Each augmentation does what its name says, the same again, and nothing to the batch it got."""

from functools import partial

import numpy as np
import pytest

from satchel.bundle.card import Card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel_train.data import augment
from satchel_train.data.augment_names import (
    AUGMENTS,
    ON_USERS_IMAGES,
    check_augments,
    parse_augments,
)
from satchel_train.data.augmentation import Augmentation, choose_augmentation
from satchel_train.data.batches import shuffled_batches
from satchel_train.data.image_store import store_images
from satchel_train.data.inputs import examples
from satchel_train.data.samples import Samples
from satchel_train.errors import SettingsError

SIDE = 12
IMAGES = np.random.default_rng(0).integers(0, 256, (40, SIDE, SIDE, 3), np.uint8)
LABELS = (np.arange(40) % 3).astype(np.int32)
IMAGE = ImageInput(height=SIDE, width=SIDE, scale=(1 / 255,), offset=(-0.5,))
CARD = Card("tiny", "1.0.0", "image-classification", IMAGE, LabelOutput(("a", "b", "c")))
FUNCTIONS = {
    "shift": partial(augment.shift, pixels=3),
    "mirror": augment.mirror,
    "crop": augment.crop,
    "colour": augment.colour,
}


def generator(seed=0):
    return np.random.default_rng(seed)


def some_examples():
    stored = store_images(IMAGES, count=len(IMAGES), shape=IMAGES.shape[1:])
    return examples(Samples(stored, LABELS), card=CARD)


def batch_of(*names, seed=0, count=40):
    return Augmentation(names, shift=3, labels=3)(
        some_examples(), np.arange(count), generator(seed)
    )


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("images", [IMAGES, IMAGES[..., 0]], ids=["colour", "grey"])
def test_most_images_change_by_the_seed_and_the_batch_itself_does_not(name, images):
    before = images.copy()
    changed = FUNCTIONS[name](images, generator())
    assert (changed.shape, changed.dtype) == (images.shape, images.dtype)
    differing = (changed != images).reshape(len(images), -1).any(axis=1).mean()
    assert differing > 0.2
    assert (changed == FUNCTIONS[name](images, generator())).all()
    assert (changed != FUNCTIONS[name](images, generator(1))).any()
    assert (images == before).all()


def test_a_shift_moves_by_whole_pixels_and_repeats_the_edge():
    images = np.zeros((200, 9, 9), np.uint8)
    images[:, 4, 4] = 255
    moved = augment.shift(images, generator(), pixels=2)
    places = {tuple(np.argwhere(image)[0].tolist()) for image in moved}
    assert places == {(row, column) for row in range(2, 7) for column in range(2, 7)}
    edge = np.zeros((20, 9, 9), np.uint8)
    edge[:, :, 0] = 255
    assert augment.shift(edge, generator(), pixels=0).tolist() == edge.tolist()
    widths = np.count_nonzero(augment.shift(edge, generator(), pixels=2), axis=2)
    assert set(widths.ravel().tolist()) == {0, 1, 2, 3}


def test_about_half_of_the_images_are_mirrored_and_the_others_are_as_they_were():
    many = np.repeat(IMAGES, 20, axis=0)
    changed = augment.mirror(many, generator())
    turned = [
        bool((after == before[:, ::-1]).all()) for before, after in zip(many, changed, strict=True)
    ]
    same = [bool((after == before).all()) for before, after in zip(many, changed, strict=True)]
    assert [not each for each in turned] == same
    assert 0.45 < np.mean(turned) < 0.55


def test_a_crop_shows_an_enlarged_part_of_at_least_six_tenths():
    rows = np.repeat(np.arange(0, 240, 2, dtype=np.uint8)[:, np.newaxis], 120, axis=1)
    # The first channel says the row, the second the column.
    image = np.stack([rows, rows.T, 0 * rows], axis=-1)
    cut = augment.crop(np.repeat(image[np.newaxis], 300, axis=0), generator()).astype(int)
    high = (cut[:, -1, 60, 0] - cut[:, 0, 60, 0] + 2) / 240
    wide = (cut[:, 60, -1, 1] - cut[:, 60, 0, 1] + 2) / 240
    area = high * wide
    # A level is half a pixel of 120.
    assert area.min() == pytest.approx(augment.SMALLEST_SHARE, abs=0.03)
    assert 0.9 < area.max() <= 1.02
    ratio = wide / high
    assert 0.72 < ratio.min() < 0.8
    assert 1.25 < ratio.max() < 1.38
    assert len({tuple(each) for each in cut[:, 0, 0, :2].tolist()}) > 100


def test_colour_leaves_shapes_and_changes_brightness_contrast_and_saturation():
    plain = np.full((200, 4, 4, 3), (100, 100, 100), np.uint8)
    levels = augment.colour(plain, generator())[:, 0, 0]
    assert (levels == levels[:, :1]).all(), "grey stays grey"
    assert (levels.min(), levels.max()) == (pytest.approx(60, abs=3), pytest.approx(140, abs=3))
    halves = np.zeros((200, 4, 4, 3), np.uint8)
    halves[:, :2], halves[:, 2:] = (120, 80, 80), (60, 60, 60)
    changed = augment.colour(halves, generator()).astype(int)
    assert (changed[:, 0] == changed[:, 1]).all()
    contrast = changed[:, 0, 0, 1] - changed[:, 3, 0, 1]
    saturation = changed[:, 0, 0, 0] - changed[:, 0, 0, 1]
    for found in (contrast, saturation):
        assert found.min() < 0.8 * np.median(found) < 1.2 * np.median(found) < found.max()


def test_mixup_blends_inputs_and_labels_in_the_same_proportion():
    plain, _ = batch_of()
    for seed in range(5):
        mixed, shares = batch_of("mixup", seed=seed)
        assert (shares.shape, shares.dtype) == ((40, 3), np.float32)
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        draws = generator(seed)
        kept, others = draws.beta(0.2, 0.2), draws.permutation(40)
        np.testing.assert_allclose(mixed, kept * plain + (1 - kept) * plain[others], atol=1e-5)
        expected = kept * np.eye(3)[LABELS] + (1 - kept) * np.eye(3)[LABELS[others]]
        np.testing.assert_allclose(shares, expected, atol=1e-5)


def test_cutmix_pastes_one_rectangle_and_shares_labels_by_its_area():
    plain, _ = batch_of()
    areas = []
    for seed in range(40):
        mixed, shares = batch_of("cutmix", seed=seed)
        changed = (mixed != plain).any(axis=(0, 3))
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        assert changed.sum() == len(rows) * len(columns), "one rectangle"
        area = changed.mean()
        pasted = 1 - shares[np.arange(40), LABELS]
        assert pasted.max() == pytest.approx(area, abs=1e-5)
        assert set(np.round(pasted, 4)) <= {0, np.float32(np.round(area, 4))}
        areas.append(area)
    assert min(areas) < 0.1
    assert max(areas) > 0.5


def test_all_together_are_the_same_for_the_same_seed_and_stay_in_the_range_of_the_input():
    inputs, shares = batch_of(*AUGMENTS)
    again, same = batch_of(*AUGMENTS)
    assert inputs.tobytes() == again.tobytes()
    assert shares.tobytes() == same.tobytes()
    assert inputs.dtype == np.float32
    assert -0.5 <= inputs.min() < inputs.max() <= 0.5 + 1e-6


def test_a_batch_depends_on_seed_epoch_and_number_only():
    def batches(seed):
        made = shuffled_batches(
            some_examples(), batch_size=16, seed=seed, augment=Augmentation(AUGMENTS, 3, 3)
        )
        made.start_epoch(2)
        return made

    first, second = batches(7), batches(7)
    later = [second[number][0].tobytes() for number in (2, 0, 1)]
    assert [first[number][0].tobytes() for number in (2, 0, 1)] == later
    assert batches(8)[1][0].tobytes() != later[2]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("none", ()),
        ("mirror", ("mirror",)),
        ("cutmix,mixup,crop", ("crop", "mixup", "cutmix")),
        (",".join(AUGMENTS), AUGMENTS),
    ],
)
def test_a_list_of_names_is_put_in_the_order_of_their_use(text, names):
    assert parse_augments(text) == names


@pytest.mark.parametrize("text", ["", "flip", "shift,", "none,shift", "shift, mirror", "Shift"])
def test_another_word_is_refused_with_the_words_there_are(text):
    with pytest.raises(SettingsError, match="Expected augment of none alone, or of shift, mirror"):
        parse_augments(text)


def test_a_name_that_is_there_twice_is_refused():
    with pytest.raises(SettingsError, match="Expected each augment once, got 'crop' twice"):
        check_augments(("crop", "shift", "crop"))


def test_the_recipes_own_choice_is_for_its_own_data_and_the_users_goes_before_both():
    def names(chosen, own):
        found = choose_augmentation(chosen, own=own, shift=3, labels=3)
        return () if found is None else found.names

    assert names(None, ("shift", "mirror")) == ("shift", "mirror")
    assert names(None, None) == ON_USERS_IMAGES == ("shift", "crop")
    assert names(None, ()) == names((), None) == names((), ("shift",)) == ()
    assert names(("mixup",), None) == ("mixup",)


def test_what_is_recorded_names_the_parameters():
    found = Augmentation(AUGMENTS, 3, 3).record()
    assert tuple(found) == AUGMENTS
    assert found["shift"] == {"pixels": 3}
    assert all(found.values())
