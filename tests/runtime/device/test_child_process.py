"""Children of this interpreter: what they reply, what limits them, and how they ended."""

import os
import signal
import sys
import textwrap

import pytest

from satchel.device.child_process import (
    MAX_WRITTEN_BYTES,
    MEMORY_IS_LIMITED,
    Child,
    Ending,
    last_words,
    run_child,
)
from satchel.errors import EngineError

PATIENT_S = 60.0
LIMITED = (
    "from satchel.device.child_process import limit_this_process; limit_this_process(1 << 28);"
)


def run(program, *, request=b"", deadline_s=PATIENT_S, most_bytes=1000):
    arguments = ["-c", textwrap.dedent(program)]
    return run_child(arguments, request=request, deadline_s=deadline_s, most_bytes=most_bytes)


@pytest.fixture
def log(tmp_path):
    """Return a function that writes a log and returns its last words."""

    def read(content):
        path = tmp_path / "log"
        path.write_bytes(content)
        with path.open("rb") as file:
            return last_words(file)

    return read


def test_a_child_gets_the_request_and_its_output_is_the_reply():
    assert run("print(input()[::-1])", request=b"abc\n").strip() == b"cba"


def test_of_a_reply_that_is_too_long_one_byte_more_comes_back():
    assert run("print('x' * 5000)", most_bytes=10) == b"x" * 11


def test_a_child_that_ends_with_a_code_says_its_last_line():
    assert run("raise SystemExit('one\\ntwo\\n')") == Ending(1, "two")
    assert Ending(1, "two").cause == "exit code 1"


def test_a_child_that_a_signal_kills_is_told_by_its_name():
    found = run("import os; os.abort()")
    assert found == Ending(-signal.SIGABRT, "")
    assert found.cause == "SIGABRT"


def test_a_signal_without_a_name_is_told_by_its_number():
    assert Ending(-(signal.SIGRTMIN + 3), "").cause == f"signal {signal.SIGRTMIN + 3}"


def test_a_child_beyond_its_deadline_is_killed_and_its_last_line_kept():
    program = "import sys, time; print('begun', file=sys.stderr, flush=True); time.sleep(600)"
    assert run(program, deadline_s=1.0) == Ending(None, "begun")


def test_a_child_imports_what_this_process_does_and_nothing_from_its_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "json.py").write_text("raise SystemExit('a stranger')")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "found.py").write_text("NAME = 'found'")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.syspath_prepend(tmp_path / "there")
    assert run("import json, found; print(found.NAME)").strip() == b"found"


@pytest.mark.parametrize("missing", ["frozen", "executable"])
def test_without_an_interpreter_no_child_is_started(missing, monkeypatch):
    monkeypatch.setattr(sys, missing, missing == "frozen" or None, raising=False)
    with pytest.raises(EngineError, match="Expected a Python interpreter"):
        run("")
    with Child(["-c", ""]) as child, pytest.raises(EngineError, match="got none"):
        child.ask("", deadline_s=PATIENT_S)


def test_last_words_are_the_last_line_that_is_no_chatter(log):
    assert log(b"first\n  why it ended  \nINFO: a delegate\nWARNING: slow\n\n") == "why it ended"
    assert log(b"INFO: a delegate\n") == log(b"") == ""


def test_last_words_of_an_endless_log_are_short(log):
    assert log(b"x" * 100_000) == "x" * 300
    assert log(b"\xff\xfe no text") == "\N{REPLACEMENT CHARACTER}" * 2 + " no text"


def test_a_child_replies_line_by_line_until_it_is_closed():
    program = "import os, sys\nfor line in sys.stdin: print(os.getpid(), line.strip(), flush=True)"
    with Child(["-c", program]) as child:
        assert not child.is_running
        number, word = child.ask("a", deadline_s=PATIENT_S).split()
        assert word == "a"
        assert child.ask("b", deadline_s=PATIENT_S).split() == [number, "b"]
        assert child.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


def test_a_child_that_has_ended_is_replaced_and_its_words_are_forgotten():
    program = """
        import sys
        for line in sys.stdin:
            sys.exit("no kernel") if line == "bad\\n" else sys.exit(3) if line == "mute\\n" else 0
            print(line.strip(), flush=True)
    """
    with Child(["-c", textwrap.dedent(program)]) as child:
        assert child.ask("bad", deadline_s=PATIENT_S) == Ending(1, "no kernel")
        assert not child.is_running
        assert child.ask("good", deadline_s=PATIENT_S) == "good\n"
        assert child.ask("mute", deadline_s=PATIENT_S) == Ending(3, "")


def test_a_child_that_hangs_is_killed_at_the_deadline_of_its_line():
    with Child(["-c", "import time; time.sleep(600)"]) as child:
        assert child.ask("", deadline_s=1.0) == Ending(None, "")


def test_what_an_engine_prints_is_no_reply():
    program = """
        import os
        from satchel.device.child_process import reply_stream
        with reply_stream() as out:
            os.write(1, b"created a delegate\\n")
            print("reply", file=out)
    """
    assert run(program).strip() == b"reply"


@pytest.mark.skipif(not MEMORY_IS_LIMITED, reason="this system limits no memory")
def test_a_limited_child_takes_no_more_memory_than_allowed():
    assert run(f"{LIMITED} print(len(bytes(100 << 20)))").strip() == str(100 << 20).encode()
    assert run(f"{LIMITED} bytes(300 << 20)") == Ending(1, "MemoryError")


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is limited there")
def test_a_limited_child_writes_no_large_file():
    few = run(f"{LIMITED} print('x' * 1000, end='')", most_bytes=2 * MAX_WRITTEN_BYTES)
    assert len(few) == 1000
    assert run(f"{LIMITED} print('x' * {2 * MAX_WRITTEN_BYTES})").exit_code != 0
