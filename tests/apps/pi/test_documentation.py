"""The command lines that the pages show are command lines."""

import argparse
import json
import re
import shlex
import shutil
import subprocess
from collections import Counter
from typing import get_args

import pytest

from helpers.services import ROOT, running, zoo_service
from satchel.cli import main
from satchel_pi.camera.events import Event, Reason
from satchel_pi.commands import CAMERA, SERVE, camera, serve
from satchel_pi.http.refusal import PROBLEM_TYPES

CAMERA_GUIDE = ROOT / "docs" / "guides" / "camera.md"
PAGES = (
    "apps/pi/README.md", "docs/guides/serve.md", "docs/guides/http-api.md", "docs/guides/camera.md",
)  # fmt: skip
API = ROOT / "docs" / "guides" / "http-api.md"
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
    assert list(json.loads(shown)) == list(service.post("/v1/models/fake:predict", image).json)


def test_the_readme_names_every_path(service):
    text = (ROOT / "apps/pi/README.md").read_text(encoding="utf-8")
    for path in service.get("/openapi.json").json["paths"]:
        assert path in text


def test_the_guide_lists_every_kind_of_problem():
    rows = re.findall(r"^\| `(/docs#\S+)` \| (\d+) \|", API.read_text(encoding="utf-8"), re.M)
    assert rows == [(each.uri, str(each.status)) for each in PROBLEM_TYPES]


def test_the_page_with_documentation_has_a_place_for_every_kind_of_problem(service):
    page = service.get("/docs").content.decode()
    for each in PROBLEM_TYPES:
        assert f'id="{each.name}"' in page
        assert each.title in page


def test_the_guide_of_the_camera_shows_what_its_first_command_writes(capsys, monkeypatch):
    text = CAMERA_GUIDE.read_text(encoding="utf-8")
    line = re.search(r"^```\nsatchel (.+)\n```$", text, re.M)[1]
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(line)) == 0
    [shown] = re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)
    found = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    told = [json.loads(each) for each in shown.splitlines()]
    assert [list(each.items())[1:] for each in found] == [list(each.items())[1:] for each in told]


def test_the_guide_of_the_camera_lists_every_field_and_reason_of_an_event():
    text = CAMERA_GUIDE.read_text(encoding="utf-8")
    fields, reasons = (
        [name for row in re.findall(r"^\| (`.+?`) \|", table, re.M) for name in row.split(", ")]
        for table in re.findall(r"^\| (?:field|reason) \|.*?(?=\n\n)", text, re.M | re.S)
    )
    assert fields == [f"`{name}`" for name in Event._fields]
    assert reasons == [f"`{name}`" for name in get_args(Reason)]


@pytest.fixture(scope="module")
def zoo():
    """The service that the guide starts, with its bundles."""
    shown = API.read_text(encoding="utf-8")
    [bundles] = re.findall(r"^satchel serve (.+)$", shown, re.M)
    service = zoo_service(*re.findall(r"zoo/(\w+)\.satchel", bundles))
    with running(service) as found:
        yield found


def curl(line, url, folder):
    """Run a line of the guide as a shell does, in a folder that has what a checkout has."""
    for name in ("zoo", "README.md"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    words = shlex.split(line.replace("http://127.0.0.1:8080", url))
    done = subprocess.run(
        [*words, "--silent", "--show-error"],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_request_of_the_guide_is_answered_as_it_says(zoo, tmp_path):
    shown = API.read_text(encoding="utf-8")
    lines = re.findall(r"^curl .+$", shown, re.M)
    assert len(lines) >= 10
    found = {line: curl(line, zoo.url, tmp_path) for line in lines}
    kinds = Counter()
    for line, content in found.items():
        if written := re.search(r"--output (\S+\.png)", line):
            assert (tmp_path / written[1]).read_bytes().startswith(b"\x89PNG")
        elif "--include" in line:
            assert b"x-request-id: order-4711" in content.lower()
        else:
            answer = json.loads(content)
            kinds[answer.get("kind", next(iter(answer)))] += 1
            for each in answer.get("results", []):
                kinds[f"{each['kind']} in a batch"] += 1
    assert kinds == {
        "labels": 5, "image": 1, "model": 3, "models": 1, "type": 1, "tokens": 1, "answers": 1,
        "labels in a batch": 3, "problem in a batch": 1,
    }  # fmt: skip
    [asks_nobody] = [line for line in lines if "/nobody:" in line]
    # What the guide shows as answers are those of the lines before them.
    for told, line in zip(
        re.findall(r"^```json\n(.+)\n```$", shown, re.M), [lines[0], asks_nobody], strict=True
    ):
        expected, answer = json.loads(told), json.loads(found[line])
        assert list(answer) == list(expected)
        for name in set(answer) - {"latency_ms", "instance"}:
            assert answer[name] == expected[name]
