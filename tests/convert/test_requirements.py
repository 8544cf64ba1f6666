"""What ``pip install satchel-convert`` brings along, by the workspace's lock file."""

import tomllib
from pathlib import Path

import pytest

LOCK = tomllib.loads((Path(__file__).parents[2] / "uv.lock").read_text(encoding="utf-8"))


def brought_along(name, *, extras=()):
    """Return the names of all that a distribution needs, on any platform, itself included."""
    found, waiting = set(), [(name, tuple(extras))]
    while waiting:
        wanted = waiting.pop()
        if wanted in found:
            continue
        found.add(wanted)
        name, extras = wanted
        for package in LOCK["package"]:
            if package["name"] != name:
                continue
            needs = list(package.get("dependencies", []))
            for extra in extras:
                needs += package.get("optional-dependencies", {}).get(extra, [])
            waiting += [(need["name"], tuple(need.get("extra", ()))) for need in needs]
    return {name for name, _ in found}


@pytest.mark.parametrize("distribution", ["satchel", "satchel-train", "satchel-convert"])
def test_neither_mediapipe_nor_opencv_is_brought_along(distribution):
    extras = {"satchel": ["litert", "onnx", "images"], "satchel-convert": ["ray"]}
    found = brought_along(distribution, extras=extras.get(distribution, []))
    assert {"satchel", "numpy"} <= found
    assert not [name for name in found if "mediapipe" in name or "opencv" in name]


def test_what_reads_and_writes_flatbuffers_is_named_and_comes():
    (convert,) = (each for each in LOCK["package"] if each["name"] == "satchel-convert")
    assert "flatbuffers" in {each["name"] for each in convert["dependencies"]}
    assert {"tensorflow", "ray"} <= brought_along("satchel-convert", extras=["ray"])


def test_the_tests_bring_mediapipe_themselves():
    (workspace,) = (each for each in LOCK["package"] if each["name"] == "satchel-workspace")
    assert "mediapipe" in {each["name"] for each in workspace["dev-dependencies"]["dev"]}
    assert "opencv-contrib-python" in brought_along("mediapipe")
