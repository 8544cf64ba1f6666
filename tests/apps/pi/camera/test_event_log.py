"""Files of events, on disks and in folders that come and go."""

import errno
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.services import ZOO
from helpers.sightings import Clock
from satchel.errors import OutputError
from satchel_pi.camera.event_log import MOST_WAITING, RETRY_S, append_lines, open_event_log
from satchel_pi.camera.events import Event

HERE = Path(__file__).parent
unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def event(number):
    return Event(
        "2026-11-30T20:15:00.000Z", "begin", "cat", None, 0.9, 0.9, number, "test", "fake", "1.0.0",
        None, None,
    )  # fmt: skip


@pytest.fixture
def said():
    return []


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(tmp_path, said, clock):
    (tmp_path / "log").mkdir()
    return open_event_log(str(tmp_path / "log" / "events.jsonl"), say=said.append, clock=clock)


def frames(path):
    """Return the frames of the events in a file, each line of which is one."""
    return [json.loads(line)["frame"] for line in path.read_text().splitlines()]


@contextmanager
def largest_file(size_bytes):
    """Let no file grow beyond a size, as on a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_events_are_appended_to_what_is_there_already(tmp_path, said):
    path = tmp_path / "events.jsonl"
    for number in range(2):
        log = open_event_log(str(path), say=said.append)
        log.write([event(number)])
        log.close()
    assert frames(path) == [0, 1]
    assert said == []


def test_the_file_is_there_from_the_start_and_events_are_there_at_once(log, tmp_path):
    path = tmp_path / "log" / "events.jsonl"
    assert path.read_bytes() == b""
    log.write([event(0)])
    assert frames(path) == [0]


def test_a_rotated_file_is_left_and_a_new_one_begun(log, tmp_path, said):
    path = tmp_path / "log" / "events.jsonl"
    log.write([event(0)])
    path.rename(tmp_path / "log" / "events.jsonl.1")
    log.write([event(1)])
    # Another way to rotate: copy, and cut the file itself.
    assert frames(path) == [1]
    os.truncate(path, 0)
    log.write([event(2)])
    assert frames(tmp_path / "log" / "events.jsonl.1") == [0]
    assert frames(path) == [2]
    assert said == []


def test_events_wait_for_a_folder_that_has_vanished(log, tmp_path, said, clock):
    folder = tmp_path / "log"
    (folder / "events.jsonl").unlink()
    folder.rmdir()
    log.write([event(0)])
    log.write([event(1)])
    folder.mkdir()
    log.write([])
    assert not list(folder.iterdir())  # not tried again at once
    clock.now = RETRY_S
    log.write([])
    assert frames(folder / "events.jsonl") == [0, 1]
    place = folder / "events.jsonl"
    assert said == [
        f"Expected to write events to {str(place)!r}, got: No such file or directory. The camera"
        f" goes on; the last {MOST_WAITING} events wait for room or a folder.",
        f"writes events to {str(place)!r} again",
    ]


def test_a_failure_that_lasts_is_said_once_and_costs_the_oldest_events(log, tmp_path, said, clock):
    folder = tmp_path / "log"
    (folder / "events.jsonl").unlink()
    folder.rmdir()
    for number in range(MOST_WAITING + 3):
        clock.now += RETRY_S
        log.write([event(number)])
    assert len(said) == 1
    folder.mkdir()
    clock.now += RETRY_S
    log.write([])
    assert said[1].endswith("again, 3 are lost")
    assert frames(folder / "events.jsonl") == list(range(3, MOST_WAITING + 3))
    log.write([event(9)])
    assert len(said) == 2


def test_what_still_waits_at_the_end_is_counted(log, tmp_path, said):
    (tmp_path / "log" / "events.jsonl").unlink()
    (tmp_path / "log").rmdir()
    log.write([event(0), event(1)])
    log.close()
    assert said[-1].endswith("events.jsonl', 2 are lost.")
    assert len(said) == 2


@unix
def test_a_full_disk_leaves_whole_lines_and_loses_none(log, tmp_path, said, clock):
    path = tmp_path / "log" / "events.jsonl"
    log.write([event(0)])
    size_bytes = path.stat().st_size
    with largest_file(size_bytes + size_bytes // 2):
        log.write([event(1)])
        log.write([event(2)])
        assert frames(path) == [0]
    assert said[0].endswith(
        f"got: File too large. The camera goes on; the last {MOST_WAITING} events wait for room or"
        " a folder."
    )
    log.close()
    assert frames(path) == [0, 1, 2]
    assert len(said) == 2


def test_half_a_line_of_a_process_that_was_killed_is_ended(log, tmp_path):
    path = tmp_path / "log" / "events.jsonl"
    path.write_bytes(b'{"time": "2026-11')
    log.write([event(0)])
    lines = path.read_text().splitlines()
    assert lines[0] == '{"time": "2026-11'
    assert json.loads(lines[1])["frame"] == 0


@pytest.mark.parametrize("place", ["", "missing/events.jsonl", "a\0b"])
def test_a_place_that_cannot_be_written_is_refused_at_the_start(tmp_path, place):
    with pytest.raises(OutputError, match=r"^Expected a file for events in a folder that can"):
        open_event_log(str(tmp_path / place), say=print)


def test_a_file_that_holds_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "mnist.satchel"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(OutputError, match=r"got '.*mnist\.satchel', which holds something else"):
        open_event_log(str(path), say=print)
    assert path.read_bytes() == b"PK\x03\x04"


@unix
def test_a_pipe_and_a_device_are_refused_and_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/null"):
        with pytest.raises(OutputError, match=r"it is not a regular file\. '-' is standard output"):
            open_event_log(str(tmp_path / place), say=print)


@unix
def test_a_file_that_becomes_a_pipe_does_not_hang(log, tmp_path, said):
    path = tmp_path / "log" / "events.jsonl"
    path.unlink()
    os.mkfifo(path)
    log.write([event(0)])
    assert "it is not a regular file" in said[0]


@unix
def test_two_that_write_into_one_file_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "events.jsonl"
    program = (
        "import sys; from pathlib import Path; from satchel_pi.camera.event_log import append_lines"
        "\nfor number in range(200): append_lines(Path(sys.argv[1]), sys.argv[2].encode() * 50 +"
        " b'\\n')"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, path, each]) for each in "ab"]
    assert [each.wait(60) for each in started] == [0, 0]
    lines = path.read_bytes().splitlines()
    assert sorted(lines) == [b"a" * 50] * 200 + [b"b" * 50] * 200


@unix
def test_events_wait_while_another_process_has_locked_the_file(log, tmp_path, said, clock):
    import fcntl

    with (tmp_path / "log" / "events.jsonl").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        log.write([event(1)])
        assert len(said) == 1
        assert "another process has locked it" in said[0]
    clock.now += RETRY_S
    log.write([])
    assert frames(tmp_path / "log" / "events.jsonl") == [1]


@unix
def test_a_file_system_without_locks_takes_events(tmp_path, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    append_lines(tmp_path / "events.jsonl", b"line\n")
    assert (tmp_path / "events.jsonl").read_bytes() == b"line\n"


def test_nothing_to_write_leaves_the_file_as_it_is(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"half")
    append_lines(path, b"")
    assert path.read_bytes() == b"half"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_standard_output_that_takes_nothing_is_said_once_and_the_camera_goes_on(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes((ZOO / "seven.png").read_bytes())
    program = "from satchel.cli import main; raise SystemExit(main())"
    words = ("camera", ZOO / "mnist.satchel", "--source", tmp_path, "--rate", "20", "--events", "-")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, words)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    lines = [line for line in done.stderr.splitlines() if line.startswith("satchel")]
    assert lines == [
        "satchel camera: Expected to write events to standard output, got: No space left on"
        f" device. The camera goes on; the last {MOST_WAITING} events wait for room or a folder.",
        "satchel camera: Expected to write all events to standard output, 2 are lost.",
    ]
    assert done.returncode == 0


@unix
def test_standard_output_that_had_room_for_half_a_line_gets_the_whole_one_later(tmp_path):
    program = """
from helpers.sightings import Clock
from satchel_pi.camera.event_log import RETRY_S, open_event_log
from test_event_log import event, largest_file

clock = Clock()
log = open_event_log("-", say=lambda _: None, clock=clock)
log.write([event(0)])
with largest_file(300):
    log.write([event(1)])
clock.now = RETRY_S
log.write([event(2)])
"""
    with open(tmp_path / "out", "wb") as out:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)])}
        subprocess.run([sys.executable, "-c", program], stdout=out, env=environment, check=True)
    first, half, *others = (tmp_path / "out").read_text().splitlines()
    assert [json.loads(each)["frame"] for each in (first, *others)] == [0, 1, 2]
    assert others[0].startswith(half)
    assert 0 < len(half) < len(others[0])
