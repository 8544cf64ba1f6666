"""The tiny bundles as files, and engines that are fakes."""

from pathlib import Path

import pytest
from hypothesis import settings

from helpers.fake_engines import Seam
from helpers.tiny_bundles import (
    GENERATOR_BUNDLE,
    IMAGE_BUNDLE,
    IMAGE_CARD,
    IMAGE_FILES,
    STYLE_BUNDLE,
    TEXT_BUNDLE,
)
from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.card import card_to_json, parse_card
from satchel.bundle.hashing import digest
from satchel.bundle.reading import open_bundle
from satchel.cli.program import main
from satchel.engines.engine import ENGINES, installed_engines
from satchel.engines.fake import FakeEngine

# A busy machine fails no test, nothing is written to the working directory, and the folder is done
# in seconds: set max_examples higher to search for longer.
settings.register_profile("satchel", deadline=None, database=None, max_examples=50)
settings.load_profile("satchel")

GOLDEN_DIGITS = Path(__file__).parents[1] / "golden" / "digits.satchel"


@pytest.fixture
def generator_path(tmp_path):
    path = tmp_path / "faces.satchel"
    path.write_bytes(GENERATOR_BUNDLE)
    return path


@pytest.fixture
def style_path(tmp_path):
    path = tmp_path / "style.satchel"
    path.write_bytes(STYLE_BUNDLE)
    return path


@pytest.fixture(scope="session")
def load(tmp_path_factory):
    """Return a function that opens the bundle of the given bytes."""
    path = tmp_path_factory.mktemp("load") / "any.satchel"

    def load(content):
        path.write_bytes(content)
        return open_bundle(path, whole=True)

    return load


@pytest.fixture
def image_path(tmp_path):
    path = tmp_path / "tiny.satchel"
    path.write_bytes(IMAGE_BUNDLE)
    return path


@pytest.fixture
def text_path(tmp_path):
    path = tmp_path / "tiny_text.satchel"
    path.write_bytes(TEXT_BUNDLE)
    return path


@pytest.fixture
def folder(tmp_path):
    """Return the image bundle as a folder."""
    files = {name: digest(content) for name, content in IMAGE_FILES.items()}
    entries = {CARD_NAME: card_to_json(IMAGE_CARD._replace(files=files)), **IMAGE_FILES}
    for name, content in entries.items():
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "tiny"


@pytest.fixture
def install_engines(monkeypatch):
    """Return a function: ``install_engines(litert=scores)`` installs that engine alone."""

    def install_engines(**outputs):
        seam = Seam({name: FakeEngine(output) for name, output in outputs.items()})
        for module in ("satchel.engines.engine", "satchel.inference.selection"):
            monkeypatch.setattr(f"{module}.is_installed", lambda name: name in outputs)
        monkeypatch.setattr("satchel.inference.model.open_engine", seam.open_engine)
        for module in (
            "satchel.inference.selection",
            "satchel.inference.tuned_choice",
            "satchel.cli.info",
        ):
            monkeypatch.setattr(f"{module}.engine_version", lambda name: "99.0.0")
        return seam

    return install_engines


@pytest.fixture
def no_engine_may_open(install_engines, monkeypatch):
    """Install an engine that fails the test when it is handed a model."""

    def refuse(name, model, *, threads):
        pytest.fail("an engine was opened on a bundle that should have been refused")

    install_engines(litert=None, onnx=None)
    monkeypatch.setattr("satchel.inference.model.open_engine", refuse)


@pytest.fixture(scope="session")
def digits_of(tmp_path_factory):
    """Return a function: the path of a real bundle, two models of the golden one for one engine.

    ``change`` takes each model's entry and returns another. The float32 one is the first.
    """
    engines = installed_engines()
    if not GOLDEN_DIGITS.is_file() or not engines:
        pytest.skip("no golden bundle, or no engine")

    def write(change=lambda entry: entry):
        files = unpack(GOLDEN_DIGITS.read_bytes())
        card = parse_card(files.pop(CARD_NAME))
        models = [
            entry
            for entry in card.models[::-1]
            if entry.format in ENGINES[engines[0]].formats
            and entry.scheme in ("float32", "full_int8")
        ]
        dropped = {entry.file for entry in card.models} - {entry.file for entry in models}
        kept = {name: content for name, content in files.items() if name not in dropped}
        listed = {name: card.files[name] for name in kept}
        card = card._replace(models=tuple(map(change, models)), files=listed)
        path = tmp_path_factory.mktemp("digits") / "digits.satchel"
        path.write_bytes(pack({CARD_NAME: card_to_json(card), **kept}))
        return path

    return write


@pytest.fixture(scope="session")
def digits_path(digits_of):
    return digits_of()


@pytest.fixture
def satchel_says(capsys, monkeypatch):
    """Return a function that runs a command line, with no sibling installed.

    It returns the exit code, and the lines of output and of errors.
    """
    monkeypatch.setattr("satchel.cli.program.installed", dict)

    def run(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return run
