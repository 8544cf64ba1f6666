"""Each fault that an archive of a release can have is found; a sound one passes."""

import io
import tarfile
import zipfile

import pytest

from check_dist import (
    DISTRIBUTIONS,
    archive_files,
    read_archive,
    sdist_problems,
    tracked_files,
    wheel_problems,
)
from versions import ROOT

TRAIN = next(each for each in DISTRIBUTIONS if each.name == "satchel-train")
METADATA = """\
Metadata-Version: 2.4
Name: satchel-train
Version: 1.2.3
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Dist: keras>=3.15
Requires-Dist: satchel[images]==1.2.3
Description-Content-Type: text/markdown

# satchel-train

Trains. [The manual](https://example.org/manual) says more.
"""
SOURCE = {
    "LICENSE": b"Apache",
    "README.md": b"# satchel-train\n",
    "pyproject.toml": b"[project]\n",
    "satchel_train/__init__.py": b'"""Trains."""\n',
    "satchel_train/py.typed": b"",
}
INFO = "satchel_train-1.2.3.dist-info/"
CODE = {name: SOURCE[name] for name in SOURCE if name.startswith("satchel_train/")}
WHEEL = {
    **CODE,
    f"{INFO}METADATA": METADATA.encode(),
    f"{INFO}WHEEL": b"",
    f"{INFO}RECORD": b"",
    f"{INFO}entry_points.txt": b"",
    f"{INFO}licenses/LICENSE": b"Apache",
}
SDIST = {**SOURCE, "PKG-INFO": METADATA.encode()}


def without(files, name):
    return {key: content for key, content in files.items() if key != name}


def saying(old, new):
    assert old in METADATA
    return {**WHEEL, f"{INFO}METADATA": METADATA.replace(old, new).encode()}


FAULTS = {
    "no py.typed": (without(WHEEL, "satchel_train/py.typed"), "expected the file satchel_train/py"),
    "no licence": (without(WHEEL, f"{INFO}licenses/LICENSE"), "expected the file"),
    "another licence": ({**WHEEL, f"{INFO}licenses/LICENSE": b"MIT"}, "expected the licence"),
    "a test": ({**WHEEL, "satchel_train/test_a.py": b""}, "expected no tests"),
    "a folder of tests": ({**WHEEL, "tests/helpers.py": b""}, "expected no tests"),
    "a compiled file": ({**WHEEL, "satchel_train/a.pyc": b""}, "expected no tests and no compiled"),
    "an unknown file": ({**WHEEL, "satchel_train/notes.txt": b""}, "git does not know it"),
    "changed code": ({**WHEEL, "satchel_train/__init__.py": b"import os"}, "got other bytes"),
    "another name": (saying("Name: satchel-train", "Name: other"), "expected Name: satchel-train"),
    "another version": (saying("Version: 1.2.3", "Version: 1.2.4"), "expected Version: 1.2.3"),
    "no licence named": (saying("License-Expression: Apache-2.0\n", ""), "expected License-Expr"),
    "an open requirement": (
        saying("satchel[images]==1.2.3", "satchel"),
        "requirement of satchel==",
    ),
    "an older sibling": (saying("]==1.2.3", "]==1.2.2"), "requirement of satchel==1.2.3"),
    "no runtime": (saying("Requires-Dist: satchel[images]==1.2.3\n", ""), "to require satchel"),
    "no description": (saying("# satchel-train\n", ""), "expected README.md as the description"),
    "a broken link": (saying("https://example.org/manual", "../docs/a.md"), "got [The manual](../"),
    "a broken image": (saying("Trains.", "![A plot](plot.png)"), "got [A plot](plot.png)"),
    "a line for a checkout": (saying("Trains.", "make setup"), "users without a checkout"),
    "a false promise": (saying("Trains.", "pip # not on PyPI yet"), "users without a checkout"),
}


def test_a_sound_wheel_and_sdist_have_no_problem():
    assert list(wheel_problems(WHEEL, SOURCE, TRAIN, "1.2.3")) == []
    assert list(sdist_problems(SDIST, SOURCE, TRAIN, "1.2.3")) == []


@pytest.mark.parametrize(("files", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_a_wheel_is_found(files, said):
    assert said in "\n".join(wheel_problems(files, SOURCE, TRAIN, "1.2.3"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (without(SDIST, "satchel_train/__init__.py"), "expected the file satchel_train/__init__"),
        ({**SDIST, "satchel_train/tests/a.py": b""}, "expected no tests"),
        ({**SDIST, "LICENSE": b"MIT"}, "expected LICENSE as it is"),
        ({**SDIST, "PKG-INFO": b""}, "expected Name: satchel-train, got None"),
    ],
)
def test_a_fault_of_an_sdist_is_found(files, said):
    assert said in "\n".join(sdist_problems(files, SOURCE, TRAIN, "1.2.3"))


def test_both_kinds_of_archive_are_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("satchel/py.typed", b"a")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as sdist:
        member = tarfile.TarInfo("satchel-1.2.3/satchel/py.typed")
        member.size = 1
        sdist.addfile(member, io.BytesIO(b"a"))
    for name in ("a.whl", "a.tar.gz"):
        assert read_archive(tmp_path / name) == {"satchel/py.typed": b"a"}


def test_the_names_of_archives_follow_the_package():
    assert archive_files(TRAIN, "1.2.3") == (
        "satchel_train-1.2.3-py3-none-any.whl",
        "satchel_train-1.2.3.tar.gz",
    )


@pytest.mark.parametrize("about", DISTRIBUTIONS, ids=[each.name for each in DISTRIBUTIONS])
def test_every_distribution_has_types_the_licence_and_no_tests(about):
    files = tracked_files(ROOT / about.folder)
    assert files["LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert f"{about.package}/py.typed" in files
    assert f"# {about.name}\n".encode() in files["README.md"]
