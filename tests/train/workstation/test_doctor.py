"""``satchel doctor`` shows the workstation where satchel-train is installed."""

import json

import pytest

from helpers.workstations import IDLE, SERVER
from satchel.cli import OK, main
from satchel_train.commands import TRAIN
from satchel_train.workstation import examination


class Installed:
    """An entry point of this distribution."""

    def load(self):
        return TRAIN


@pytest.fixture
def doctor_says(monkeypatch, capsys):
    """Return a function that runs the command on a workstation: exit code and output."""
    monkeypatch.setattr("satchel.cli.commands.installed", lambda: {"train": Installed()})

    def run(workstation, *words):
        monkeypatch.setattr(examination, "probe_workstation", lambda: workstation)
        return main(["doctor", *words]), capsys.readouterr().out

    return run


def test_the_rows_stand_below_those_of_the_device(doctor_says):
    code, said = doctor_says(SERVER)
    assert code == OK
    lines = said.splitlines()
    assert lines[0].startswith("python   3.")
    assert "keras    3.15.1 on tensorflow 2.21.0" in lines
    assert "gpu      NVIDIA H200 (cuda)" in lines
    assert "ram      128.0 GiB" in lines


def test_a_gpu_that_is_not_used_is_a_note_with_its_remedy(doctor_says):
    code, said = doctor_says(IDLE._replace(hidden=True))
    assert code == OK
    assert (
        "note     Expected CUDA_VISIBLE_DEVICES to name a GPU, got a value that hides all of them."
        "\n         unset CUDA_VISIBLE_DEVICES\n" in said
    )


def test_json_has_the_workstation_and_its_findings(doctor_says):
    code, said = doctor_says(IDLE._replace(hidden=True), "--json")
    told = json.loads(said)
    assert code == OK
    assert told["workstation"]["gpus"] == [["NVIDIA H200", "570.86.10"]]
    assert told["python"]
    assert [each["about"] for each in told["findings"]][-1] == "gpu"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_told_what_takes_long(doctor_says, monkeypatch, terminal):
    said = []

    class Stream:
        def isatty(self):
            return terminal

        def write(self, text):
            said.append(text)

        def flush(self):
            pass

    monkeypatch.setattr(examination.sys, "stderr", Stream())
    doctor_says(SERVER)
    told = "asking Keras for its devices\r\x1b[K"
    assert "".join(said) == (told if terminal else "")
