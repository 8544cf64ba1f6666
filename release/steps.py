"""Runs the steps of a GitHub workflow or of a composite action here, as their YAML says them.

Each ``run`` is a file for the shell that GitHub starts, with the environment, the conditions and
the expressions of the YAML. A step with ``uses`` is somebody else's program: it does not run, and
the caller says which ones it stands in for. An expression that this module does not know is an
error, so that a step never runs with something else than what is written.
"""

import os
import re
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SHELLS = {
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
}
"""A step's ``shell`` to the program that GitHub starts for it, on Linux."""
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class StepsError(ValueError):
    """A step asks for something that is not simulated here, or does not exist."""


class Ran(NamedTuple):
    """A step that was reached."""

    name: str
    """Its name, or its first line."""
    exit_code: int | None
    """None if its condition did not hold, or if it is somebody else's action."""
    output: str
    """What it printed to both streams."""


class Job(NamedTuple):
    """What a list of steps did."""

    ran: tuple[Ran, ...]
    failed: bool
    """Whether a step failed, which fails the job."""
    outputs: dict[str, dict[str, str]]
    """The outputs of each step that has an id."""
    summary: str
    """What the steps wrote for the job's page."""

    def said(self) -> str:
        """Return what all steps printed, for a message."""
        return "\n".join(f"[{step.exit_code}] {step.name}\n{step.output}" for step in self.ran)


def run_steps(
    steps: list[dict[str, Any]],
    *,
    folder: Path,
    scratch: Path,
    environment: Mapping[str, str],
    stands_for: Collection[str],
    inputs: Mapping[str, str] | None = None,
    github: Mapping[str, Any] | None = None,
) -> Job:
    """Run ``steps`` in ``folder``, the checkout, and return what they did.

    Args:
        steps: the list under ``steps`` of a job, or of ``runs``.
        scratch: an empty folder for the files that GitHub gives to each step.
        environment: the variables of the runner.
        stands_for: the actions, without their version, that the caller has done already.
        inputs: the inputs of an action, those by default included.
        github: the context ``github``, as nested dicts.

    Raises StepsError for an action, a shell or an expression that is not known here.
    """
    outputs: dict[str, dict[str, str]] = {}
    known = {
        "inputs": dict(inputs or {}),
        "github": dict(github or {}),
        "runner": {"temp": str(scratch)},
    }
    summary = scratch / "summary.md"
    summary.touch()
    ran: list[Ran] = []
    failed = False
    for number, step in enumerate(steps):
        known["steps"] = {name: {"outputs": values} for name, values in outputs.items()}
        name = str(step.get("name") or step.get("uses") or step["run"].splitlines()[0])
        if not _holds(str(step.get("if", "")), known, failed=failed):
            ran.append(Ran(name, None, ""))
            continue
        if "uses" in step:
            if step["uses"].partition("@")[0] not in stands_for:
                raise StepsError(f"Expected an action of {stands_for}, got {step['uses']!r}.")
            ran.append(Ran(name, None, ""))
            continue
        written = scratch / f"outputs-{number}"
        written.touch()
        variables = {
            **environment,
            **{key: _filled(str(value), known) for key, value in step.get("env", {}).items()},
            "GITHUB_OUTPUT": str(written),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        script = scratch / f"step-{number}.sh"
        script.write_text(_filled(step["run"], known), encoding="utf-8")
        if step.get("shell") not in SHELLS:
            raise StepsError(f"Expected no shell or bash, got {step['shell']!r}.")
        done = subprocess.run(  # noqa: S603  the workflow's own commands
            [*SHELLS[step.get("shell")], str(script)],
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ran.append(Ran(name, done.returncode, done.stdout))
        failed = failed or done.returncode != 0
        if "id" in step:
            lines = written.read_text(encoding="utf-8").splitlines()
            outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
    return Job(tuple(ran), failed, outputs, summary.read_text(encoding="utf-8"))


def defaults_of(action: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return all inputs of a composite action: ``given``, and what is left at its default.

    Raises StepsError for an input that the action does not have, or one that is missing.
    """
    inputs: dict[str, Any] = action["inputs"]
    unknown = [name for name in given if name not in inputs]
    missing = [name for name, each in inputs.items() if each.get("required") and name not in given]
    if unknown or missing:
        raise StepsError(f"Expected other inputs: unknown {unknown}, missing {missing}.")
    defaults = {name: str(each.get("default", "")) for name, each in inputs.items()}
    return {**defaults, **given}


def workflows_in(page: str) -> list[dict[str, Any]]:
    """Return the workflows that a Markdown page shows. Raises StepsError if it shows none."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    found = [yaml.safe_load(block) for block in blocks]
    workflows = [each for each in found if isinstance(each, dict) and "jobs" in each]
    if not workflows:
        raise StepsError("Expected a page with a workflow in a block of yaml, got none.")
    return workflows


def runner_environment(programs: Path, scratch: Path) -> dict[str, str]:
    """Return the variables of a runner whose Python and commands are in ``programs``."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "SATCHEL_STATE": str(scratch / "state")}


def _filled(text: str, known: Mapping[str, Any]) -> str:
    return EXPRESSION.sub(lambda match: _value(match[1], known), text)


def _holds(condition: str, known: Mapping[str, Any], *, failed: bool) -> bool:
    """Return whether a step runs: its condition holds, and nothing failed or it does not mind."""
    parts = [part.strip() for part in EXPRESSION.sub(r"\1", condition).split("&&") if part.strip()]
    always = "always()" in parts
    return (always or not failed) and all(
        _compared(part, known) for part in parts if part != "always()"
    )


def _compared(part: str, known: Mapping[str, Any]) -> bool:
    found = re.fullmatch(r"(\S+)\s*(==|!=)\s*('[^']*'|\S+)", part)
    if found is None:
        raise StepsError(f"Expected a comparison in a condition, got {part!r}.")
    left, sign, right = found.groups()
    return (_value(left, known) == _value(right, known)) == (sign == "==")


def _value(expression: str, known: Mapping[str, Any]) -> str:
    """Return what a name stands for; as at GitHub, a name without a value is empty."""
    if expression.startswith("'"):
        return expression.strip("'")
    first, *names = expression.split(".")
    if not re.fullmatch(r"[\w.-]+", expression) or first not in known:
        raise StepsError(f"Expected an expression of {', '.join(known)}, got {expression!r}.")
    value: Any = known[first]
    for name in names:
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return str(value)
