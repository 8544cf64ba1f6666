"""What an import costs, and the version that three places state."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import satchel
from satchel.errors import (
    BundleError,
    CardError,
    EngineError,
    InputError,
    OutputError,
    SatchelError,
    TrustError,
)

ROOT = Path(__file__).parents[2]
HEAVY = [
    "keras", "tensorflow", "onnx", "onnxruntime", "ai_edge_litert", "tflite_runtime", "PIL",
    "cryptography",
]  # fmt: skip


def loaded_by(statement):
    """Return which heavy modules a fresh interpreter has after ``statement``."""
    program = f"import sys\n{statement}\nprint(*({HEAVY!r} & sys.modules.keys()))".replace(
        repr(HEAVY), repr(set(HEAVY))
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    "statement",
    [
        "import satchel",
        "from satchel import *",
        "import satchel.cli.program",
        "import satchel.bundle.signing",
        "import satchel.bundle.trust",
        "import satchel.selftest.replay",
        "import satchel.tasks.protocols",
        "import satchel.testing",
        "import satchel.engines.onnx",
    ],
)
def test_an_import_loads_no_engine_no_training_stack_and_no_pillow(statement):
    assert loaded_by(statement) == []


def test_import_satchel_alone_does_not_even_load_numpy():
    assert loaded_by("import satchel; assert 'numpy' not in sys.modules") == []


@pytest.mark.parametrize("name", satchel.__all__)
def test_every_public_name_resolves(name):
    value = getattr(satchel, name)
    assert value.__name__ == name
    # Kept, so that the second look costs nothing.
    assert vars(satchel)[name] is value


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="no attribute 'Classifier'"):
        _ = satchel.Classifier


def test_the_public_names_are_sorted_and_each_there_once():
    assert satchel.__all__ == sorted(set(satchel.__all__))


def test_the_version_is_the_distributions():
    project = tomllib.loads((ROOT / "runtime" / "pyproject.toml").read_text(encoding="utf-8"))
    assert satchel.__version__ == project["project"]["version"]


def test_the_version_is_the_changelogs_newest_release():
    changelog = ROOT / "CHANGELOG.md"
    if not changelog.is_file():
        pytest.skip("CHANGELOG.md is not there")
    releases = re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog.read_text(encoding="utf-8"), re.M)
    assert releases[0] == satchel.__version__


def test_the_errors_form_the_tree_that_is_drawn():
    assert SatchelError.__bases__ == (ValueError,)
    # Siblings that other tests have imported hang theirs on the same root.
    own = {each for each in SatchelError.__subclasses__() if each.__module__ == "satchel.errors"}
    assert own == {BundleError, InputError, EngineError, OutputError}
    assert BundleError.__subclasses__() == [CardError, TrustError]


def test_the_package_says_that_it_is_typed():
    assert (Path(satchel.__file__).parent / "py.typed").is_file()
