"""No case of the list is missing, and no reference leads nowhere."""

import ast
import json
import re
from pathlib import Path

from hostile.card_files import cards
from hostile.catalogue import CASES, ELSEWHERE, WITHOUT
from hostile.container_files import containers
from hostile.mutations import bases
from satchel.bundle.archive import CARD_NAME

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def named_in(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def numbered():
    """Return the cases that tests here name, or generators yield."""
    image, text = bases()
    found = {container.case for container in containers(image)}
    fields = [json.loads(entries[CARD_NAME]) for entries in (image, text)]
    found |= {card.case for card in cards(*fields)}
    for path in HERE.glob("test_*.py"):
        for name in named_in(path):
            named = re.match(r"test_cases?_(\d+)(?:_and_(\d+))?_", name)
            found |= {int(number) for number in named.groups() if number} if named else set()
    return found


def test_every_case_has_a_test_or_a_reason():
    assert list(CASES) == list(range(1, 53))
    assert set(CASES) - numbered() - set(ELSEWHERE) == set(WITHOUT)


def test_a_case_with_a_test_has_no_excuse():
    assert not set(WITHOUT) & (numbered() | set(ELSEWHERE))
    assert numbered() | set(ELSEWHERE) | set(WITHOUT) <= set(CASES)


def test_every_test_that_is_referred_to_exists():
    for places in ELSEWHERE.values():
        for place in places:
            file, _, name = place.partition("::")
            assert name in named_in(ROOT / file), place
