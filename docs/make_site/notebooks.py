"""Notebooks of the tutorials, from their Markdown."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from make_site.places import DOCS, GENERATED

TUTORIALS = DOCS / "tutorials"
BLOCK = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<code>.*?)^```$\n?", re.M | re.S)
RUN = ("python", "sh")
"""The languages of blocks that become cells of code."""


def notebook(text: str) -> nbformat.NotebookNode:
    """Return a notebook of a tutorial: prose becomes cells of text, blocks become cells of code.

    Shown output is left out, because running the notebook makes it. A block of shell commands
    becomes a cell that begins with ``%%bash``.
    """
    cells, at = [], 0
    for match in BLOCK.finditer(text):
        if match["language"] not in (*RUN, "output"):
            continue
        _add_prose(cells, text[at : match.start()])
        at = match.end()
        if match["language"] in RUN:
            start = "%%bash\n" if match["language"] == "sh" else ""
            cells.append(new_code_cell(start + match["code"].rstrip("\n")))
    _add_prose(cells, text[at:])
    for number, cell in enumerate(cells):
        # A random id would make every build another one.
        cell["id"] = f"cell-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def _add_prose(cells: list[nbformat.NotebookNode], text: str) -> None:
    text = re.sub(r"^:::.*?^:::$\n?", "", text, flags=re.M | re.S)
    if text.strip():
        cells.append(new_markdown_cell(text.strip()))


def write_notebooks() -> list[Path]:
    """Write a notebook for each tutorial and return their paths.

    Raises:
        OSError: a tutorial cannot be read, or a notebook cannot be written.
        nbformat.ValidationError: a notebook is not one.
    """
    folder = GENERATED / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for page in sorted(TUTORIALS.glob("[0-9]*.md")):
        made = notebook(page.read_text("utf-8"))
        nbformat.validate(made)
        path = folder / f"{page.stem}.ipynb"
        path.write_text(nbformat.writes(made), encoding="utf-8")
        written.append(path)
    return written
