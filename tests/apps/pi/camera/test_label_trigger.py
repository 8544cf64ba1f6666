"""A command that runs when a camera sees a label."""

import sys
import time

import pytest

from satchel.errors import SatchelError
from satchel.inference.prediction import Prediction
from satchel_pi.camera.label_trigger import LabelTrigger, parse_command

CAT = Prediction("cat", 0.9)
WRITE = """
import os
with open({!r}, "a") as log:
    print(os.environ["SATCHEL_LABEL"], os.environ["SATCHEL_SCORE"], file=log)
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("")
    return path


@pytest.fixture
def said():
    return []


@pytest.fixture
def make(said):
    """Return a function that makes a reaction to ``cat``, closed with the test."""
    made = []

    def make(*command, **words):
        reaction = LabelTrigger(["cat"], command, say=said.append, **words)
        made.append(reaction)
        return reaction

    yield make
    for each in made:
        each.close()


@pytest.fixture
def write(log):
    return (sys.executable, "-c", WRITE.format(str(log)))


def test_a_label_runs_the_command_which_is_told_label_and_score(make, write, log, said):
    reaction = make(*write)
    assert reaction.see(CAT)
    reaction.close()
    assert log.read_text() == "cat 0.9000\n"
    assert said == []


def test_another_label_or_an_unsure_one_does_not(make, write):
    reaction = make(*write, least_score=0.8)
    assert not reaction.see(Prediction("dog", 1.0))
    assert not reaction.see(Prediction("cat", 0.79))
    assert reaction.see(Prediction("cat", 0.8))


def test_a_cooldown_lies_between_two_starts(make, write):
    now = [0.0]
    reaction = make(*write, cooldown_s=10, clock=lambda: now[0])
    assert reaction.see(CAT)
    reaction.close()
    now[0] = 9.9
    assert not reaction.see(CAT)
    now[0] = 10.0
    assert reaction.see(CAT)


def test_never_more_than_one_runs_at_a_time(make):
    reaction = make(sys.executable, "-c", "import time; time.sleep(0.5)", cooldown_s=0)
    assert reaction.see(CAT)
    assert not reaction.see(CAT)
    time.sleep(1)
    assert reaction.see(CAT)


def test_a_label_is_no_words_of_a_shell(log, tmp_path):
    program = (
        f"import os, pathlib; pathlib.Path({str(log)!r}).write_text(os.environ['SATCHEL_LABEL'])"
    )
    reaction = LabelTrigger(["$(touch x); `id`"], [sys.executable, "-c", program], say=print)
    reaction.see(Prediction("$(touch x); `id`", 1.0))
    reaction.close()
    assert log.read_text() == "$(touch x); `id`"


def test_a_command_that_fails_or_cannot_start_is_said_in_one_line(make, said):
    reaction = make(sys.executable, "-c", "raise SystemExit(3)", cooldown_s=0)
    reaction.see(CAT)
    reaction.close()
    reaction.see(CAT)
    assert said == [f"Expected {sys.executable!r} to end with 0, it ended with 3."]
    assert not make("/nothing/there").see(CAT)
    assert said[-1].startswith("Expected '/nothing/there' to run, it does not start: ")


def test_closing_ends_a_command_that_does_not_end(make, monkeypatch):
    monkeypatch.setattr("satchel_pi.camera.label_trigger.ENDING_S", 0.1)
    reaction = make(sys.executable, "-c", "import time; time.sleep(60)")
    reaction.see(CAT)
    started = time.monotonic()
    reaction.close()
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("text", ["", "no-such-program-here x", "'open"])
def test_what_is_no_command_is_refused(text):
    with pytest.raises(SatchelError, match="Expected a"):
        parse_command(text)
