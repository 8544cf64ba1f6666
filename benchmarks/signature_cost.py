"""Measures the check of a signature, by itself and when a new process opens a bundle.

    .venv/bin/python benchmarks/signature_cost.py tests/golden/digits.satchel [--rounds 15]

Prints milliseconds of processor time, not of elapsed time: medians with the smallest and largest
round.
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
    """Return the processor time of the check alone, after its import, in milliseconds."""
    entries = unpack(archive)
    start = time.process_time()
    check_signature(entries[SIGNATURE_NAME], entries[CARD_NAME])
    return (time.process_time() - start) * 1e3


def opening_ms(opening: str, folder: Path) -> float:
    """Return the processor time of ``opening`` in a new process, in milliseconds.

    The import of ``open_bundle`` is not counted.
    """
    program = (
        "from time import process_time as now\nfrom satchel import open_bundle\n"
        f"start = now()\n{opening}\nprint((now() - start) * 1e3)"
    )
    # Compile modules only once, as an installation does.
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
    # Leave out the first round, which compiles the modules.
    steps = ["check a signature", *OPENINGS]
    for step, values in zip(steps, zip(*rounds[1:], strict=True), strict=True):
        middle, least, most = statistics.median(values), min(values), max(values)
        print(f"| {step} | {middle:.1f} | {least:.1f} to {most:.1f} |")


if __name__ == "__main__":
    main()
