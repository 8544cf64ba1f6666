"""Simulates how often the non-inferiority test passes, fails or does not decide.

.venv/bin/python benchmarks/non_inferiority.py --margin 0.5

The simulated model has a known loss of accuracy. The two models disagree on some samples: one is
right and the other wrong. The true loss says how many more of these the model loses than it gains.
Each cell is a share of the runs.
"""

import argparse
from collections import Counter

import numpy as np

from satchel_convert.verification.non_inferiority import Pairs, non_inferiority

SAMPLES = (1_000, 10_000, 25_000)
LOSSES = (0.0, 0.2, 0.5, 1.0)
"""The true losses of accuracy, in percentage points."""
DISAGREEMENTS = (1.0, 3.0)
"""The shares of samples on which the two models disagree, in percent."""


def main() -> None:
    """Simulate and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--margin", type=float, default=0.5, help="percentage points")
    parser.add_argument("--runs", type=int, default=1000)
    args = parser.parse_args()
    print("| samples | disagreement | true loss, pp | pass | fail | undecided |")
    print("|--:|--:|--:|--:|--:|--:|")
    random = np.random.default_rng(0)
    for samples in SAMPLES:
        for disagreement in DISAGREEMENTS:
            for loss in LOSSES:
                gained = (disagreement - loss) / 200
                shares = [gained + loss / 100, gained, 1 - disagreement / 100]
                draws = random.multinomial(samples, shares, size=args.runs)
                # Most runs draw the same few counts.
                decided = Counter()
                for (lost, more, _), times in Counter(map(tuple, draws.tolist())).items():
                    verdict = non_inferiority(Pairs(samples, lost, more), margin=args.margin / 100)
                    decided[verdict.decision] += times
                cells = (
                    f"{decided[name] / args.runs:.1%}" for name in ("pass", "fail", "undecided")
                )
                print(f"| {samples:,} | {disagreement:g} % | {loss:g} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
