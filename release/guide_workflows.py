"""Runs the workflows of docs/guides/regression.md as printed, each in an empty repository.

    python release/guide_workflows.py dist --programs ENVIRONMENT/bin --model digits --worse bad

The repository holds a small model folder, the bundle that was shipped and the wheels of ``dist``.
The environment needs pip and nothing else: the workflow installs Satchel. The second workflow uses
the action of this repository, whose steps run in the same way; what it tells GitHub goes to a
program that writes it down. Then the shipped bundle is replaced by one of a better model, and the
first workflow must fail. Exit code 1 if something else happens.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from steps import Job, defaults_of, run_steps, runner_environment, workflows_in
from versions import ROOT

GUIDE = ROOT / "docs" / "guides" / "regression.md"
STANDS_FOR = ("actions/checkout", "actions/setup-python")
GH = """#!/bin/bash
if [ "$2" = --paginate ]; then echo '[[]]'; fi
for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" "$COMMENTED";; esac; done
"""
EVENT = {
    "action_path": str(ROOT),
    "event_name": "pull_request",
    "repository": "me/mine",
    "token": "none",
    "event": {"pull_request": {"number": 1, "head": {"repo": {"full_name": "me/mine"}}}},
}


def repository(folder: Path, *, model: Path, shipped: Path, dist: Path) -> Path:
    """Make a git repository with what the guide asks for, and nothing of Satchel's; return it."""
    folder.mkdir()
    shutil.copytree(model, folder / "models" / "mine")
    (folder / "shipped").mkdir()
    shutil.copy(shipped, folder / "shipped" / "mine.satchel")
    (folder / "wheels").mkdir()
    for wheel in dist.glob("*.whl"):
        shutil.copy(wheel, folder / "wheels")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)  # noqa: S603, S607
    return folder


def run_workflow(
    workflow: dict[str, Any], *, folder: Path, scratch: Path, programs: Path
) -> tuple[Job, str]:
    """Run a workflow's only job; return it, with the comment that an action made, or ""."""
    (job,) = workflow["jobs"].values()
    scratch.mkdir()
    commented = scratch / "commented.md"
    fakes = scratch / "fakes"
    fakes.mkdir()
    (fakes / "gh").write_text(GH)
    (fakes / "gh").chmod(0o755)
    environment = runner_environment(programs, scratch)
    environment["PATH"] = f"{fakes}:{environment['PATH']}"
    environment["COMMENTED"] = str(commented)
    steps, inputs = job["steps"], {}
    if "/satchel@" in steps[-1].get("uses", ""):
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        inputs = defaults_of(action, steps[-1]["with"])
        steps = [*steps[:-1], *action["runs"]["steps"]]
    done = run_steps(
        steps,
        folder=folder,
        scratch=scratch,
        environment=environment,
        stands_for=STANDS_FOR,
        inputs=inputs,
        github=EVENT,
    )
    return done, commented.read_text(encoding="utf-8") if commented.exists() else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the workflows and print one line for each."""
    parser = argparse.ArgumentParser(description="Run the workflows of the guide on regressions.")
    parser.add_argument("dist", type=Path)
    parser.add_argument("--programs", type=Path, required=True, help="the bin of an environment")
    parser.add_argument("--model", type=Path, required=True, help="a model folder of digits")
    parser.add_argument("--worse", type=Path, help="a model folder of digits that learnt less")
    args = parser.parse_args(arguments)
    programs = args.programs.absolute()
    shipped = ROOT / "tests" / "golden" / "digits.satchel"
    by_hand, by_action = workflows_in(GUIDE.read_text(encoding="utf-8"))
    cases = [
        ("by hand", by_hand, args.model, False),
        ("by the action", by_action, args.model, False),
    ]
    if args.worse:
        cases.append(("by hand, a worse model", by_hand, args.worse, True))
        cases.append(("by the action, a worse model", by_action, args.worse, True))
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="satchel-guide-") as place:
        for number, (name, workflow, model, fails) in enumerate(cases):
            folder = repository(
                Path(place) / f"repository-{number}", model=model, shipped=shipped, dist=args.dist
            )
            done, comment = run_workflow(
                workflow,
                folder=folder,
                scratch=Path(place) / f"scratch-{number}",
                programs=programs,
            )
            told = "|" in done.summary and (workflow is by_hand or "|" in comment)
            good = done.failed == fails and told
            print(f"{'ok' if good else 'failed'}: {name}", flush=True)
            if not good:
                wrong += 1
                print(json.dumps({"failed": done.failed, "summary": done.summary}))
                print(done.said()[-6000:])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
