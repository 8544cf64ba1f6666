import json
import subprocess
import sys

import pytest

from helpers.commands import run_satchel
from satchel.device import usable_cores
from satchel_train import DigitsSettings, provenance, train


@pytest.fixture
def module_in_a_repository(tmp_path, monkeypatch):
    """Put the module's file into a repository of its own, committed."""
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "code.py").write_text("one\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "code.py")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    git(tmp_path, *author, "commit", "--quiet", "--message", "One")
    return tmp_path


def git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_commit_is_that_of_the_code(module_in_a_repository):
    assert provenance.commit() == git(module_in_a_repository, "rev-parse", "HEAD")


def test_an_edit_since_the_commit_is_told(module_in_a_repository):
    (module_in_a_repository / "code.py").write_text("two\n")
    assert provenance.commit().endswith("-dirty")


def test_code_that_the_repository_does_not_hold_has_no_commit(module_in_a_repository, monkeypatch):
    (module_in_a_repository / "installed.py").write_text("")
    monkeypatch.setattr(provenance, "__file__", str(module_in_a_repository / "installed.py"))
    assert provenance.commit() is None


def test_without_git_there_is_no_commit(module_in_a_repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() is None


def test_the_versions_are_those_of_what_is_installed():
    import numpy as np

    versions = provenance.package_versions()
    assert versions["numpy"] == np.__version__
    assert "jax" not in versions or versions["jax"]


def test_the_command_line_is_recorded_as_it_was_typed(tmp_path, monkeypatch):
    words = ["train", "digits", "--out", str(tmp_path / "my digits"), "--epochs", "1"]
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/satchel", *words])
    assert run_satchel(*words) == 0
    record = json.loads((tmp_path / "my digits" / "training.json").read_bytes())
    assert record["command"] == f"satchel train digits --out '{tmp_path}/my digits' --epochs 1"
    assert record["machine"]["cores"] == usable_cores()
    assert record["diverged_learning_rates"] == []


def test_a_training_by_the_library_has_no_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["notebook.py", "train"])
    train("digits", DigitsSettings(epochs=1), out=tmp_path / "digits")
    record = json.loads((tmp_path / "digits" / "training.json").read_bytes())
    assert record["command"] is None
