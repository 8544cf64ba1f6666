"""The command lines that the pages show are command lines."""

import argparse
import json
import re
import shlex

import pytest

from helpers.services import ROOT
from satchel_pi.commands import CAMERA, SERVE, camera, serve

PAGES = ("apps/pi/README.md", "docs/guides/serve.md")
COMMANDS = {"serve": serve, "camera": camera}
EXAMPLES = {"serve": SERVE.example, "camera": CAMERA.example}


def blocks(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```\n(.*?)^```$", text, re.M | re.S))


def parse(name, words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    COMMANDS[name].add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_is_one(page):
    shown = blocks(page)
    lines = re.findall(r"^satchel (serve|camera) (.+)$", shown, re.M)
    for name, words in lines:
        parse(name, shlex.split(words, comments=True))
    more = re.findall(r"--also '([^']+)'", (ROOT / page).read_text(encoding="utf-8"))
    for words in more:
        if "…" not in words:
            parse("serve", [*words.split(), "--host", "0.0.0.0", "x.satchel"])
    assert lines or more


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_one(name):
    words = shlex.split(EXAMPLES[name])
    assert words[:2] == ["satchel", name]
    parse(name, words[2:])


def test_the_options_of_the_installer_are_its_own():
    script = (ROOT / "apps/pi/deploy/install.sh").read_text()
    for line in re.findall(r"install\.sh (.+)$", blocks("docs/guides/serve.md"), re.M):
        for option in re.findall(r"--[a-z]+", line):
            assert f"        {option}) " in script


def test_the_answer_that_the_readme_shows_has_the_fields_of_an_answer(service, image):
    text = (ROOT / "apps/pi/README.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)
    assert list(json.loads(shown)) == list(service.post("/v1/classify/fake", image).json)


def test_the_readme_names_every_path(service):
    text = (ROOT / "apps/pi/README.md").read_text(encoding="utf-8")
    for path in service.get("/openapi.json").json["paths"]:
        assert re.sub(r"/(fake|words)(?=/|$)", "/NAME", path) in text
