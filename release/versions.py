"""The one version of all distributions: shows it, sets it everywhere, and compares a tag with it.

    python release/versions.py show
    python release/versions.py set 0.2.0
    python release/versions.py check v0.2.0 --notes notes.md

``runtime/satchel/__init__.py`` is the place that counts. ``PLACES`` lists every other place, and a
test finds the place that ``set`` would forget.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION = r"\d+\.\d+\.\d+"
"""What Python and npm both accept."""
SOURCE = "runtime/satchel/__init__.py"
PLACES: tuple[tuple[str, str], ...] = (
    (SOURCE, r'(?m)^__version__ = "({})"$'),
    ("apps/pi/satchel_pi/__init__.py", r'(?m)^__version__ = "({})"$'),
    ("pyproject.toml", r'(?m)^version = "({})"$'),
    ("runtime/pyproject.toml", r'(?m)^version = "({})"$'),
    ("train/pyproject.toml", r'(?m)^version = "({})"$'),
    ("convert/pyproject.toml", r'(?m)^version = "({})"$'),
    ("apps/pi/pyproject.toml", r'(?m)^version = "({})"$'),
    ("train/pyproject.toml", r'"satchel\[[a-z,]+\]==({})"'),
    ("convert/pyproject.toml", r'"satchel\[[a-z,]+\]==({})"'),
    ("apps/pi/pyproject.toml", r'"satchel\[[a-z,]+\]==({})"'),
    ("apps/web/package.json", r'(?m)^  "version": "({})"'),
    ("apps/web/package-lock.json", r'\A\{{\n  "name": "[^"]+",\n  "version": "({})"'),
    (
        "apps/web/package-lock.json",
        r'\n    "": \{{\n      "name": "[^"]+",\n      "version": "({})"',
    ),
    ("apps/web/src/contract/package.json", r'(?m)^  "version": "({})"'),
    ("apps/web/src/contract/README.md", r"satchel-contract-({})\.tgz"),
    ("apps/web/README.md", r"satchel-contract-({})\.tgz"),
    ("docs/guides/raspberry-pi.md", r"satchel-({})-py3"),
    ("CITATION.cff", r"(?m)^version: ({})$"),
)
"""Files of the repository, each with an expression whose group is the version."""


class ReleaseError(ValueError):
    """The repository or a tag is not what a release needs."""


def current(root: Path = ROOT) -> str:
    """Return the version of ``SOURCE``. Raises ReleaseError if another place says otherwise."""
    said = {place: _said(root, *place) for place in PLACES}
    version = said[PLACES[0]][0]
    for (file, _), found in said.items():
        if set(found) != {version}:
            raise ReleaseError(
                f"Expected version {version} in {file}, as in {SOURCE}, got {', '.join(found)}:"
                f" run python release/versions.py set {version}."
            )
    return version


def set_everywhere(version: str, *, root: Path = ROOT) -> None:
    """Write ``version`` into every place. Raises ReleaseError if it is not of the form 1.2.3."""
    if not re.fullmatch(VERSION, version):
        raise ReleaseError(f"Expected a version of the form 1.2.3, got {version!r}.")
    for file, pattern in PLACES:
        _said(root, file, pattern)
        path = root / file
        text = path.read_text(encoding="utf-8")
        path.write_text(_replaced(text, pattern, version), encoding="utf-8")


def notes_of(tag: str, *, root: Path = ROOT) -> str:
    """Return what the changelog says of the release ``tag``, as Markdown.

    Raises ReleaseError if the tag is not that of the current version, or if the changelog has no
    section with text for it.
    """
    version = current(root)
    if tag != f"v{version}":
        raise ReleaseError(f"Expected the tag v{version}, the version of {SOURCE}, got {tag!r}.")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = rf"(?m)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    found = re.search(heading + r"\n(.*?)(?=^## \[|\Z)", changelog, re.DOTALL | re.MULTILINE)
    if found is None or not found[1].strip():
        raise ReleaseError(
            f"Expected a section with text, '## [{version}] - DATE', in CHANGELOG.md, got none:"
            " rename [Unreleased]."
        )
    return found[1].strip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands above. Return 0, or 1 after one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="versions.py", description="The version of all packages.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="print the version; exit 1 if the places differ")
    commands.add_parser("set", help="write a version everywhere").add_argument("version")
    check = commands.add_parser("check", help="exit 1 if a tag is not that of this version")
    check.add_argument("tag")
    check.add_argument("--notes", type=Path, help="write the changelog's section to this file")
    args = parser.parse_args(arguments)
    try:
        if args.command == "set":
            set_everywhere(args.version)
        elif args.command == "check":
            notes = notes_of(args.tag)
            if args.notes:
                args.notes.write_text(notes, encoding="utf-8")
        print(current())
    except ReleaseError as error:
        print(f"versions.py: {error}", file=sys.stderr)
        return 1
    return 0


def _said(root: Path, file: str, pattern: str) -> list[str]:
    found = re.findall(pattern.format(VERSION), (root / file).read_text(encoding="utf-8"))
    if not found:
        raise ReleaseError(f"Expected a version in {file} that matches {pattern}, got none.")
    return found


def _replaced(text: str, pattern: str, version: str) -> str:
    def replace(match: re.Match[str]) -> str:
        start, end = (position - match.start() for position in match.span(1))
        return match[0][:start] + version + match[0][end:]

    return re.sub(pattern.format(VERSION), replace, text)


if __name__ == "__main__":
    sys.exit(main())
