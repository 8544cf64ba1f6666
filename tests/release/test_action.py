"""The action's own steps, run as they are written, with a satchel and a gh of a few lines."""

import json
import sys

import pytest
import yaml

from steps import defaults_of, run_steps, runner_environment
from versions import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INPUTS = {"model": "models/mine", "baseline": "shipped/my model.satchel"}
PULL_REQUEST = {
    "action_path": "/actions/satchel",
    "event_name": "pull_request",
    "repository": "me/mine",
    "token": "secret",
    "event": {"pull_request": {"number": 12, "head": {"repo": {"full_name": "me/mine"}}}},
}
SATCHEL = """#!/bin/bash
printf '%s\\n' "satchel" "$@" "--" >> "$CALLS"
if [ "$1" = compare ]; then
  if [ "$CODE" != 2 ]; then
    while [ "$1" != --markdown ]; do shift; done
    echo "| table |" > "$2"
  fi
  exit "$CODE"
fi
"""
PYTHON = f"""#!/bin/bash
if [ "$1" = -m ]; then printf '%s\\n' pip "${{@:3}}" "--" >> "$CALLS"; else
exec {sys.executable} "$@"; fi
"""
GH = """#!/bin/bash
printf '%s\\n' gh "$@" "--" >> "$CALLS"
if [ "$2" = --paginate ]; then cat "$COMMENTS"; fi
for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" "$CALLS.body";; esac; done
"""


@pytest.fixture
def act(tmp_path):
    """Return a function that runs the action and returns the job, the calls and the comment."""

    def act(code=0, github=PULL_REQUEST, comments=(), **given):
        programs, scratch, folder = tmp_path / "bin", tmp_path / "scratch", tmp_path / "checkout"
        for each in (programs, scratch, folder):
            each.mkdir()
        for name, text in (("satchel", SATCHEL), ("python", PYTHON), ("gh", GH)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        (tmp_path / "comments.json").write_text(json.dumps([list(comments)]))
        job = run_steps(
            ACTION["runs"]["steps"],
            folder=folder,
            scratch=scratch,
            environment={
                **runner_environment(programs, scratch),
                "CALLS": str(tmp_path / "calls"),
                "COMMENTS": str(tmp_path / "comments.json"),
                "CODE": str(code),
            },
            stands_for=["actions/setup-python"],
            inputs=defaults_of(ACTION, {**INPUTS, **given}),
            github=github,
        )
        calls = (tmp_path / "calls").read_text().split("\n--\n")[:-1]
        body = tmp_path / "calls.body"
        return job, [call.split("\n") for call in calls], body.read_text() if body.exists() else ""

    return act


def test_a_model_is_converted_compared_and_commented(act):
    job, calls, comment = act()
    assert not job.failed, job.said()
    install, convert, compare, listed, posted = calls
    assert install[-2:] == [
        "/actions/satchel/runtime[litert,onnx,images]",
        "/actions/satchel/convert",
    ]
    assert convert == [
        "satchel", "convert", "models/mine", "--out", "new.satchel", "--margin", "1",
    ]  # fmt: skip
    assert compare[:6] == [
        "satchel", "compare", "shipped/my model.satchel", "new.satchel", "--samples", "models/mine",
    ]  # fmt: skip
    assert "--strict" not in compare
    assert listed[-1] == "repos/me/mine/issues/12/comments"
    assert posted[3:6] == ["--method", "POST", "repos/me/mine/issues/12/comments"]
    assert comment == "<!-- satchel compare shipped/my model.satchel -->\n| table |\n"
    assert job.summary == "| table |\n"
    assert job.outputs["convert"] == {"bundle": "new.satchel"}
    assert job.outputs["compare"] == {"exit-code": "0"}


def test_a_worse_model_is_commented_and_then_fails_the_job(act):
    job, _calls, comment = act(code=1)
    assert job.failed
    assert job.ran[-1].exit_code == 1
    assert "| table |" in comment
    assert job.summary == "| table |\n"


def test_a_wrong_use_fails_without_a_comment(act):
    job, _calls, comment = act(code=2)
    assert job.failed
    assert job.ran[-1].exit_code == 2
    assert comment == ""


def test_a_comment_of_an_earlier_run_is_replaced(act):
    comments = [
        {"id": 1, "body": "Looks good."},
        {"id": 2, "body": "<!-- satchel compare another.satchel -->\nold"},
        {"id": 3, "body": "<!-- satchel compare shipped/my model.satchel -->\nold"},
    ]
    job, calls, comment = act(comments=comments)
    assert not job.failed, job.said()
    assert calls[-1][3:6] == ["--method", "PATCH", "repos/me/mine/issues/comments/3"]
    assert "| table |" in comment


@pytest.mark.parametrize(
    "github",
    [
        {**PULL_REQUEST, "event_name": "push"},
        {
            **PULL_REQUEST,
            "event": {"pull_request": {"number": 1, "head": {"repo": {"full_name": "fork/mine"}}}},
        },
    ],
    ids=["a push", "a pull request of a fork, whose token may not write"],
)
def test_without_a_pull_request_of_this_repository_there_is_no_comment(act, github):
    job, calls, _comment = act(github=github)
    assert not job.failed, job.said()
    assert all(call[0] != "gh" for call in calls)
    assert job.summary == "| table |\n"


def test_comments_can_be_switched_off(act):
    job, calls, _ = act(comment="false")
    assert not job.failed
    assert all(call[0] != "gh" for call in calls)


def test_without_a_baseline_the_model_is_only_converted(act):
    job, calls, _ = act(baseline="")
    assert not job.failed
    assert [call[:2] for call in calls[1:]] == [["satchel", "convert"]]


def test_the_other_inputs_reach_the_commands(act):
    given = {
        "strict": "true",
        "samples": "data",
        "margin": "0.5",
        "convert-arguments": "--schemes full_int8 --seed 7",
        "requirements": "a.whl b.whl",
    }
    job, calls, _ = act(**given)
    assert not job.failed, job.said()
    assert calls[0][-2:] == ["a.whl", "b.whl"]
    assert calls[1][-5:] == ["0.5", "--schemes", "full_int8", "--seed", "7"]
    assert calls[2][-1] == "--strict"
    assert calls[2][5:8] == ["data", "--margin", "0.5"]


def test_an_input_is_a_word_and_never_a_command(act):
    _job, calls, _ = act(model="$(touch pwned); `touch pwned`", margin="1; touch pwned")
    assert calls[1][2] == "$(touch pwned); `touch pwned`"
    assert calls[1][6] == "1; touch pwned"
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"] if "run" in step)


def test_every_input_and_output_is_described_and_every_run_names_its_shell():
    assert all(each["description"] for each in ACTION["inputs"].values())
    assert all(each["description"] for each in ACTION["outputs"].values())
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"] if "run" in step)
