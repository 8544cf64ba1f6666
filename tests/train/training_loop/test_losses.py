import numpy as np
import pytest

from satchel_train.training_loop.losses import accuracy, crossentropy

SCORES = np.float32([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
LABELS = np.int32([0, 1])
SHARES = np.float32([[0.6, 0.4, 0], [0, 0.25, 0.75]])


def of(function, labels):
    return np.asarray(function(labels, SCORES))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_positions_and_shares_of_one_label_have_the_same_loss(smoothing):
    loss = crossentropy(smoothing)
    np.testing.assert_allclose(
        of(loss, LABELS), of(loss, np.eye(3, dtype=np.float32)[LABELS]), rtol=1e-5
    )


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_the_loss_of_a_mixture_is_the_mixture_of_the_losses(smoothing):
    loss = crossentropy(smoothing)
    each = np.stack([of(loss, np.int32([label, label])) for label in range(3)], axis=1)
    np.testing.assert_allclose(of(loss, SHARES), (SHARES * each).sum(axis=1), rtol=1e-5)


def test_label_smoothing_gives_every_label_its_share():
    expected = -(0.9 * np.log(SCORES[[0, 1], LABELS]) + 0.1 * np.log(SCORES).mean(axis=1))
    np.testing.assert_allclose(of(crossentropy(0.1), LABELS), expected, rtol=1e-5)


@pytest.mark.parametrize("labels", [LABELS, LABELS.astype(np.float32), LABELS[:, np.newaxis]])
def test_a_position_is_right_if_it_has_the_top_score(labels):
    assert of(accuracy, labels).tolist() == [1, 0]


def test_a_mixture_is_right_if_its_larger_share_has_the_top_score():
    assert of(accuracy, SHARES).tolist() == [1, 1]
    assert of(accuracy, SHARES[:, [1, 0, 2]]).tolist() == [0, 1]
