"""The rooms of the runtime and their faces: docs/decisions/0017-rooms-of-the-runtime.md."""

import ast
import gc
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from satchel.faces import collection_put_off

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "runtime" / "satchel"
FACES = sorted(
    "satchel" if path.parent == RUNTIME else f"satchel.{path.parent.name}"
    for path in [RUNTIME / "__init__.py", *RUNTIME.glob("*/__init__.py")]
)


def names_for_type_checkers(package):
    """Return public name to defining module, as the TYPE_CHECKING block of a face has them."""
    tree = ast.parse(Path(import_module(package).__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body]
    return {alias.asname: node.module for node in imports for alias in node.names}


def imported_modules(path):
    """Return every module that the file at ``path`` imports from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return froms | plain


@pytest.mark.parametrize("package", FACES)
def test_a_face_offers_what_it_tells_type_checkers(package):
    face = import_module(package)
    homes = names_for_type_checkers(package)
    assert homes.keys() == set(dir(face)) == set(face.__all__)
    for name, module in homes.items():
        assert getattr(face, name) is getattr(import_module(module), name)


@pytest.mark.parametrize("package", FACES)
def test_a_face_says_which_name_it_lacks(package):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'colour'"):
        import_module(package).colour  # noqa: B018 - the look itself raises


def test_the_runtime_has_at_most_twenty_entries():
    entries = {path.name for path in RUNTIME.iterdir()} - {"__init__.py", "__pycache__"}
    assert len(entries) <= 20


@pytest.mark.parametrize(
    "path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.name
)
def test_a_benchmark_imports_from_faces_only(path):
    deep = {
        name
        for name in imported_modules(path)
        if name and name.startswith("satchel.") and name.count(".") > 1
    }
    assert deep == set()


@pytest.fixture
def collecting():
    """Leave garbage collection on and nothing frozen, as the test found it."""
    gc.enable()
    gc.unfreeze()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collecting")
def test_nothing_is_collected_meanwhile_and_all_is_old_then():
    with collection_put_off():
        assert not gc.isenabled()
        made = [[]]
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert any(each is made for each in gc.get_objects(generation=2))


@pytest.mark.usefixtures("collecting")
def test_collection_goes_on_after_an_error():
    with pytest.raises(ValueError, match="odd"), collection_put_off():
        raise ValueError("odd")
    assert gc.isenabled()


@pytest.mark.usefixtures("collecting")
def test_a_program_without_collection_keeps_it_off():
    gc.disable()
    with collection_put_off():
        pass
    assert not gc.isenabled()


@pytest.mark.usefixtures("collecting")
def test_what_a_program_has_frozen_stays_frozen():
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collection_put_off():
        pass
    # A few of them may have been freed.
    assert gc.get_freeze_count() > frozen // 2 > 0


def test_a_model_opens_without_collection_and_leaves_it_on():
    program = (
        "import gc, sys; from satchel import ImageClassifier; runs = []\n"
        "gc.callbacks.append(lambda phase, info: runs.append(phase))\n"
        "ImageClassifier(sys.argv[1]); print(len(runs), gc.isenabled())"
    )
    words = [sys.executable, "-c", program, str(ROOT / "tests" / "golden" / "digits.satchel")]
    assert subprocess.run(words, capture_output=True, text=True).stdout.split() == ["0", "True"]
