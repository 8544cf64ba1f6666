"""What a help costs: it imports nothing that is heavy, whatever is installed beside the runtime."""

import subprocess
import sys

import pytest

from satchel.cli.commands import OWN, commands_here

HEAVY = {
    "PIL", "ai_edge_litert", "cryptography", "cv2", "jax", "jinja2", "keras", "matplotlib",
    "mediapipe", "onnx", "onnxruntime", "ray", "rich", "scipy", "sklearn", "starlette",
    "tensorflow", "tflite_runtime", "torch", "uvicorn",
}  # fmt: skip


def imported_by_help(*words):
    """Return the heavy modules that a fresh interpreter has after a help, NumPy among them."""
    program = f"""
import sys
from satchel.cli import main
code = main([*{words!r}, "--help"])
print(code, *({HEAVY | {"numpy"}!r} & sys.modules.keys()), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    code, *modules = done.stderr.split()
    assert code == "0", done.stderr
    assert done.stdout.startswith("usage: satchel")
    return set(modules)


@pytest.mark.parametrize("name", commands_here())
def test_a_commands_help_imports_nothing_heavy(name):
    assert imported_by_help(name) - {"numpy"} == set()


def test_the_list_of_all_commands_imports_no_command():
    assert imported_by_help() == set()


@pytest.mark.parametrize("name", [name for name in OWN if name not in ("run", "info")])
def test_a_help_that_needs_no_numpy_does_not_import_it(name):
    assert imported_by_help(name) == set()


def test_a_mistyped_command_is_refused_before_anything_is_imported():
    program = """
import sys
from satchel.cli import main
main(["rnu"])
print("numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
