"""Only the modules of tasks ask which kind of input or output there is."""

import ast
from pathlib import Path

import pytest

from satchel.bundle.task_table import TASKS

ROOT = Path(__file__).parents[1]
PACKAGES = [
    "runtime/satchel",
    "convert/satchel_convert",
    "train/satchel_train",
    "apps",
    "benchmarks",
]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
KINDS = {
    "ImageInput", "TextInput", "LatentInput", "LabelOutput", "ImageOutput", "VerifiedLabels",
    "VerifiedImages", "LabelLimits", "ImageLimits",
}  # fmt: skip
ENDS = {"input", "output", "taken", "given", "input_spec", "output_spec"}


def names_in(node):
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def questions(tree):
    """Yield the line of each ``isinstance``, ``match`` or comparison that asks for a kind.

    An assertion asks nothing: it tells the type checker what a caller has made sure of.
    """
    asserted = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        for each in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in asserted:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("isinstance", "issubclass") and names_in(node) & KINDS:
                yield node.lineno
        elif isinstance(node, ast.MatchClass) and names_in(node.cls) & KINDS:
            yield node.lineno
        elif isinstance(node, ast.Compare | ast.Subscript):
            for each in ast.walk(node):
                if (
                    isinstance(each, ast.Attribute)
                    and each.attr == "kind"
                    and isinstance(each.value, ast.Attribute | ast.Name)
                    and getattr(each.value, "attr", getattr(each.value, "id", "")) in ENDS
                ):
                    yield node.lineno
        if isinstance(node, ast.Compare) and any(
            isinstance(each, ast.Constant) and each.value in TASKS for each in ast.walk(node)
        ):
            yield node.lineno


def test_no_module_outside_of_tasks_asks_for_a_kind():
    asked = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if path.parent.name != "tasks"
        for line in questions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(MODULES) > 300
    assert asked == [], "ask the task instead: docs/decisions/0018-tasks-as-objects.md"


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(card.input, TextInput)",
        "isinstance(end, ImageInput | ImageOutput)",
        "isinstance(found, (VerifiedLabels, int))",
        "match given:\n case ImageOutput():\n  pass",
        "card.input.kind == 'image'",
        "LIMITS[card.output.kind]",
        "card.task == 'style-transfer'",
    ],
)
def test_a_question_is_seen(code):
    assert list(questions(ast.parse(code)))


def test_a_task_has_a_module_in_each_package_that_asks_it():
    for package in ("runtime/satchel", "convert/satchel_convert", "train/satchel_train"):
        for module in TASKS.values():
            assert (ROOT / package / "tasks" / f"{module}.py").is_file(), (package, module)
