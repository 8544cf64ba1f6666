"""Where the files of other publishers are, which are not in the repository."""

import os
from pathlib import Path

import pytest


def _find():
    beside = Path(__file__).parents[3] / "shared" / "data" / "world"
    place = Path(os.environ.get("SATCHEL_WORLD") or beside)
    return place if place.is_dir() else None


WORLD: Path | None = _find()
"""The folder, by the variable SATCHEL_WORLD or beside the repository; None where there is none"""

needs_world_files = [
    pytest.mark.world_files,
    pytest.mark.skipif(WORLD is None, reason="SATCHEL_WORLD names no folder of others' files"),
]
"""The marks of a test that reads them"""
