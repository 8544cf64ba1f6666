"""A model that kills its process costs one error."""

import sys
import time

import pytest

from helpers.golden import GOLDEN
from satchel import ImageClassifier, ImageGenerator, limits
from satchel.bundle.reading import open_bundle
from satchel.cli.program import main
from satchel.device.child_process import MEMORY_IS_LIMITED
from satchel.errors import CardError, EngineError
from satchel.selftest.replay import selftest
from satchel.selftest.sandbox import selftest_isolated

tflite = pytest.importorskip("hostile.tflite_files", exc_type=ImportError)

ENGINE = """
import ctypes, os, sys, time

class Interpreter:
    def __init__(self, model_content, num_threads):
        {harm}
"""
HARMS = {
    "abort": ("os.abort()", "SIGABRT"),
    "segmentation fault": ("ctypes.string_at(0)", "SIGSEGV"),
    "kill": ("os.kill(os.getpid(), 9)", "SIGKILL"),
    "exit": ("os._exit(3)", "exit code 3"),
    "a log without end": ("while os.write(2, bytes(100000)): pass", "process that died"),
}


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Return a function that installs a tflite_runtime whose interpreter does harm."""

    def install(harm):
        package = tmp_path / "site" / "tflite_runtime"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("__version__ = '2.14.0'")
        (package / "interpreter.py").write_text(ENGINE.format(harm=harm))
        monkeypatch.syspath_prepend(package.parent)
        for name in ("tflite_runtime", "tflite_runtime.interpreter"):
            # What this process imported of it goes with it.
            monkeypatch.setitem(sys.modules, name, None)
            monkeypatch.delitem(sys.modules, name)

    return install


@pytest.mark.skipif(sys.platform == "win32", reason="signals have no names there")
@pytest.mark.parametrize("harm", HARMS)
def test_an_engine_that_dies_costs_one_error(harm, engine, bundle_of, held):
    engine(HARMS[harm][0])
    bundle = bundle_of(tflite.softmax(), engine="tflite_runtime")
    message = held(EngineError, lambda: selftest_isolated(bundle, engine="tflite_runtime"))
    assert "got a process that died" in message
    assert HARMS[harm][1] in message
    assert message.endswith("do not use the bundle.")


def test_an_engine_that_hangs_is_ended_at_the_deadline(engine, bundle_of, held):
    engine("time.sleep(600)")
    bundle = bundle_of(tflite.softmax(), engine="tflite_runtime")
    started = time.monotonic()
    message = held(EngineError, lambda: selftest_isolated(bundle, deadline_s=3))
    assert "within 3 s" in message
    assert time.monotonic() - started < 20


# Worth its eight seconds: a deadline shorter than an import would end models that are fine.
def test_case_35_a_while_that_never_ends_is_ended_at_the_deadline(bundle_of, held, monkeypatch):
    pytest.importorskip("ai_edge_litert")
    monkeypatch.setattr(limits, "ISOLATED_DEADLINE_S", 8.0)
    bundle = bundle_of(tflite.endless_loop())
    assert "within 8 s" in held(EngineError, lambda: ImageGenerator(bundle, isolated=True))


@pytest.mark.parametrize("file", ["string_output", "missing_operand", "loop_in_itself"])
def test_case_38_a_file_that_crashes_the_engine_costs_one_error(file, bundle_of, held):
    pytest.importorskip("ai_edge_litert")
    bundle = bundle_of(getattr(tflite, file)())
    message = held(EngineError, lambda: ImageGenerator(bundle, isolated=True))
    # What lies in memory decides whether LiteRT crashes on a missing operand or sees that it lacks.
    assert "got a process that died" in message or "was optional" in message


@pytest.mark.skipif(not MEMORY_IS_LIMITED, reason="this system limits no memory")
def test_case_34_memory_that_no_shape_declares_is_refused_in_the_child(bundle_of, held):
    pytest.importorskip("ai_edge_litert")
    bundle = bundle_of(tflite.memory_bomb(1 << 27))
    message = held(EngineError, lambda: selftest_isolated(bundle, memory_bytes=256 << 20))
    assert "256 MiB" in message or "died" in message or "loads here" in message


def test_a_bundle_that_is_fine_gives_what_it_gives_outside():
    bundle = open_bundle(GOLDEN / "digits.satchel")
    assert selftest_isolated(bundle) == selftest(bundle)
    assert ImageClassifier(bundle, isolated=True).classify(GOLDEN / "seven.png")[0].label == "7"


def test_a_vector_that_fails_is_named_before_a_model_is_opened(bundle_of, held):
    pytest.importorskip("ai_edge_litert")
    white = tflite.image(1.0)
    bundle = bundle_of(white)
    assert not selftest_isolated(bundle)[0].passed
    message = held(EngineError, lambda: ImageGenerator(bundle, isolated=True))
    assert "of at most 0.5 for seed 7 from float32.tflite in litert, got 1:" in message


def test_an_error_in_the_child_keeps_its_type(bundle_of, held):
    bundle = bundle_of(tflite.softmax(), engine="unheard_of")
    assert "unheard_of" in held(EngineError, lambda: selftest_isolated(bundle))
    bundle = bundle_of(tflite.softmax())
    damaged = bundle._replace(files={**bundle.files, "golden/vectors.json": b"[]"})
    assert "a list of vectors" in held(CardError, lambda: selftest_isolated(damaged))


def test_a_program_without_an_interpreter_of_its_own_is_told(monkeypatch, held):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    bundle = open_bundle(GOLDEN / "digits.satchel")
    assert "a Python interpreter" in held(EngineError, lambda: selftest_isolated(bundle))


def test_the_command_takes_a_deadline_and_memory(capsys):
    words = ["selftest", str(GOLDEN / "digits.satchel"), "--isolated", "--engine", "onnx"]
    pytest.importorskip("onnxruntime")
    assert main([*words, "--deadline", "120", "--memory", "512"]) == 0
    assert "passed" in capsys.readouterr().out


def test_a_deadline_without_isolation_is_wrong_use(capsys):
    assert main(["selftest", str(GOLDEN / "digits.satchel"), "--deadline", "5"]) == 2
    assert "Expected --isolated with --deadline" in capsys.readouterr().err
