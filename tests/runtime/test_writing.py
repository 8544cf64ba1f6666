"""Files, written wholly or not at all."""

import errno
import os

import pytest

from satchel.errors import OutputError
from satchel.writing import check_writable, make_folder, write_atomically


def test_a_file_is_written_with_its_folders(tmp_path):
    make_folder(tmp_path / "a" / "b")
    check_writable(tmp_path / "a" / "b" / "x.satchel")
    write_atomically(b"new", tmp_path / "a" / "b" / "x.satchel")
    assert (tmp_path / "a" / "b" / "x.satchel").read_bytes() == b"new"
    assert [each.name for each in (tmp_path / "a" / "b").iterdir()] == ["x.satchel"]


def test_a_written_file_is_as_readable_as_others(tmp_path):
    write_atomically(b"new", tmp_path / "x.satchel")
    (tmp_path / "other").touch()
    assert (tmp_path / "x.satchel").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(step, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "disk full")

    target = tmp_path / "x.satchel"
    write_atomically(b"old", target)
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (type(target), "replace")), fail)
    with pytest.raises(OutputError, match="disk full"):
        write_atomically(b"new", target)
    assert target.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x.satchel"]
