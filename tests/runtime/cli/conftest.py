"""What the tests of commands share."""

import numpy as np
import pytest

from helpers.tiny_bundles import encode_png
from satchel.cli.command import WRONG_USE

SCORES = np.float32([[0.25, 0.625, 0.125]])


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Pretend that no sibling is installed."""
    monkeypatch.setattr("satchel.cli.program.installed", dict)


@pytest.fixture
def one_line_error(satchel_says):
    """Return a function that runs a command line, which must fail with just one line."""

    def run(*words, code=WRONG_USE):
        found, out, err = satchel_says(*words)
        assert found == code
        assert out == []
        assert len(err) == 1, err
        assert err[0].startswith(f"satchel {words[0]}: ")
        assert "Traceback" not in err[0]
        return err[0]

    return run


@pytest.fixture
def images(tmp_path):
    """Return a folder of two images, a damaged one and a note."""
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    (folder / "b.png").write_bytes(encode_png(np.zeros((5, 5, 3), np.uint8)))
    (folder / "deeper" / "a.PNG").write_bytes(encode_png(np.full((9, 3), 200, np.uint8)))
    (folder / "a_damaged.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (folder / "note.md").write_text("no image")
    return folder
