"""Measures how long `import satchel` takes beyond NumPy's own import, in new processes.

    .venv-device/bin/python benchmarks/import_time.py [--rounds 21]

It also measures the first classifier, because imports happen when they are first needed. Prints
medians with the smallest and largest round, in milliseconds.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
BUNDLE = str(GOLDEN / "digits.satchel")
IMAGE = str(GOLDEN / "seven.png")
STEPS = {
    "import numpy": "import numpy",
    "then import satchel": "import satchel",
    "then from satchel import ImageClassifier": "from satchel import ImageClassifier",
    "then open a bundle in LiteRT": f"classifier = ImageClassifier({BUNDLE!r})",
    "then the first image": f"classifier.classify({IMAGE!r})",
}


def one_round() -> list[float]:
    """Return the milliseconds of each step in a new process."""
    program = "from time import perf_counter as now\n"
    for step in STEPS.values():
        program += f"start = now()\n{step}\nprint((now() - start) * 1e3)\n"
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in printed.split()]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    rounds = [one_round() for _ in range(parser.parse_args().rounds)]
    print("| step | median, ms | rounds, ms |\n|---|---|---|")
    for name, values in zip(STEPS, zip(*rounds, strict=True), strict=True):
        print(
            f"| {name} | {statistics.median(values):.1f} | {min(values):.1f} to {max(values):.1f} |"
        )


if __name__ == "__main__":
    main()
