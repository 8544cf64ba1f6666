"""Which models may take the place of a bundle's first."""

from dataclasses import replace

import pytest

from satchel.bundle.card import VerifiedLabels, VerifiedPictures
from satchel.tuning.accuracy_policy import broken_promise


def labels(drop_points):
    return VerifiedLabels(1000, 0.9, drop_points, 0.98, 0.1, 30.0)


def pictures(worst_psnr_db):
    return VerifiedPictures(100, 40.0, worst_psnr_db, 0.1)


@pytest.fixture
def reason(picture_card, style_card):
    """Return a function: why the second of two models breaks the promise."""

    def reason(first, second):
        card = style_card if isinstance(second, VerifiedPictures) else picture_card
        entries = [
            replace(card.models[0], verified=first),
            replace(card.models[1], verified=second),
        ]
        return broken_promise(entries[1], replace(card, models=tuple(entries)))

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
    assert reason(labels(0.0), None) == "nothing says how accurate it is"


def test_where_nothing_is_known_of_the_first_the_margin_holds(reason):
    assert reason(None, None) is None
    assert reason(None, labels(0.5)) is None
    assert reason(None, labels(1.5)) == "it loses 1.50 pp of accuracy, above 1.00"


def test_pictures_are_judged_by_the_worst(reason):
    assert reason(pictures(40.0), pictures(25.0)) is None
    assert reason(pictures(None), pictures(None)) is None
    assert reason(pictures(40.0), pictures(24.0)) == "its worst picture has 24.0 dB, below 25.0"
    assert reason(pictures(20.0), pictures(21.0)) is None
    assert reason(pictures(20.0), pictures(19.0)) == "its worst picture has 19.0 dB, below 20.0"


def test_the_first_model_itself_keeps_its_promise(picture_card, style_card):
    for card, verified in (
        (picture_card, labels(7.5)),
        (style_card, pictures(10.0)),
        (picture_card, None),
    ):
        entry = replace(card.models[0], verified=verified)
        assert broken_promise(entry, replace(card, models=(entry,))) is None
