"""Which models may take the place of a bundle's first."""

import pytest

from helpers.tiny_bundles import IMAGE_CARD, STYLE_CARD
from satchel.bundle.image_output import VerifiedImages
from satchel.bundle.label_output import VerifiedLabels
from satchel.tuning.accuracy_policy import policy_violation


def labels(drop_points):
    return VerifiedLabels(1000, 0.9, drop_points, 0.98, 0.1, 30.0)


def images(worst_psnr_db):
    return VerifiedImages(100, 40.0, worst_psnr_db, 0.1)


@pytest.fixture
def reason():
    """Return a function: why the second of two models breaks the promise."""

    def reason(first, second):
        card = STYLE_CARD if isinstance(second, VerifiedImages) else IMAGE_CARD
        entries = [
            card.models[0]._replace(verified=first),
            card.models[1]._replace(verified=second),
        ]
        return policy_violation(entries[1], card._replace(models=tuple(entries)))

    return reason


@pytest.mark.parametrize("drop_points", [-2.0, 0.0, 1.0])
def test_a_drop_within_the_converters_margin_keeps_it(reason, drop_points):
    assert reason(labels(0.0), labels(drop_points)) is None


def test_a_larger_drop_breaks_it(reason):
    assert reason(labels(0.0), labels(1.25)) == "it loses 1.25 pp of accuracy, above 1.00"


def test_what_the_first_model_loses_another_may_lose_too(reason):
    assert reason(labels(3.0), labels(3.0)) is None
    assert reason(labels(3.0), labels(3.5)) == "it loses 3.50 pp of accuracy, above 3.00"


def test_a_model_of_which_nothing_is_known_does_not_replace_a_verified_one(reason):
    assert reason(labels(0.0), None) == "its accuracy was not verified"


def test_where_nothing_is_known_of_the_first_the_margin_holds(reason):
    assert reason(None, None) is None
    assert reason(None, labels(0.5)) is None
    assert reason(None, labels(1.5)) == "it loses 1.50 pp of accuracy, above 1.00"


def test_images_are_judged_by_the_worst(reason):
    assert reason(images(40.0), images(25.0)) is None
    assert reason(images(None), images(None)) is None
    assert reason(images(40.0), images(24.0)) == "its worst image has 24.0 dB, below 25.0"
    assert reason(images(20.0), images(21.0)) is None
    assert reason(images(20.0), images(19.0)) == "its worst image has 19.0 dB, below 20.0"


def test_the_first_model_itself_keeps_its_promise():
    for card, verified in (
        (IMAGE_CARD, labels(7.5)),
        (STYLE_CARD, images(10.0)),
        (IMAGE_CARD, None),
    ):
        entry = card.models[0]._replace(verified=verified)
        assert policy_violation(entry, card._replace(models=(entry,))) is None
