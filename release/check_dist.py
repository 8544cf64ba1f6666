"""Checks the wheels and sdists in a folder: what they hold, what they say, that they repeat.

    python release/check_dist.py dist --again build/dist-again

Prints one line for each archive. Exit code 1 if something is wrong, each in one line.
"""

import argparse
import filecmp
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_string
from pathlib import Path
from typing import NamedTuple

from versions import ROOT, current


class Distribution(NamedTuple):
    """One distribution of the workspace."""

    name: str
    folder: str
    package: str
    """The name that a program imports."""


DISTRIBUTIONS = (
    Distribution("satchel", "runtime", "satchel"),
    Distribution("satchel-train", "train", "satchel_train"),
    Distribution("satchel-convert", "convert", "satchel_convert"),
    Distribution("satchel-pi", "apps/pi", "satchel_pi"),
)
SDIST_ONLY = {"PKG-INFO", "README.md", "LICENSE", "pyproject.toml", ".gitignore"}
WHEEL_INFO = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
TEST_FILE = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|conftest\.py$)|\.pyc$")
RELATIVE_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#)[^)]*\)")
CHECKOUT_ONLY = re.compile(r"^(make |pip install '?\./).*|.*not on PyPI.*", re.MULTILINE)
"""Lines that are true only in a checkout of the repository."""


def archive_files(distribution: Distribution, version: str) -> tuple[str, str]:
    """Return the names of a distribution's wheel and sdist."""
    stem = f"{distribution.package}-{version}"
    return f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the files of a wheel or an sdist, by name; an sdist's without its first folder."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(path) as sdist:
        read = {}
        for member in sdist.getmembers():
            content = sdist.extractfile(member)
            if content is not None:
                read[member.name.partition("/")[2]] = content.read()
        return read


def tracked_files(folder: Path) -> dict[str, bytes]:
    """Return the files of ``folder`` that git knows, by their names in it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607  the git that made the checkout
        cwd=folder,
        check=True,
        capture_output=True,
    )
    names = listed.stdout.decode().split("\0")[:-1]
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def wheel_problems(
    files: Mapping[str, bytes], source: Mapping[str, bytes], about: Distribution, version: str
) -> Iterator[str]:
    """Yield what is wrong with a wheel of ``files`` that was made from the folder ``source``."""
    info = f"{about.package}-{version}.dist-info/"
    code = {name for name in source if name.startswith(f"{about.package}/")}
    expected = code | {info + name for name in WHEEL_INFO}
    yield from _differences(set(files), expected)
    yield from _contents(files, source, code)
    yield from _metadata_problems(files.get(info + "METADATA", b"").decode(), about, version)
    if files.get(info + "licenses/LICENSE") != source.get("LICENSE"):
        yield "expected the licence of the repository, got another one"


def sdist_problems(
    files: Mapping[str, bytes], source: Mapping[str, bytes], about: Distribution, version: str
) -> Iterator[str]:
    """Yield what is wrong with an sdist of ``files`` that was made from the folder ``source``."""
    yield from _differences(set(files) - SDIST_ONLY, set(source) - SDIST_ONLY)
    yield from _contents(files, source, set(source))
    yield from _metadata_problems(files.get("PKG-INFO", b"").decode(), about, version)


def _differences(found: set[str], expected: set[str]) -> Iterator[str]:
    for name in sorted(expected - found):
        yield f"expected the file {name}, got none"
    for name in sorted(found - expected):
        yield f"expected no file {name}: git does not know it, or it belongs elsewhere"


def _contents(
    files: Mapping[str, bytes], source: Mapping[str, bytes], shared: set[str]
) -> Iterator[str]:
    for name in sorted(shared & files.keys()):
        if files[name] != source[name]:
            yield f"expected {name} as it is in the repository, got other bytes"
    for name in sorted(files):
        if TEST_FILE.search(name):
            yield f"expected no tests and no compiled files, got {name}"


def _metadata_problems(text: str, about: Distribution, version: str) -> Iterator[str]:
    metadata = message_from_string(text)
    expected = {
        "Name": about.name,
        "Version": version,
        "License-Expression": "Apache-2.0",
        "License-File": "LICENSE",
        "Description-Content-Type": "text/markdown",
    }
    for field, value in expected.items():
        if metadata[field] != value:
            yield f"expected {field}: {value}, got {metadata[field]}"
    needed = [each for each in metadata.get_all("Requires-Dist", []) if "satchel" in each]
    for requirement in needed:
        if not re.fullmatch(rf"satchel(\[[a-z,]+\])?=={re.escape(version)}", requirement):
            yield f"expected a requirement of satchel=={version}, got {requirement}"
    if bool(needed) == (about.name == "satchel"):
        yield "expected every distribution but satchel to require satchel"
    page = str(metadata.get_payload())
    if not page.startswith(f"# {about.name}\n"):
        yield "expected README.md as the description, got another text or none"
    for link in RELATIVE_LINK.findall(page):
        yield f"expected no link to a file of the repository in the description, got {link}"
    for line in CHECKOUT_ONLY.finditer(page):
        yield f"expected a description for users without a checkout, got {line[0]!r}"


def check(folder: Path, again: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each archive's name with what is wrong with it; ``again`` is a second build."""
    version = current()
    expected = {name for each in DISTRIBUTIONS for name in archive_files(each, version)}
    found = {path.name for path in folder.iterdir() if path.suffix in (".whl", ".gz")}
    yield str(folder), list(_differences(found, expected))
    licence = (ROOT / "LICENSE").read_bytes()
    for about in DISTRIBUTIONS:
        source = {**tracked_files(ROOT / about.folder), "LICENSE": licence}
        for name in archive_files(about, version):
            if name in found:
                problems = wheel_problems if name.endswith(".whl") else sdist_problems
                wrong = list(problems(read_archive(folder / name), source, about, version))
                if again and not _same_file(folder / name, again / name):
                    wrong.append("expected a second build to give equal bytes, got other bytes")
                yield name, wrong


def _same_file(one: Path, other: Path) -> bool:
    return other.exists() and filecmp.cmp(one, other, shallow=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folder and print what was found."""
    parser = argparse.ArgumentParser(description="Check the wheels and sdists in a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--again", type=Path, help="a folder with a second build of the same")
    args = parser.parse_args(arguments)
    failed = False
    for name, problems in check(args.folder, args.again):
        print(f"{name}: {'ok' if not problems else f'{len(problems)} problems'}")
        for problem in problems:
            print(f"  {problem}")
        failed = failed or bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
