import numpy as np
import pytest

from helpers.model_folders import BANDS_CARD
from satchel.bundle.card import TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel.engines.fake import FakeEngine
from satchel.errors import EngineError
from satchel_convert.conversion import backends
from satchel_convert.conversion.backends import Attempt, in_words, measure
from satchel_convert.conversion.jobs import Converted
from satchel_convert.schemes import BACKENDS, FORMATS, ONLY, SCHEMES

EXPECTED = np.float32([[0.9, 0.1], [0.9, 0.1]])
SCORES = {b"exact": [0.9, 0.1], b"near": [0.8, 0.2], b"far": [0.4, 0.6]}


def attempt(backend, content):
    real = TensorSpec("float32")
    return Attempt(backend, Converted(content, real, real, {}), None)


FAILED = Attempt("entropy", None, "no range")


@pytest.fixture
def measured(monkeypatch):
    """Return a function that measures attempts whose engines say what SCORES has of them."""
    monkeypatch.setattr(
        backends, "open_engine", lambda _, content, **__: FakeEngine(np.float32([SCORES[content]]))
    )
    card = BANDS_CARD._replace(input=ImageInput(2, 2), output=LabelOutput(("no", "yes")))

    def measured(*attempts):
        return measure(
            attempts,
            format_="onnx",
            scheme="full_int8",
            card=card,
            inputs=np.zeros((2, 2, 2, 3), np.uint8),
            expected=EXPECTED,
        )

    return measured


def test_the_best_attempt_is_first_and_those_that_failed_are_last(measured):
    found = measured(FAILED, attempt("min_max", b"far"), attempt("percentile", b"near"))
    assert [each.backend for each in found] == ["percentile", "min_max", "entropy"]
    assert found[0].model.content == b"near"
    # 0.1 and 0.5 off in every number.
    assert [each.noise for each in found[:2]] == pytest.approx([0.01, 0.25])
    assert found[2] == FAILED


def test_an_attempt_that_the_engine_refuses_has_failed_and_the_others_count(measured, monkeypatch):
    def refuse_some(_, content, **__):
        if content == b"refused":
            raise EngineError("node 2 failed to prepare")
        return FakeEngine(np.float32([SCORES[content]]))

    monkeypatch.setattr(backends, "open_engine", refuse_some)
    found = measured(attempt("min_max", b"refused"), attempt("percentile", b"near"))
    assert [each.backend for each in found] == ["percentile", "min_max"]
    assert found[1] == Attempt("min_max", None, "node 2 failed to prepare")
    assert in_words(found) == "by percentile, squared error 0.01 (min_max failed)"


def test_of_two_attempts_that_are_alike_the_first_one_stays_first(measured):
    found = measured(attempt("min_max", b"near"), attempt("percentile", b"near"))
    assert [each.backend for each in found] == ["min_max", "percentile"]


def test_the_route_is_told_with_what_the_others_came_to(measured):
    found = measured(FAILED, attempt("min_max", b"far"), attempt("percentile", b"near"))
    assert in_words(found) == "by percentile, squared error 0.01 (min_max 0.25, entropy failed)"


def test_an_attempt_that_is_exact_is_told_as_such(measured):
    found = measured(attempt("min_max", b"exact"), FAILED)
    assert in_words(found) == "by min_max, squared error 0 (entropy failed)"


def test_where_there_is_one_way_or_none_worked_no_route_is_told(measured):
    assert in_words(measured(attempt("min_max", b"near"))) is None
    assert in_words(measured(FAILED, FAILED._replace(backend="percentile"))) is None


def test_routes_are_of_known_models_several_and_none_twice():
    assert set(BACKENDS) <= {(format_, scheme) for format_ in FORMATS for scheme in SCHEMES}
    for ways in BACKENDS.values():
        assert len(ways) == len(set(ways)) > 1
    assert ONLY == ("only",)
