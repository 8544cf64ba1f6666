"""CITATION.cff follows the Citation File Format 1.2.0, as far as we use it."""

import datetime
import re

import yaml

from versions import ROOT, current

CITATION = ROOT / "CITATION.cff"
REQUIRED = {"cff-version", "message", "title", "authors"}
OPTIONAL = {"type", "abstract", "version", "date-released", "license", "keywords"}
"""What the format's schema requires, and of what it allows the fields that we use."""


def test_the_citation_has_the_fields_of_the_format_and_no_other():
    fields = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    assert set(fields) >= REQUIRED
    assert set(fields) <= REQUIRED | OPTIONAL
    assert fields["cff-version"] == "1.2.0"
    assert fields["type"] in ("software", "dataset")
    assert all(isinstance(fields[name], str) for name in ("message", "title", "abstract"))
    assert fields["authors"]
    for author in fields["authors"]:
        # An entity has a name; a person has family and given names.
        assert set(author) == {"name"} or set(author) <= {"family-names", "given-names", "orcid"}
    assert len(set(fields["keywords"])) == len(fields["keywords"])


def test_the_citation_names_this_version_licence_and_the_date_of_a_release():
    fields = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    assert fields["version"] == current()
    assert fields["license"] == "Apache-2.0"
    date = fields["date-released"]
    assert datetime.date.fromisoformat(date)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(current())}\] - {date}$", changelog, re.MULTILINE)
