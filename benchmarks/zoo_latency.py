"""Measures each model of the zoo on this machine, for the zoo's pages of the documentation site.

    python benchmarks/zoo_latency.py --out docs/zoo/latency.json

One thread, the runtime's whole way from the decoded input to the prediction, medians. It runs
`satchel bench` once for each bundle.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]


def measure(bundle: Path, seconds: float) -> dict[str, float | None]:
    """Return the median milliseconds of each model of ``bundle``; None for one that does not run.

    Raises:
        subprocess.CalledProcessError: the bundle cannot be measured.
    """
    words = ["bench", str(bundle), "--json", "--seconds", str(seconds)]
    done = subprocess.run(
        [sys.executable, "-m", "satchel", *words], capture_output=True, text=True, check=True
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["file"]: row["profile"] and row["profile"]["latency"]["p50_ms"] for row in rows}


def machine() -> str:
    """Return the processor, its number of cores and the load now, in words."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores = f"{os.cpu_count()} shared {platform.machine()} cores"
    return f"{cores} ({names[0] if names else 'unknown'}), load {os.getloadavg()[0]:.1f}"


def main() -> None:
    """Write the file that ``--out`` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    args = parser.parse_args()
    bundles = {
        each.name: {
            file: None if median is None else round(median, 3)
            for file, median in measure(each, args.seconds).items()
        }
        for each in sorted((ROOT / "zoo").glob("*.satchel"))
    }
    commit = subprocess.run(
        ["git", "rev-parse", "--short=8", "HEAD"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    found = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "commit": commit,
        "median_ms": bundles,
    }
    args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
