"""What a page says of the model, the data and the programs behind it."""

from pathlib import Path

from satchel.bundle import open_bundle
from satchel_convert.reporting.facts import facts_of, made_by
from satchel_convert.reporting.report import Report

DIGITS = Path(__file__).parents[3] / "tests" / "golden" / "digits.satchel"


def test_a_report_says_what_its_card_says():
    card = open_bundle(DIGITS).card
    facts = dict(facts_of(card))
    assert facts["bundle"] == f"{card.name} {card.version}, image-classification"
    assert facts["trained"] == card.provenance["created"]
    assert facts["output"].startswith("10 labels: 0, 1, 2")
    assert card.provenance["converter"] in facts["versions"]
    assert facts_of(card) == facts_of(card)


def test_a_card_that_says_little_gives_few_facts():
    card = open_bundle(DIGITS).card._replace(provenance={"created": ["no", "text"]})
    assert [name for name, _ in facts_of(card)] == ["bundle", "input", "output"]


def test_a_command_adds_its_words_and_the_day():
    report = made_by(Report("x", "image-classification", 1, 1.0, ()), ["verify", "a b.satchel"])
    assert [name for name, _ in report.facts] == ["date", "command"]
    assert dict(report.facts)["command"] == "satchel verify 'a b.satchel'"
