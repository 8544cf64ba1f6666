"""Labels that begin and end in what a camera sees."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from helpers.services import ROOT
from helpers.sightings import BEGAN, Scene
from satchel import ImageClassifier
from satchel.bundle import LabelOutput
from satchel.errors import EngineError
from satchel.testing import FakeImageClassifier, fake_image_bundle
from satchel_pi.camera.events import EventDetector

GOLDEN = ROOT / "tests" / "golden"
FRAME = np.zeros((4, 4, 3), np.uint8)


def fake(script, *, output=None, version="1.0.0"):
    """Return a classifier of cats, dogs and eels whose scores are those of the script."""
    bundle = fake_image_bundle(["cat", "dog", "eel"], height=4, width=4)
    card = bundle.card._replace(version=version, output=output or bundle.card.output)
    return FakeImageClassifier(bundle._replace(card=card), predictions=script)


def detector(*, threshold=None, margin=0.1, gap_s=10.0, settle_s=0.0):
    return EventDetector(
        source="test", threshold=threshold, margin=margin, gap_s=gap_s, settle_s=settle_s
    )


def events_of(scene, **words):
    found = detector(**words)
    events = [event for sighting in scene for event in found.see(sighting)]
    return events + found.end()


def cats(*scores, pause_after=None, **words):
    """Return a scene in which the cat has these scores, and the dog the rest."""
    script = [{"cat": each, "dog": 1 - each} for each in scores]
    frames = [FRAME] * len(scores)
    if pause_after is not None:
        frames.insert(pause_after, 60.0)
    return Scene(fake(script), frames, **words)


def short(events):
    return [(each.event, each.label, each.frame, each.reason) for each in events]


def test_a_label_begins_and_ends_with_its_times_and_its_model():
    script = [{"cat": 0.3, "dog": 0.4, "eel": 0.3}] * 2 + [{"cat": 0.9}] * 3 + [{"cat": 0.2}]
    begin, end = events_of(Scene(fake(script), [FRAME] * 6, every_s=0.25))
    assert begin.to_json() == {
        "time": "2027-01-15T08:00:00.500Z", "event": "begin", "label": "cat", "score": 0.9,
        "smoothed_score": 0.9, "frame": 2, "source": "test", "model": "fake", "version": "1.0.0",
        "duration_s": None, "reason": None,
    }  # fmt: skip
    assert end.to_json() == {
        "time": "2027-01-15T08:00:01.250Z", "event": "end", "label": "cat", "score": 0.2,
        "smoothed_score": 0.2, "frame": 5, "source": "test", "model": "fake", "version": "1.0.0",
        "duration_s": 0.75, "reason": "score",
    }  # fmt: skip


def test_a_label_at_its_threshold_does_not_flicker():
    around = [0.51, 0.49] * 10
    assert short(events_of(cats(*around))) == [
        ("begin", "cat", 0, None), ("end", "cat", 19, "stopped"),
    ]  # fmt: skip
    # Without a margin, cat and dog take turns.
    assert len(events_of(cats(*around), margin=0.0)) == 40


def test_a_label_ends_below_the_margin_and_another_must_lead_by_it():
    cat = {"cat": 0.6, "dog": 0.4}
    ends = {"cat": 0.39, "dog": 0.31, "eel": 0.3}
    assert short(events_of(Scene(fake([cat, ends]), [FRAME] * 2))) == [
        ("begin", "cat", 0, None), ("end", "cat", 1, "score"),
    ]  # fmt: skip
    leads_less = {"cat": 0.46, "dog": 0.54}
    leads = {"cat": 0.44, "dog": 0.56}
    assert short(events_of(Scene(fake([cat, leads_less, leads]), [FRAME] * 3))) == [
        ("begin", "cat", 0, None), ("end", "cat", 2, "label"), ("begin", "dog", 2, None),
        ("end", "dog", 2, "stopped"),
    ]  # fmt: skip


def test_a_small_threshold_has_an_end_too():
    held = {"cat": 0.05, "dog": 0.03, "eel": 0.03}
    below = {"cat": 0.024, "dog": 0.0}
    scene = Scene(fake([held, {**held, "cat": 0.03}, below]), [FRAME] * 3)
    assert short(events_of(scene, threshold=0.05)) == [
        ("begin", "cat", 0, None), ("end", "cat", 2, "score"),
    ]  # fmt: skip


def test_of_one_right_label_only_one_is_there_at_any_time():
    random = np.random.default_rng(7)
    script = [
        dict(zip(("cat", "dog", "eel"), map(float, row), strict=True))
        for row in random.dirichlet(np.full(3, 0.3), 300)
    ]
    there = set()
    events = events_of(Scene(fake(script), [FRAME] * 300), threshold=0.3)
    assert len(events) > 100
    for each in events:
        if each.event == "begin":
            there.add(each.label)
        else:
            there.remove(each.label)
        assert len(there) <= 1
    assert not there


def test_labels_of_a_multi_label_model_come_and_go_by_themselves_at_the_cards_thresholds():
    output = LabelOutput(
        ("cat", "dog", "eel"), "sigmoid", multi_label=True, thresholds=(0.5, 0.9, 0.3)
    )
    script = [
        {"cat": 0.6, "dog": 0.85, "eel": 0.35},
        {"cat": 0.45, "dog": 0.95, "eel": 0.25},
        {"cat": 0.39, "dog": 0.81, "eel": 0.19},
        {"cat": 0.45, "dog": 0.79, "eel": 0.0},
    ]

    def scene():
        return Scene(fake(script, output=output), [FRAME] * 4)

    assert short(events_of(scene())) == [
        ("begin", "cat", 0, None), ("begin", "eel", 0, None), ("begin", "dog", 1, None),
        ("end", "cat", 2, "score"), ("end", "eel", 2, "score"), ("end", "dog", 3, "score"),
    ]  # fmt: skip
    assert short(events_of(scene(), threshold=0.85))[0] == ("begin", "dog", 0, None)


def test_labels_that_repeat_have_their_ids():
    output = LabelOutput(("crane", "dog", "crane"), ids=("bird", "dog", "machine"))
    bundle = fake_image_bundle(["bird", "dog", "machine"], height=4, width=4)
    classifier = FakeImageClassifier(bundle, predictions="machine")
    classifier.bundle = bundle._replace(card=bundle.card._replace(output=output))
    begin, _ = events_of(Scene(classifier, [FRAME]))
    assert (begin.label, begin.to_json()["id"]) == ("crane", "machine")


def test_while_no_label_reaches_its_threshold_there_is_no_event():
    unknown = {"cat": 0.4, "dog": 0.3, "eel": 0.3}
    assert events_of(Scene(fake([unknown] * 5), [FRAME] * 5, smoothing_s=1.0)) == []


def test_a_frame_that_fails_ends_nothing_and_changes_no_score():
    script = [{"cat": 1.0}, EngineError("Expected more."), {"cat": 0.9, "dog": 0.1}]
    sightings = list(Scene(fake(script), [FRAME] * 3, smoothing_s=1.0))
    assert (sightings[1].predictions, sightings[1].scores.size) == ([], 0)
    # The time goes on: two steps of 0.1 s lie between the two frames.
    assert sightings[2].smoothed[0] == pytest.approx(1 - 0.1 / (1 + np.exp(-0.2)))
    assert short(events_of(Scene(fake(script), [FRAME] * 3))) == [
        ("begin", "cat", 0, None), ("end", "cat", 2, "stopped"),
    ]  # fmt: skip


def test_a_gap_ends_a_label_at_the_last_frame_that_had_it():
    events = events_of(cats(0.9, 0.9, 0.9, pause_after=2))
    assert short(events) == [
        ("begin", "cat", 0, None), ("end", "cat", 1, "gap"),
        ("begin", "cat", 2, None), ("end", "cat", 2, "stopped"),
    ]  # fmt: skip
    assert events[1].duration_s == 0.1
    assert events[1].time == "2027-01-15T08:00:00.100Z"
    assert len(events_of(cats(0.9, 0.9, 0.9, pause_after=2), gap_s=61.0)) == 2


def test_a_new_version_begins_its_own_events_and_its_own_mean():
    scene = Scene(fake([{"cat": 1.0}] * 2), [FRAME] * 4, smoothing_s=1.0)
    new = fake([{"cat": 0.6, "dog": 0.4}] * 2, version="1.1.0")
    found, events, means = detector(), [], []
    for sighting in scene:
        events += found.see(sighting)
        means.append(float(sighting.smoothed[0]))
        if sighting.result.number == 1:
            scene.camera.classifier = new
    assert [(each.event, each.frame, each.version, each.reason) for each in events] == [
        ("begin", 0, "1.0.0", None), ("end", 1, "1.0.0", "model"), ("begin", 2, "1.1.0", None),
    ]  # fmt: skip
    assert means == pytest.approx([1.0, 1.0, 0.6, 0.6])


def test_a_real_model_flickers_on_noise_and_not_when_its_scores_are_smoothed():
    seven = np.asarray(Image.open(GOLDEN / "seven.png").convert("RGB"))
    random = np.random.default_rng(7)
    noise = random.normal(0, 180, (100, *seven.shape))
    frames = [np.clip(seven + each, 0, 255).astype(np.uint8) for each in noise]
    classifier = ImageClassifier(GOLDEN / "digits.satchel")
    plain = list(Scene(classifier, frames))
    changes = sum(
        before.predictions[0].label != after.predictions[0].label
        for before, after in pairwise(plain)
    )
    assert changes > 10
    assert len(events_of(Scene(classifier, frames), margin=0.0)) > 20
    smoothed = list(Scene(classifier, frames, smoothing_s=1.0))
    # The first frames are smoothed over few others.
    assert {each.predictions[0].label for each in smoothed[10:]} == {"7"}
    assert short(events_of(smoothed, settle_s=0.95)) == [
        ("begin", "7", 10, None), ("end", "7", 99, "stopped"),
    ]  # fmt: skip


def test_a_label_that_comes_to_stay_is_seen_after_the_time_that_smoothing_needs():
    scores = [0.0] * 40 + [1.0] * 40
    [dog, gone, cat, _] = events_of(cats(*scores, smoothing_s=1.0))
    # It has 1 - exp(-t), which leads by 0.1 at 0.55 and 0.8 seconds: the eighth frame with it.
    assert (gone.frame, cat.frame) == (47, 47)
    assert (dog.label, cat.label) == ("dog", "cat")
    assert cat.smoothed_score == pytest.approx(1 - np.exp(-0.8), abs=0.01)  # it began 4 s ago
    moment = datetime.fromtimestamp(BEGAN, UTC) + timedelta(seconds=4.7)
    # Sums of 0.1 may be a little less than their time, and times are cut to milliseconds.
    assert abs(datetime.fromisoformat(cat.time) - moment) <= timedelta(milliseconds=1)


def test_nothing_begins_before_the_mean_is_smooth_nor_at_once_after_a_gap():
    scene = cats(*[0.9] * 40, pause_after=20, smoothing_s=0.5)
    assert short(events_of(scene, settle_s=0.45)) == [
        ("begin", "cat", 5, None), ("end", "cat", 19, "gap"),
        ("begin", "cat", 25, None), ("end", "cat", 39, "stopped"),
    ]  # fmt: skip
