"""The installed command as a process: quiet engines, closed streams, and Ctrl-C at any moment.

Worth a process for each case: descriptors, signals and exit codes belong to a process.
"""

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.tiny_bundles import encode_png
from satchel.cli.command import OK, WRONG_USE

START = "from satchel.cli.process import main; main()"
DIGITS = str(Path(__file__).parents[2] / "golden" / "digits.satchel")
INTERRUPTED = 130
UNREAD = 141


@pytest.fixture
def environment(tmp_path):
    """Return an environment whose Python buffers a pipe, and remembers nothing of this device."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return {**kept, "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def satchel(environment):
    """Return a function that runs the command as a process, with redirections of a shell."""

    def run(*words, redirections="", before="", **options):
        program = ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-c"]
        return subprocess.run(
            [*program, before + START, *map(str, words)],
            capture_output=True,
            env=environment,
            timeout=60,
            **options,
        )

    return run


@pytest.fixture
def image(tmp_path):
    import numpy as np

    path = tmp_path / "seven.png"
    path.write_bytes(encode_png(np.zeros((8, 8), np.uint8)))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["info"],
        ["selftest"],
        ["selftest", "--isolated"],
        ["bench", "--seconds", "0.01"],
        ["tune", "--budget", "0.5"],
    ],
)
def test_a_command_says_nothing_but_its_output(satchel, words):
    pytest.importorskip("ai_edge_litert")
    done = satchel(words[0], DIGITS, *words[1:])
    assert (done.returncode, done.stderr) == (OK, b"")
    assert done.stdout


def test_run_and_doctor_say_nothing_but_their_output(satchel, image):
    pytest.importorskip("ai_edge_litert")
    done = satchel("run", DIGITS, image, "--engine", "litert")
    assert (done.returncode, done.stderr) == (OK, b"")
    # As on a device: a workstation's doctor imports Keras, which tests/train does.
    alone = "import satchel.cli.commands; satchel.cli.commands.installed = dict\n"
    assert satchel("doctor", before=alone).stderr == b""


def test_an_error_of_the_model_is_still_said(satchel, image):
    """What is kept off is one line of a tiny model: whatever follows it is heard."""
    pytest.importorskip("ai_edge_litert")
    before = """
import os
from satchel.engines import start_line
from ai_edge_litert.interpreter import Interpreter
start_line.keep_off()
start_line.start(Interpreter)
os.write(2, b"heard")
"""
    assert satchel("run", DIGITS, image, before=before).stderr == b"heard"


def test_a_program_that_uses_the_library_keeps_its_descriptors(environment, image):
    pytest.importorskip("ai_edge_litert")
    program = f"""
import os
from satchel import ImageClassifier
os.dup2 = None
ImageClassifier({DIGITS!r}).classify({str(image)!r})
"""
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("words", [["info", DIGITS], ["--help"], ["run", DIGITS, "x.png"]])
def test_a_closed_standard_output_is_one_line(satchel, words):
    done = satchel(*words, redirections=">&-")
    said = b"satchel: Expected a standard output to print to, got a closed one.\n"
    assert (done.returncode, done.stderr) == (WRONG_USE, said)


def test_a_closed_standard_input_is_one_line_where_it_is_read(satchel):
    done = satchel("run", DIGITS, "-", redirections="<&-")
    assert (done.returncode, done.stdout) == (WRONG_USE, b"")
    assert done.stderr == b"satchel run: the system says Bad file descriptor\n"
    assert satchel("info", DIGITS, redirections="<&-").returncode == OK


def test_a_closed_standard_error_changes_nothing_but_what_is_read_there(satchel, image):
    done = satchel("run", DIGITS, image, "missing.png", redirections="2>&-")
    assert done.returncode == 1
    assert done.stdout.count(b"\n") == 1
    done = satchel("rnu", redirections="2>&-")
    assert (done.returncode, done.stdout) == (WRONG_USE, b"")


def test_all_streams_closed_is_only_an_exit_code(satchel):
    assert satchel("info", DIGITS, redirections="<&- >&- 2>&-").returncode == WRONG_USE


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_help_that_nobody_reads_ends_quietly(environment, unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", START, "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**environment, **unbuffered},
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (UNREAD, b"")


@pytest.mark.parametrize("words", [["info", "missing.satchel"], ["rnu"], ["run"]])
def test_an_error_that_nobody_reads_keeps_its_exit_code(environment, words):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", START, *words],
        stdout=subprocess.PIPE,
        stderr=writing,
        env=environment,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stdout) == (WRONG_USE, b"")


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("satchel.cli.program", b"satchel: interrupted\n"),
        ("satchel.tasks.image_input", b"satchel run: interrupted\n"),
        ("numpy", b"satchel run: interrupted\n"),
        ("ai_edge_litert._pywrap_litert_interpreter_wrapper", b"satchel run: interrupted\n"),
        ("PIL.Image", b"satchel run: interrupted\n"),
    ],
)
def test_an_interrupt_while_a_module_is_imported_is_one_line(satchel, image, module, said):
    pytest.importorskip("ai_edge_litert")
    before = f"""
import os, signal, sys
import satchel.cli.process
def interrupt(event, details):
    if event == "import" and details[0] == {module!r}:
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(interrupt)
"""
    done = satchel("run", DIGITS, image, "--engine", "litert", before=before)
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, b"", said)


def test_an_interrupt_while_the_interpreter_ends_shows_no_traceback(satchel):
    before = """
import atexit, os, signal
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
"""
    done = satchel("info", DIGITS, before=before)
    assert (done.returncode, done.stderr) == (INTERRUPTED, b"")


def test_a_second_interrupt_does_not_wait_for_the_first(satchel):
    before = """
import os, signal
from satchel.cli import doctor
def slow(args):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        print("cleaned up", flush=True)
doctor.run = slow
"""
    done = satchel("doctor", before=before)
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, b"", b"")


def test_who_asked_to_ignore_interrupts_is_obeyed(satchel):
    before = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
import atexit
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
"""
    assert satchel("info", DIGITS, before=before).returncode == OK


@contextmanager
def started(*words, environment, **streams):
    """Start the command in a group of its own, as a terminal does; end it in any case."""
    with subprocess.Popen(
        [sys.executable, "-c", START, *map(str, words)],
        env=environment,
        start_new_session=True,
        # Where the tests run in the background, they ignore interrupts, and so would the command.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **streams,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(happened):
    """Return when ``happened`` returns something true; fail after half a minute."""
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_interrupt_while_inputs_are_awaited_is_one_line(environment, image):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started("run", DIGITS, "-", environment=environment, **pipes) as process:
        process.stdin.write(f"{image}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == INTERRUPTED
        assert process.stderr.read() == b"satchel run: interrupted\n"


@pytest.mark.skipif(sys.platform != "linux", reason="children are listed by Linux")
@pytest.mark.parametrize("words", [["selftest", "--isolated"], ["bench"], ["tune"]])
def test_an_interrupt_while_a_child_process_works_is_one_line(environment, words):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(words[0], DIGITS, *words[1:], environment=environment, **pipes) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_for(children.read_text)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (INTERRUPTED, b"")
        assert err == f"satchel {words[0]}: interrupted\n".encode()


def test_an_interrupt_clears_the_line_of_progress(environment):
    ours, theirs = pty.openpty()
    with started("bench", DIGITS, environment=environment, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while b"measuring" not in said:
            said += os.read(ours, 1024)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        said += os.read(ours, 4096)
        os.close(ours)
    assert process.returncode == INTERRUPTED
    assert said.endswith(b"\r\x1b[Ksatchel bench: interrupted\r\n")
