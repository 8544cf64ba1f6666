"""The reference of errors: the tree of exceptions, from the source."""

import ast
from dataclasses import dataclass
from pathlib import Path

from make_site.places import GENERATED, ROOT, write_page

PACKAGES = ("runtime/satchel", "train/satchel_train", "convert/satchel_convert", "apps/pi/satchel_pi")
TREE_ROOT = "SatchelError"


@dataclass(frozen=True)
class ErrorClass:
    """One class of exceptions as its source says it."""

    name: str
    module: str
    parents: tuple[str, ...]
    meaning: str
    """The docstring, on one line."""


def all_errors() -> dict[str, ErrorClass]:
    """Return every class below SatchelError in the four packages, by its name.

    Raises:
        OSError: a source cannot be read.
    """
    classes = {}
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            classes.update(_classes(source, (ROOT / package).parent))
    known = {TREE_ROOT}
    while True:
        below = {n for n, each in classes.items() if known & set(each.parents)} - known
        if not below:
            return {name: classes[name] for name in classes if name in known}
        known |= below


def _classes(source: Path, above: Path) -> dict[str, ErrorClass]:
    module = ".".join(source.relative_to(above).with_suffix("").parts).removesuffix(".__init__")
    found = {}
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            parents = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
            meaning = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            found[node.name] = ErrorClass(node.name, module, parents, meaning)
    return found


def _tree(errors: dict[str, ErrorClass], name: str, depth: int) -> list[str]:
    below = sorted(each.name for each in errors.values() if name in each.parents)
    lines = [f"{'    ' * depth}{name}"]
    return lines + [line for each in below for line in _tree(errors, each, depth + 1)]


def write_errors() -> None:
    """Write the page of errors.

    Raises:
        OSError: a source cannot be read, or the page cannot be written.
    """
    errors = all_errors()
    tree = "\n".join(_tree(errors, TREE_ROOT, 0))
    rows = "\n".join(
        f"| `{each.name}` | `{each.module}` | {each.meaning.replace('|', '/')} |"
        for each in sorted(errors.values(), key=lambda each: each.name)
    )
    write_page(
        GENERATED / "errors.md",
        "# Errors\n\n"
        "Wrong input raises an exception of this tree. Its root is a `ValueError`. Every message "
        "is one line: what was expected, what was found and, where it is known, what to do. A "
        "command prints that line and ends with exit code 2.\n\n"
        f"```text\n{tree}\n```\n\n"
        f"| exception | module | when it is raised |\n|---|---|---|\n{rows}\n",
    )
