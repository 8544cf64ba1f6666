"""Prints what trainings measured, as the table in docs/results.md, from their model folders.

.venv/bin/python benchmarks/recorded.py mnist-7 mnist-1 mnist-2 imdb-lasso
"""

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

MEASURED = ("spread", "frechet_distance", "content_loss", "style_loss")
"""Names of the figures that trainings without labels record."""


def main() -> None:
    """Print a row for each folder, and mean and standard deviation for repeated seeds."""
    print("| training | seed | measured | epochs | parameters | time | commit | date |")
    print("|---|--:|---|--:|--:|--:|---|---|")
    accuracies = defaultdict(list)
    for folder in map(Path, sys.argv[1:]):
        training = json.loads((folder / "training.json").read_bytes())
        name = " ".join(filter(None, (training["recipe"], training["model"])))
        measured = {
            key: value
            for key, value in training.items()
            if key.startswith("test_accuracy") or key in MEASURED
        }
        cells = ", ".join(
            f"{key.replace('_', ' ')} {value:{'.2%' if 'accuracy' in key else '.4g'}}"
            for key, value in measured.items()
        )
        if "test_accuracy" in training:
            accuracies[name].append(training["test_accuracy"])
        minutes = training["seconds"] / 60
        print(
            f"| {name} | {training['seed']} | {cells} | {len(training['history']) or ''}"
            f" | {training['parameters']:,} | {minutes:.1f} min | {(training['commit'] or '')[:7]}"
            f" | {training['created'][:10]} |"
        )
    for name, values in accuracies.items():
        if len(values) > 1:
            mean, deviation = statistics.mean(values), statistics.stdev(values)
            print(f"\n{name}: {mean:.2%} +- {100 * deviation:.2f} pp over {len(values)} seeds")


if __name__ == "__main__":
    main()
