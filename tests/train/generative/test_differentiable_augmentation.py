import numpy as np

from satchel_train.generative.differentiable_augmentation import change, draw_changes

SIDE = 16


def some(count=5, *, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, SIDE, SIDE, 3)).astype(np.float32)


def drawn(**instead):
    changes = draw_changes(np.random.default_rng(1), count=5, side=SIDE)
    unchanged = {
        "rows": np.eye(SIDE, dtype=np.float32)[np.newaxis].repeat(5, axis=0),
        "columns": np.eye(SIDE, dtype=np.float32)[np.newaxis].repeat(5, axis=0),
        "seen": np.ones((5, SIDE, SIDE, 1), np.float32),
        "brightness": np.zeros((5, 1, 1, 1), np.float32),
        "saturation": np.ones((5, 1, 1, 1), np.float32),
        "contrast": np.ones((5, 1, 1, 1), np.float32),
    }
    return unchanged | {name: changes[name] for name in instead}


def changed(**which):
    from keras import ops

    return np.asarray(ops.convert_to_numpy(change(some(), drawn(**which))))


def test_images_without_changes_stay_as_they_are():
    np.testing.assert_allclose(changed(), some(), atol=1e-6)


def test_a_shift_moves_by_whole_pixels_and_fills_up_with_grey():
    rows = drawn(rows=True)["rows"]
    for before, after, matrix in zip(some(), changed(rows=True), rows, strict=True):
        shift = np.argmax(matrix[SIDE // 2]) - SIDE // 2
        assert abs(shift) <= SIDE // 8
        expected = np.zeros_like(before)
        come_from = np.arange(SIDE) + shift
        inside = (come_from >= 0) & (come_from < SIDE)
        expected[inside] = before[come_from[inside]]
        np.testing.assert_allclose(after, expected, atol=1e-6)


def test_columns_are_shifted_as_rows_are():
    from keras import ops

    sideways = drawn() | {"columns": drawn(rows=True)["rows"]}
    found = ops.convert_to_numpy(change(some().transpose(0, 2, 1, 3), sideways))
    np.testing.assert_allclose(found.transpose(0, 2, 1, 3), changed(rows=True), atol=1e-6)


def test_a_square_of_half_the_side_at_most_is_cut_out_of_some():
    changes = draw_changes(np.random.default_rng(1), count=40, side=SIDE)
    missing = (changes["seen"] == 0).sum(axis=(1, 2, 3))
    assert 0 < (missing > 0).sum() < 40
    assert missing.max() == (SIDE // 2) ** 2


def test_colours_change_and_no_pixel_moves():
    np.testing.assert_allclose(
        changed(brightness=True).mean(axis=(1, 2, 3)) - some().mean(axis=(1, 2, 3)),
        drawn(brightness=True)["brightness"].ravel(),
        atol=1e-6,
    )
    grey = changed(saturation=True).mean(axis=3)
    np.testing.assert_allclose(grey, some().mean(axis=3), atol=1e-6)
    middle = changed(contrast=True).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(middle, some().mean(axis=(1, 2, 3)), atol=1e-6)


def test_the_same_randomness_draws_the_same_changes():
    first, second = (draw_changes(np.random.default_rng(3), count=4, side=8) for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)
