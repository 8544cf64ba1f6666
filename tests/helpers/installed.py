"""The installed command, in a process of its own."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_installed(*words: object, environment: str = ".venv") -> subprocess.CompletedProcess[str]:
    """Run the command of an environment as a user does, and return what it printed."""
    command = [ROOT / environment / "bin" / "satchel", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
