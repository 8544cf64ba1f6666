"""What the check of a signature costs, by itself and where a bundle is opened in a new process.

    .venv/bin/python benchmarks/signature_cost.py tests/golden/digits.satchel [--rounds 15]

Milliseconds of processor time, not of the clock: medians with the smallest and largest round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from satchel.bundle import CARD_NAME, new_key_pair, sign, unpack
from satchel.signatures import SIGNATURE_NAME, check_signature

OPENINGS = {
    "open the bundle, unsigned": "open_bundle('unsigned.satchel')",
    "open it signed": "open_bundle('signed.satchel')",
    "open it signed, with trust": "open_bundle('signed.satchel', trust='signer.pub')",
}


def check_ms(archive: bytes) -> float:
    """Return how long the check alone takes, where it has been imported."""
    entries = unpack(archive)
    start = time.process_time()
    check_signature(entries[SIGNATURE_NAME], entries[CARD_NAME])
    return (time.process_time() - start) * 1e3


def opening_ms(opening: str, folder: Path) -> float:
    """Return how long an opening takes in a new process that has imported ``open_bundle``."""
    program = (
        "from time import process_time as now\nfrom satchel import open_bundle\n"
        f"start = now()\n{opening}\nprint((now() - start) * 1e3)"
    )
    # Modules are compiled once, as they are where they are installed.
    environment: Mapping[str, str] = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    pair = new_key_pair("signer")
    archive = args.bundle.read_bytes()
    signed = sign(archive, key=pair.private, passphrase=str).archive
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "unsigned.satchel").write_bytes(archive)
        (folder / "signed.satchel").write_bytes(signed)
        (folder / "signer.pub").write_bytes(pair.public)
        for _ in range(args.rounds + 1):
            openings = [opening_ms(opening, folder) for opening in OPENINGS.values()]
            rounds.append([check_ms(signed), *openings])
    print("| step | median, ms | rounds, ms |\n|---|--:|--:|")
    # The first round compiles.
    steps = ["check a signature", *OPENINGS]
    for step, values in zip(steps, zip(*rounds[1:], strict=True), strict=True):
        middle, least, most = statistics.median(values), min(values), max(values)
        print(f"| {step} | {middle:.1f} | {least:.1f} to {most:.1f} |")


if __name__ == "__main__":
    main()
