"""The last answers, which the page shows."""

import re

import pytest

from helpers.services import fake_service, form, labels_service, png, running, zoo_service
from satchel.bundle.label_output import LabelOutput
from satchel.errors import EngineError
from satchel_pi.http.access_control import Token
from satchel_pi.http.service import Settings


def answers(started):
    return started.get("/v1/answers").json["answers"]


def test_the_last_ten_answers_are_kept_newest_first_without_their_inputs(serve, image):
    started = serve()
    for number in range(12):
        started.post("/v1/models/fake:predict", image, **{"X-Request-Id": f"id-{number}"})
    started.post("/v1/models/words:predict", b"a secret text", "text/plain")
    found = answers(started)
    assert len(found) == 10
    assert [each["request_id"] for each in found[1:3]] == ["id-11", "id-10"]
    newest = found[0]
    assert (newest["model"], newest["version"], newest["label"], newest["score"]) == (
        "words", "0.0.0", "positive", 1.0,
    )  # fmt: skip
    assert newest["latency_ms"] > 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", newest["time"])
    assert "secret" not in repr(started.service.answers._answers)


def test_each_answer_of_a_batch_counts_and_what_was_not_answered_does_not(serve):
    started = serve(images=["dog", "cat", EngineError("nan")])
    batch = form(("image", png()), ("image", b"no image"), ("image", png()))
    started.post("/v1/models/fake:predictBatch", *batch)
    started.post("/v1/models/fake:predict", png())
    assert [each["label"] for each in answers(started)] == ["cat", "dog"]


@pytest.mark.parametrize(
    ("predictions", "label", "score"),
    [
        ({"cat": 0.8, "dog": 0.4}, "cat, dog", pytest.approx(0.8)),
        ({"cat": 0.2, "dog": 0.1}, "none chosen", None),
    ],
)
def test_of_several_labels_those_that_are_chosen_are_told(image, predictions, label, score):
    output = LabelOutput(("cat", "dog"), "sigmoid", multi_label=True, thresholds=(0.7, 0.3))
    with running(labels_service(output, predictions)) as started:
        started.post("/v1/models/fake:predict", image)
        [found] = answers(started)
    assert (found["label"], found["score"]) == (label, score)


def test_an_image_that_was_made_is_an_answer_without_a_label():
    with running(zoo_service("faces")) as started:
        started.post("/v1/models/faces_generator:predict", {"seed": 7}, "application/json")
        [found] = answers(started)
    assert (found["label"], found["score"]) == ("", None)


def test_a_service_may_keep_none(image):
    with running(fake_service(settings=Settings(kept_answers=0))) as started:
        started.post("/v1/models/fake:predict", image)
        assert answers(started) == []


def test_the_answers_need_the_token_as_the_page_does():
    with running(fake_service(settings=Settings(token=Token("s" * 16)))) as locked:
        assert locked.get("/v1/answers").status == 401
        assert locked.get("/v1/answers", Authorization=f"Bearer {'s' * 16}").status == 200
