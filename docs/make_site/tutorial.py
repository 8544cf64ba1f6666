"""Runs the blocks of a tutorial, and writes what they print into its page.

    python docs/make_site/tutorial.py docs/tutorials/2-own-image-classifier.md [--check]

A block of Python or of shell commands is run, in the page's order and in one folder, which is empty
at first. A block ``output`` behind it shows what it printed. With ``--check`` the page stays as it
is, and the exit code is 1 if another run prints other words: numbers may differ, because they
depend on the machine.
"""

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

BLOCK = re.compile(
    r"^```(?P<language>python|sh)\n(?P<code>.*?)^```$\n(?:\n^```output\n(?P<output>.*?)^```$\n)?",
    re.M | re.S,
)
MOST_LINES = 40
"""The lines of output that a page shows"""


class Ran(NamedTuple):
    """One block that was run."""

    code: str
    shown: str | None
    """What the page shows as its output; None if it shows none"""
    printed: str


def run_blocks(text: str, folder: Path) -> Iterator[tuple[re.Match[str], Ran]]:
    """Yield each block of a page with what it printed, after running it in ``folder``.

    Raises:
        RuntimeError: a block failed. The message ends with what it printed.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for match in BLOCK.finditer(text):
        run = _run_python if match["language"] == "python" else _run_shell
        yield match, Ran(match["code"], match["output"], _tidy(run(match["code"], folder, names)))


def _run_python(code: str, folder: Path, names: dict[str, Any]) -> str:
    printed, before = io.StringIO(), Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "tutorial", "exec"), names)  # noqa: S102 - our own pages
    finally:
        os.chdir(before)
    return printed.getvalue()


def _run_shell(code: str, folder: Path, _: dict[str, Any]) -> str:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own pages
        ["/bin/bash", "-ec", code],
        cwd=folder,
        env=os.environ | {"PATH": programs, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"Expected exit code 0 of {code!r}, got {done.returncode}: {done.stderr}"
        )
    return done.stdout


def _tidy(printed: str) -> str:
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    return "".join(f"{line}\n" for line in lines)


def words(printed: str) -> list[str]:
    """Return the lines of an output, sorted, without numbers, rules and the widths of columns.

    On another processor the order of models, which is measured, the best way of conversion and a
    verdict that is near its margin may differ.

    >>> words("b   0.12 kB passed\\n---\\na\\n")
    ['a', 'b # kB verdict']
    """
    masked = (
        re.sub(r"[-+]?\d[\d.,e%-]*", "#", re.sub(r" (passed|undecided)$", " verdict", line))
        for line in printed.splitlines()
        if not re.search("squared error|more samples like these", line)
    )
    kept = (" ".join(re.sub("[─-]+", "", line).split()) for line in masked)
    return sorted(line for line in kept if line)


def with_output(text: str, folder: Path) -> str:
    """Return the page with what its blocks print now."""
    pieces, at = [], 0
    for match, ran in run_blocks(text, folder):
        pieces += [text[at : match.end("code")], "```\n"]
        if ran.printed:
            pieces.append(f"\n```output\n{ran.printed}```\n")
        at = match.end()
    return "".join([*pieces, text[at:]])


def differences(text: str, folder: Path) -> list[str]:
    """Return a line for each block that prints other words than the page shows."""
    return [
        f"{ran.code.splitlines()[0]!r}: expected {words(ran.shown or '')}, got {words(ran.printed)}"
        for _, ran in run_blocks(text, folder)
        if words(ran.shown or "") != words(ran.printed)
    ]


def main() -> int:
    """Run one page, and write or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    text = args.page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="tutorial-") as place:
        if args.check:
            found = differences(text, Path(place))
            print(*found, sep="\n")
            return bool(found)
        args.page.write_text(with_output(text, Path(place)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
