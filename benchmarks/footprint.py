"""Counts the bytes that `pip install satchel[litert,images]` puts on a disk, by distribution.

    .venv/bin/python benchmarks/footprint.py

Builds the runtime's wheel, installs it with LiteRT and Pillow into an environment of its own, and
sums the files that each distribution says are its own, without bytecode.
"""

import subprocess
import tempfile
from pathlib import Path

from side_by_side import ROOT, find_uv

COUNT = """
from importlib.metadata import distributions
for each in distributions():
    sizes = [f.locate().stat().st_size for f in each.files or () if f.suffix != ".pyc"]
    print(each.name, each.version, sum(sizes))
"""


def main() -> None:
    """Build, install and print a table."""
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        uv, dist, place = find_uv(), Path(scratch) / "dist", Path(scratch) / "installed"
        python = place / "bin" / "python"
        subprocess.run(
            [uv, "build", "--quiet", "--wheel", "--out-dir", dist, ROOT / "runtime"], check=True
        )
        [wheel] = dist.glob("*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes\n")
        subprocess.run([uv, "venv", "--quiet", place], check=True)
        wanted = f"satchel[litert,images] @ {wheel.as_uri()}"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, wanted], check=True)
        counted = subprocess.run([python, "-c", COUNT], check=True, capture_output=True, text=True)
    print("| distribution | version | installed, bytes |\n|---|---|--:|")
    for line in sorted(counted.stdout.splitlines(), key=lambda line: -int(line.split()[-1])):
        name, version, size = line.split()
        print(f"| {name} | {version} | {int(size):,} |")


if __name__ == "__main__":
    main()
