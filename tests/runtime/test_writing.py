"""Files, written wholly or not at all."""

import errno
import os
from pathlib import Path

import pytest

from satchel.errors import OutputError
from satchel.writing import (
    atomic_file,
    check_creatable,
    check_writable,
    make_folder,
    write_atomically,
)


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


@pytest.mark.skipif(os.name != "posix", reason="pipes have a path on POSIX only")
def test_a_pipe_takes_the_content_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_writable(pipe)
        write_atomically(b"content", pipe)
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full")
def test_a_device_that_is_full_is_said_and_not_replaced(tmp_path):
    # Through a link: where this fails, the link is lost, and not the device.
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"):
        write_atomically(b"content", full)
    assert full.is_symlink()


def test_an_atomic_file_takes_its_place_when_the_block_ends(tmp_path):
    target = tmp_path / "x"
    target.write_bytes(b"old")
    with atomic_file(target) as file:
        file.write(b"ne")
        file.write(b"w")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_an_atomic_file_that_is_given_up_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "x"
    target.write_bytes(b"old")

    def give_up():
        with atomic_file(target) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_can_be_made_later_is_not_made_now(tmp_path):
    check_creatable(tmp_path / "new" / "deep" / "x.satchel")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"Expected a folder to write 'x' to, got '.*file'"):
        check_creatable(tmp_path / "file" / "deep" / "x")
    with pytest.raises(OutputError, match="Expected a file to write, got the folder"):
        check_creatable(tmp_path)
