"""Where the golden bundles lie, and an image that they classify."""

from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"
SEVEN = (GOLDEN / "seven.png").read_bytes()
