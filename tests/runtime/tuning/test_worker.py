"""Processes that measure: what they answer, and what is said of those that break."""

import os
import signal
import sys
import textwrap

import pytest

from satchel.bundle.reading import open_bundle
from satchel.errors import EngineError
from satchel.inference.selection import runnable
from satchel.tuning.worker import Measuring

PATIENT_S = 60.0
CARD = "sha256:" + "0" * 64


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a function that puts a program of a few lines in the place of the one that measures.

    It has ``lines``, the jobs, and ``answer``, which answers one.
    """

    def write(body):
        head = """
            import json, os, signal, sys, time
            lines = map(json.loads, sys.stdin)
            answer = lambda **fields: print(json.dumps(fields), flush=True)
        """
        text = textwrap.dedent(head) + textwrap.dedent(body)
        (tmp_path / "stand_in.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr("satchel.tuning.worker._PROGRAM", "stand_in")

    return write


def reason(process, deadline_s=PATIENT_S):
    with pytest.raises(EngineError) as caught:
        process.ask("any", deadline_s=deadline_s)
    return str(caught.value)


def test_a_process_that_a_model_kills_is_one_line_and_the_next_job_has_another(program):
    program("""
        for job in lines:
            if job["file"] == "bad":
                print("Check failed: rank", file=sys.stderr)
                print("INFO: Created a delegate.", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGSEGV)
            answer(process=os.getpid())
    """)
    with Measuring("x", CARD) as process:
        first = process.ask("any", deadline_s=PATIENT_S, file="good")
        assert process.ask("any", deadline_s=PATIENT_S, file="good") == first
        with pytest.raises(EngineError) as caught:
            process.ask("any", deadline_s=PATIENT_S, file="bad")
        assert str(caught.value) == "its process ended by SIGSEGV: Check failed: rank"
        assert process.ask("any", deadline_s=PATIENT_S, file="good") != first


def test_a_process_that_ends_by_itself_is_told_with_its_last_line(program):
    program("""
        next(lines)
        sys.exit("one\\nno kernel for this\\n\\n")
    """)
    with Measuring("x", CARD) as process:
        assert reason(process) == "its process ended with exit code 1: no kernel for this"


def test_a_process_that_says_nothing_is_told_all_the_same(program):
    program("next(lines); os._exit(3)")
    with Measuring("x", CARD) as process:
        assert reason(process) == "its process ended with exit code 3"


def test_a_process_that_is_gone_before_the_job_is_told(program):
    program("answer(ready=True); os._exit(4)")
    with Measuring("x", CARD) as process:
        process.ask("any", deadline_s=PATIENT_S)
        process._child._process.wait()
        assert reason(process) == "its process ended with exit code 4"


def test_a_signal_without_a_name_has_its_number(program):
    program("next(lines); os.kill(os.getpid(), signal.SIGRTMIN + 3)")
    with Measuring("x", CARD) as process:
        assert reason(process) == f"its process ended by signal {signal.SIGRTMIN + 3}"


def test_modules_in_the_folder_it_is_started_in_are_not_taken(
    words, tmp_path, monkeypatch, digits_path
):
    (tmp_path / "json.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    with Measuring(digits_path, open_bundle(digits_path).card_digest) as process:
        assert process.ask("prove", deadline_s=PATIENT_S, **words) == {"failed": []}


def test_a_process_that_hangs_is_stopped_at_the_deadline(program):
    program("""
        for job in lines:
            answer(process=os.getpid()) if job["file"] == "good" else time.sleep(600)
    """)
    with Measuring("x", CARD) as process:
        first = process.ask("any", deadline_s=PATIENT_S, file="good")["process"]
        with pytest.raises(EngineError, match="took longer than 1 s"):
            process.ask("any", deadline_s=1.0, file="bad")
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)


def test_no_process_is_left_behind(program):
    program("""
        for job in lines:
            answer(process=os.getpid())
    """)
    with Measuring("x", CARD) as process:
        child = process.ask("any", deadline_s=PATIENT_S)["process"]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_no_job_starts_no_process():
    with Measuring("none.satchel", CARD) as process:
        assert not process.is_running


def test_what_an_engine_prints_is_no_answer(monkeypatch, tmp_path):
    (tmp_path / "loud.py").write_text(
        textwrap.dedent("""
            import os
            from satchel.tuning import worker_main

            def shout(path, card_digest, **words):
                os.write(1, b"INFO: created a delegate\\n")
                return {"path": path}

            worker_main.JOBS = {"shout": shout}
            worker_main.main()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("satchel.tuning.worker._PROGRAM", "loud")
    with Measuring("a bundle", CARD) as process:
        assert process.ask("shout", deadline_s=PATIENT_S) == {"path": "a bundle"}


@pytest.fixture(scope="module")
def words(digits_path):
    """Return a job's words: a real model that runs here."""
    file, engine = runnable(open_bundle(digits_path).card)[0]
    return {"file": file, "engine": engine, "threads": 1}


@pytest.fixture(scope="module")
def real_process(digits_path):
    with Measuring(digits_path, open_bundle(digits_path).card_digest) as process:
        yield process


def test_a_real_model_passes_its_golden_vectors_in_a_process(real_process, words):
    assert real_process.ask("prove", deadline_s=PATIENT_S, **words) == {"failed": []}


def test_a_block_is_the_median_of_an_answer(real_process, words):
    found = real_process.ask("time_block", deadline_s=PATIENT_S, seconds=0.05, **words)
    # Tens of microseconds by a tiny model; a busy machine has a thousand times as much.
    assert 0 < found["p50_ms"] < 50


def test_a_profile_holds_what_a_user_meets(words, digits_path):
    with Measuring(digits_path, open_bundle(digits_path).card_digest) as process:
        found = process.ask("profile", deadline_s=PATIENT_S, seconds=0.2, **words)
    latency = found["latency"]
    assert latency["calls"] >= 5
    assert 0 < latency["p50_ms"] <= latency["p90_ms"]
    # An engine is imported, and the first answer warms up.
    assert found["load_ms"] > found["first_ms"] > 0
    assert found["prepare_ms"] > 0
    # NumPy and an engine are more than 10 MiB; TensorFlow would be more than 250.
    assert 10 << 20 < found["peak_bytes"] < 250 << 20
    assert set(found["before"]) == set(found["after"])


def test_a_job_that_the_model_cannot_do_is_an_error_and_the_process_lives(real_process, words):
    with pytest.raises(EngineError, match=r"none\.tflite"):
        real_process.ask("prove", deadline_s=PATIENT_S, **{**words, "file": "none.tflite"})
    with pytest.raises(EngineError, match="1 to 256 threads"):
        real_process.ask("prove", deadline_s=PATIENT_S, **{**words, "threads": 1000})
    assert real_process.ask("prove", deadline_s=PATIENT_S, **words) == {"failed": []}


def test_a_bundle_that_is_not_there_is_an_error_of_its_job(tmp_path, words):
    with (
        Measuring(tmp_path / "none.satchel", CARD) as process,
        pytest.raises(EngineError, match="none"),
    ):
        process.ask("prove", deadline_s=PATIENT_S, **words)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a child is read from /proc")
def test_a_profiles_peak_is_of_that_process_alone(words, digits_path):
    held = bytearray(600 << 20)
    with Measuring(digits_path, open_bundle(digits_path).card_digest) as process:
        found = process.ask("profile", deadline_s=PATIENT_S, seconds=0.01, **words)
    assert found["peak_bytes"] < len(held) / 2


def test_a_bundle_that_was_replaced_is_not_measured(tmp_path, digits_path, words):
    path = tmp_path / "digits.satchel"
    path.write_bytes(digits_path.read_bytes())
    with Measuring(path, CARD) as process, pytest.raises(EngineError, match="was replaced"):
        process.ask("prove", deadline_s=PATIENT_S, **words)
