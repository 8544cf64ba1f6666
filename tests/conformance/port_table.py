"""Write the table of ``docs/conformance.md``: how many cases of the vectors each language passed.

    make conformance-table

It counts what the ports' own tests wrote into ``build/ports``: no number is typed. A file that is
missing, because a port was skipped, is an empty column.
"""

import ast
import json
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from conformance.card_schema import ROOT
from conformance.vector_files import FOLDER

PAGE_PATH = ROOT / "docs/conformance.md"
REPORTS = ROOT / "build/ports"
PYTHON_TESTS = ROOT / "tests/runtime/test_conformance.py"
BEGIN = "<!-- cases that passed: make conformance-table -->"
END = "<!-- end of cases that passed -->"
_SHARED = {("refusals", "keys"), ("texts", "texts"), ("tokenizers", "texts")}
"""Lists that are no cases"""

_MORE_LISTS = {
    "test_a_card_with_one_field_changed_is_refused_or_read": ("card_refusals", "cases"),
    "test_a_longer_latent_is_the_same_bits": ("latents", "longer"),
    "test_models_say_what_they_said_where_the_vectors_were_made": ("scores", "cases"),
}
"""Lists that Python's tests go through themselves, and not by `each`"""

_NOT_PASSED = ("failure", "error", "skipped")

Passed = Counter[tuple[str, str]]
"""The number of cases that passed, by file and list"""


def main() -> None:
    """Write the table into the page."""
    page = PAGE_PATH.read_text(encoding="utf-8")
    PAGE_PATH.write_text(with_table(page, table()), encoding="utf-8")


def with_table(page: str, lines: str) -> str:
    """Return the page with the table in the place of the one between the marks."""
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    return f"{page[:begin]}\n{lines}\n{page[end:]}"


def table() -> str:
    """Return the table in Markdown, a row for each list of cases."""
    columns = [python_passed(), typescript_passed(), lines_passed("kotlin"), lines_passed("swift")]
    rows = []
    for (file, name), count in cases().items():
        found = [str(column[file, name]) if column[file, name] else "—" for column in columns]
        rows.append(f"| `{file}`: {name} | {count} | {' | '.join(found)} |")
    commit = subprocess.run(
        ["git", "rev-parse", "--short=7", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    day = datetime.now(UTC).date().isoformat()
    head = "| list | cases | Python | TypeScript | Kotlin | Swift |\n|---|---|---|---|---|---|"
    return "\n".join((f"Cases that passed on {day}, commit {commit}:\n", head, *rows))


def cases() -> dict[tuple[str, str], int]:
    """Return the number of cases of each list of each file of vectors."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        for name, value in json.loads(path.read_bytes()).items():
            if isinstance(value, list) and (path.stem, name) not in _SHARED:
                found[path.stem, name] = len(value)
    return found


def python_passed() -> Passed:
    """Return what pytest's report says. A test has all cases of a list, and passes for all."""
    path = REPORTS / "python.xml"
    passed: Passed = Counter()
    if not path.exists():
        return passed
    outcomes: dict[str, set[str]] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        function = case.attrib["name"].partition("[")[0]
        outcome = next((each.tag for each in case if each.tag in _NOT_PASSED), "passed")
        outcomes.setdefault(function, set()).add(outcome)
    lists = python_lists(PYTHON_TESTS.read_text(encoding="utf-8"))
    for function, name in [*lists.items(), *_MORE_LISTS.items()]:
        # A test of an engine that is not here is skipped beside one that ran.
        if outcomes.get(function, set()) - {"skipped"} == {"passed"}:
            passed[name] = cases()[name]
    return passed


def python_lists(source: str) -> dict[str, tuple[str, str]]:
    """Return the file and the list of vectors that each test goes through by `each`."""
    tree = ast.parse(source)
    files: dict[str, str] = {}
    for node in tree.body:
        # IMAGES, TEXTS = map(load, ("pictures", "texts"))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            call = ast.unparse(node.value)
            if call.startswith("map(load, "):
                names = [
                    each.strip() for each in ast.unparse(node.targets[0]).strip("()").split(",")
                ]
                files.update(zip(names, ast.literal_eval(node.value.args[1]), strict=True))
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            match = re.fullmatch(r"each\((\w+)\['(\w+)'\]\)", ast.unparse(decorator))
            if match:
                found[node.name] = files[match[1]], match[2]
    return found


def typescript_passed() -> Passed:
    """Return what vitest's report says of `test.each(VECTORS.list)`, by the line that it names."""
    path = REPORTS / "typescript.json"
    passed: Passed = Counter()
    if not path.exists():
        return passed
    for report in json.loads(path.read_bytes())["testResults"]:
        source = Path(report["name"]).read_text(encoding="utf-8")
        lists = typescript_lists(source)
        for case in report["assertionResults"]:
            line = (case.get("location") or {}).get("line")
            if case["status"] == "passed" and line in lists:
                passed[lists[line]] += 1
    return passed


def typescript_lists(source: str) -> dict[int, tuple[str, str]]:
    """Return the file and the list of vectors that each line's tests are parametrized with."""
    loaded = dict(re.findall(r'const (\w*VECTORS)\b[^=]*= \w+(?:<[^>]*>)?\("(\w+)"\)', source))
    found = {}
    for number, line in enumerate(source.splitlines(), 1):
        match = re.search(r"test\.each\((\w*VECTORS)\.(\w+)\)", line)
        if match and match[1] in loaded:
            found[number] = loaded[match[1]], match[2]
    return found


def lines_passed(port: str) -> Passed:
    """Return what a port wrote: a line of file, list and place for each case that passed."""
    path = REPORTS / port
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return Counter((file, name) for file, name, _ in map(str.split, set(lines)))


if __name__ == "__main__":
    main()
