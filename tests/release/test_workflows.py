"""What the workflows promise: least rights, trusted publishing, and only targets that exist."""

import re

import pytest
import yaml

from steps import defaults_of, workflows_in
from versions import ROOT

FOLDER = ROOT / ".github" / "workflows"
PAGES = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()}
GUIDE = ROOT / "docs" / "guides" / "regression.md"


def steps_of(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", PAGES)
def test_a_workflow_reads_only_unless_a_job_says_otherwise_and_ends(name):
    workflow = PAGES[name]
    assert workflow["permissions"] == {"contents": "read"}
    assert all(0 < job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())
    assert all(re.search(r"@\S+$", step["uses"]) for step in steps_of(workflow) if "uses" in step)
    # What a pull request or a tag names must not become a command.
    assert all("${{" not in step.get("run", "") for step in steps_of(workflow))


@pytest.mark.parametrize("name", PAGES)
def test_a_workflow_runs_only_what_exists(name):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for step in steps_of(PAGES[name]):
        for target in re.findall(r"\bmake ([\w-]+)", step.get("run", "")):
            assert target in targets
        for script in re.findall(r"(?:^|python )([\w.]+/[\w./-]+)", step.get("run", "")):
            assert script.startswith(("dist/", "notes/")) or (ROOT / script).is_file()


def test_only_the_job_that_publishes_has_the_right_and_it_has_no_other():
    jobs = PAGES["release.yml"]["jobs"]
    publishing = jobs["publish"]
    assert publishing["permissions"] == {"id-token": "write"}
    assert publishing["environment"] == "pypi"
    assert publishing["needs"] == "build"
    # A step of ours beside the right to publish could be changed by whoever changes our code.
    assert all("run" not in step for step in publishing["steps"])
    uploads = [step for step in steps_of(PAGES["release.yml"]) if "pypi-publish" in str(step)]
    assert [step.get("with") for step in uploads] == [{"attestations": True}]
    assert "secrets." not in (FOLDER / "release.yml").read_text()


def test_a_release_is_tested_and_attested_before_it_is_published():
    build = PAGES["release.yml"]["jobs"]["build"]
    commands = [step.get("run", step.get("uses", "")) for step in build["steps"]]
    places = [
        next(place for place, command in enumerate(commands) if word in command)
        for word in ("versions.py check", "make dist-check", "attest-build-provenance", "upload-ar")
    ]
    assert places == sorted(places)
    assert build["permissions"]["attestations"] == "write"
    # YAML reads the key `on` as true.
    assert PAGES["release.yml"][True] == {"push": {"tags": ["v*"]}}


def test_what_one_job_uploads_the_others_download():
    steps = steps_of(PAGES["release.yml"])
    names = {
        kind: {step["with"]["name"] for step in steps if f"{kind}-artifact" in step.get("uses", "")}
        for kind in ("upload", "download")
    }
    assert names["upload"] == names["download"] == {"packages", "notes"}


def test_ci_runs_what_runs_at_home():
    commands = [step.get("run") for step in steps_of(PAGES["ci.yml"])]
    assert ".ci/run" in commands
    assert "make dist-check" in (ROOT / ".ci" / "run").read_text()


def test_the_guide_shows_two_workflows_whose_commands_and_inputs_exist():
    """``make dist-check`` runs these steps; this test finds at once what could never run."""
    by_hand, by_action = map(steps_of, workflows_in(GUIDE.read_text(encoding="utf-8")))
    words = [step["run"].split()[:2] for step in by_hand if "run" in step]
    assert ["satchel", "convert"] in words
    assert ["satchel", "compare"] in words
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert defaults_of(action, by_action[-1]["with"])["strict"] == "false"


def test_the_guide_describes_inputs_that_exist():
    rows = re.findall(r"^\| `([a-z-]+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert len(rows) > 4
    assert set(rows) <= set(action["inputs"])
