"""The version stands in many files and is one."""

import re
import shutil

import pytest

from versions import PLACES, ROOT, SOURCE, ReleaseError, current, main, notes_of, set_everywhere


@pytest.fixture
def copy(tmp_path):
    """Return a folder with the files that name the version, and the changelog."""
    for file in {*(file for file, _ in PLACES), "CHANGELOG.md"}:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_every_place_of_the_repository_names_one_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", current())


def test_a_version_is_set_in_every_place_and_the_old_one_is_nowhere_left(copy):
    old = current()
    set_everywhere("7.89.10", root=copy)
    assert current(copy) == "7.89.10"
    for file in {file for file, _ in PLACES}:
        text = (copy / file).read_text(encoding="utf-8")
        assert f'version = "{old}"' not in text
        assert f"satchel-{old}" not in text
        assert f"=={old}" not in text


def test_the_root_lock_names_no_version_of_ours_that_could_be_forgotten():
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    ours = re.findall(r'name = "satchel(?:-\w+)?"\nversion = "([^"]+)"\nsource = .*editable', lock)
    assert set(ours) <= {current()}


@pytest.mark.parametrize(
    "place", PLACES, ids=[f"{file} {number}" for number, (file, _) in enumerate(PLACES)]
)
def test_a_place_with_another_version_is_found(copy, place):
    file, pattern = place
    path = copy / file
    text = path.read_text(encoding="utf-8")
    start, end = re.search(pattern.format(r"\d+\.\d+\.\d+"), text).span(1)
    path.write_text(f"{text[:start]}9.9.9{text[end:]}", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"Expected version .* got .*versions.py set"):
        current(copy)


def test_a_place_without_a_version_is_an_error(copy):
    (copy / SOURCE).write_text("")
    with pytest.raises(ReleaseError, match=f"Expected a version in {SOURCE}"):
        current(copy)


@pytest.mark.parametrize("version", ["v1.2.3", "1.2", "1.2.3rc1", ""])
def test_only_three_numbers_are_a_version(copy, version):
    with pytest.raises(ReleaseError, match=r"Expected a version of the form 1\.2\.3, got"):
        set_everywhere(version, root=copy)


def test_a_tag_of_this_version_gives_its_section_of_the_changelog(copy):
    set_everywhere("7.8.9", root=copy)
    (copy / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\nLater.\n\n## [7.8.9] - 2026-12-24\n\n### Added\n\n"
        "- A thing.\n\n## [7.8.8] - 2026-01-01\n\nOld.\n"
    )
    assert notes_of("v7.8.9", root=copy) == "### Added\n\n- A thing.\n"


def test_a_tag_of_another_version_is_refused(copy):
    with pytest.raises(ReleaseError, match=r"Expected the tag v.*, got 'v9\.9\.9'"):
        notes_of("v9.9.9", root=copy)


def test_a_tag_without_a_section_in_the_changelog_is_refused(copy):
    (copy / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n- A thing.\n")
    with pytest.raises(ReleaseError, match=r"Expected a section with text.*Unreleased"):
        notes_of(f"v{current(copy)}", root=copy)


def test_the_command_prints_the_version_or_one_line(capsys, tmp_path):
    assert main(["show"]) == 0
    assert capsys.readouterr().out == f"{current()}\n"
    assert main(["check", f"v{current()}", "--notes", str(tmp_path / "notes.md")]) == 0
    assert (tmp_path / "notes.md").read_text().strip()
    capsys.readouterr()
    assert main(["check", "v9.9.9"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("versions.py: Expected the tag")
    assert said.err.count("\n") == 1
