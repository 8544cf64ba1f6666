import multiprocessing
import operator
import os
import subprocess
import sys
import time

import pytest

from satchel.bundle.card import parse_card
from satchel_convert.errors import ConversionError
from satchel_convert.isolation import run_isolated

# A process of its own: the fork server's descriptors are those of the process that started it.
NOISE = """
import os
from multiprocessing import forkserver
from satchel_convert.isolation import run_isolated

forkserver.set_forkserver_preload = lambda names: None  # TensorFlow is not what is tested.
print(run_isolated(os.write, (1, b"noise from C++\\n")))
run_isolated(os.write, (2, b"noise from C++\\n"))
run_isolated(print, ("noise from Python",))
"""
FIRST_USE_FROM_MANY_THREADS = """
import sys, threading, time
from multiprocessing import forkserver
from satchel_convert import isolation

forkserver.ensure_running = lambda: time.sleep(0.2)
threads = [threading.Thread(target=isolation._context) for _ in range(4)]
for thread in threads:
    thread.start()
    time.sleep(0.02)
for thread in threads:
    thread.join()
print("still heard", file=sys.stderr)
"""


def test_the_result_comes_back_from_another_process():
    assert run_isolated(operator.truediv, (1, 4)) == 0.25
    assert run_isolated(os.getpid, ()) != os.getpid()


def test_an_exception_is_one_line_with_its_type():
    with pytest.raises(ConversionError, match=r"^ZeroDivisionError: division by zero$"):
        run_isolated(operator.truediv, (1, 0))


def test_of_a_long_message_only_the_first_line_that_says_why_is_kept():
    with pytest.raises(ConversionError, match=r"^ValueError: .*one\\ntwo") as raised:
        run_isolated(int, ("one\ntwo",))
    assert "\n" not in str(raised.value)
    with pytest.raises(ConversionError) as raised:
        run_isolated(exec, ("raise OSError('\\n first \\n second')",))
    assert str(raised.value) == "OSError: first"
    keras = "Exception encountered when calling Functional.call().\\n\\n\\x1b[1mtoo wide\\x1b[0m\\n"
    with pytest.raises(ConversionError, match=r"^ValueError: too wide$"):
        run_isolated(exec, (f"raise ValueError('{keras}')",))
    with pytest.raises(ConversionError, match=r"^KeyError: KeyError$"):
        run_isolated(exec, ("raise KeyError",))


def test_the_message_of_an_error_of_ours_passes_unchanged():
    with pytest.raises(ConversionError, match=r"^Expected plain JSON in UTF-8, got something else"):
        run_isolated(parse_card, (b"{",))


def test_a_crash_says_the_name_of_the_signal():
    with pytest.raises(ConversionError, match=r"^the converter crashed \(SIGABRT\)$"):
        run_isolated(os.abort, ())


def test_a_crash_ends_with_the_last_line_that_the_child_wrote():
    script = "echo first; echo last words >&2; kill -SEGV $$"
    with pytest.raises(ConversionError) as raised:
        run_isolated(os.execvp, ("sh", ["sh", "-c", script]))
    expected = "the converter crashed (SIGSEGV), its last line: last words"
    assert str(raised.value) == expected


def test_a_silent_exit_says_its_code():
    with pytest.raises(ConversionError, match=r"^the converter crashed \(exit code 3\)$"):
        run_isolated(os._exit, (3,))


def test_a_child_beyond_its_deadline_is_killed():
    # So that the server is up and the deadline is the child's alone.
    run_isolated(os.getpid, ())
    started = time.monotonic()
    with pytest.raises(ConversionError, match=r"^took longer than the deadline of 0\.3 s$"):
        run_isolated(time.sleep, (60,), deadline_s=0.3)
    assert time.monotonic() - started < 30
    assert multiprocessing.active_children() == []


def test_what_a_child_writes_does_not_reach_us():
    found = subprocess.run(
        [sys.executable, "-c", NOISE], capture_output=True, text=True, check=True, timeout=60
    )
    assert (found.stdout, found.stderr) == ("15\n", "")


def test_a_result_that_cannot_be_sent_is_a_reason_and_no_hang():
    with pytest.raises(ConversionError, match="pickle"):
        run_isolated(eval, ("(each for each in ())",))


def test_large_arguments_and_results_pass():
    content = bytes(3 << 20)
    assert run_isolated(operator.add, (content, b"end")) == content + b"end"


def test_after_a_crash_the_next_job_runs():
    with pytest.raises(ConversionError):
        run_isolated(os.abort, ())
    assert run_isolated(operator.truediv, (3, 4)) == 0.75


def test_standard_error_survives_a_first_use_from_many_threads():
    found = subprocess.run(
        [sys.executable, "-c", FIRST_USE_FROM_MANY_THREADS],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert found.stderr == "still heard\n"
