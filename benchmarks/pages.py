"""Says on the pages that benchmarks write where their figures come from."""

import datetime
import platform
import shutil
import subprocess


def written_by(script: str) -> str:
    """Return a sentence with the name of a script, the date, the machine and the commit."""
    return (
        f"Written by `benchmarks/{script}` on {datetime.date.today()}, {platform.machine()},"
        f" commit {commit()}."
    )


def commit() -> str:
    """Return the abbreviated hash of the commit that is checked out."""
    git = [shutil.which("git") or "git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
