"""Enumerates how often tests of non-inferiority pass a model, and prints decision 6's tables.

.venv/bin/python benchmarks/non_inferiority.py

Nothing is simulated. The samples on which exactly one of two models is right follow a binomial
distribution, and so does the part of them that is lost. Each figure adds up the probabilities of
all counts that pass. The first table takes about a minute for each method.
"""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from satchel_convert.statistics import drop_score
from satchel_convert.statistics.score_interval import CRITICAL, FEWER

MARGINS = (0.005, 0.01, 0.02)
DISAGREE_MOST = 0.1
"""The largest share of samples, of the grid, on which exactly one model is right"""
FEW = 10
"""Where Satchel changed from an exact interval to Tango's until this table was made"""
POWER_CASES = (
    (500, 0.006, 0.01), (1_000, 0.006, 0.01), (2_500, 0.003, 0.005), (300, 0.01, 0.01),
    (1_000, 0.03, 0.01), (10_000, 0.01, 0.005), (10_000, 0.03, 0.005), (25_000, 0.05, 0.005),
)  # fmt: skip
"""Samples, disagreement and margin of a model that loses nothing"""

Passes = Callable[[int, NDArray[Any], NDArray[Any], float], NDArray[np.bool_]]
"""From samples, lost, gained and margin to whether a test passes"""


class Worst(NamedTuple):
    """The largest probability of a false pass, and where it is."""

    share: float
    samples: int
    margin: float
    disagreement: float


def tango(samples: int, lost: NDArray[Any], gained: NDArray[Any], margin: float) -> Any:
    """Return whether Tango's test passes, without Satchel's factor."""
    scale = np.sqrt(1 - FEWER / samples)
    return drop_score(samples, lost, gained, margin) / scale < -CRITICAL


def satchel(samples: int, lost: NDArray[Any], gained: NDArray[Any], margin: float) -> Any:
    """Return whether Satchel's test passes."""
    return drop_score(samples, lost, gained, margin) < -CRITICAL


def exact_product(samples: int, lost: NDArray[Any], gained: NDArray[Any], margin: float) -> Any:
    """Return whether Clopper and Pearson's limits pass, each at half the error, multiplied."""
    differing = lost + gained
    error = (1 - 0.95) / 4
    most_lost = np.where(
        lost == differing, 1.0, stats.beta.ppf(1 - error, lost + 1, np.maximum(gained, TINY))
    )
    differ = np.where(
        differing == samples, 1.0, stats.beta.ppf(1 - error, differing + 1, samples - differing)
    )
    least = np.where(differing == 0, 0.0, stats.beta.ppf(error, differing, samples - differing + 1))
    upper = 2 * most_lost - 1
    return upper * np.where(upper > 0, differ, least) < margin


def joined(samples: int, lost: NDArray[Any], gained: NDArray[Any], margin: float) -> Any:
    """Return whether the former rule passes: exact limits for few counts, Tango's for others."""
    few = exact_product(samples, lost, gained, margin)
    return np.where(lost + gained < FEW, few, tango(samples, lost, gained, margin))


def bonett_price(samples: int, lost: NDArray[Any], gained: NDArray[Any], margin: float) -> Any:
    """Return whether the adjusted Wald interval of Bonett and Price (2012) passes."""
    more, fewer = (lost + 1) / (samples + 2), (gained + 1) / (samples + 2)
    variance = (more + fewer - (more - fewer) ** 2) / (samples + 2)
    return more - fewer + CRITICAL * np.sqrt(variance) < margin


METHODS: dict[str, Passes] = {
    "exact limits below 10, Tango from 10 on (until now)": joined,
    "exact limits, multiplied": exact_product,
    "Bonett and Price 2012": bonett_price,
    "Tango 1998": tango,
    "Tango 1998, its variance n / (n - 4) times": satchel,
}
TINY = 1e-12


def main() -> None:
    """Enumerate and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--coarse", action="store_true", help="fewer numbers of samples")
    numbers = sample_numbers(coarse=parser.parse_args().coarse)
    print("| method | most false passes | samples, margin, disagreement | over 2.7 % | steps up |")
    print("|---|--:|---|--:|--:|")
    for name, passes in METHODS.items():
        found = sorted(worst_of_each(passes, numbers), reverse=True)
        over = sum(each.share > 0.027 for each in found)
        first = found[0]
        place = f"{first.samples:,}, {100 * first.margin:g} pp, {100 * first.disagreement:.1f} %"
        steps = sum(steps_up(passes, samples, margin) for samples in (500, 1000, 2500)
                    for margin in MARGINS)  # fmt: skip
        print(f"| {name} | {first.share:.2%} | {place} | {over} of {len(found)} | {steps} |")
    print()
    headings = [
        f"n {n:,}, {100 * share:g} %, {100 * margin:g} pp" for n, share, margin in POWER_CASES
    ]
    print("| method |", " | ".join(headings), "|")
    print("|---|", "--:|" * len(headings))
    for name, passes in METHODS.items():
        cells = [f"{lossless_pass(passes, *case):.1%}" for case in POWER_CASES]
        print(f"| {name} |", " | ".join(cells), "|")
    cells = [f"{exact_pass(*case):.1%}" for case in POWER_CASES]
    print("| Tango's score, exact unconditional |", " | ".join(cells), "|")


def sample_numbers(*, coarse: bool = False) -> NDArray[np.int64]:
    """Return the numbers of samples of the grid: every one to 600, and some to 25,000."""
    if coarse:
        return np.unique(np.geomspace(50, 25_000, 40).round().astype(int))
    return np.r_[50:601, np.unique(np.geomspace(601, 25_000, 150).round().astype(int))]


def worst_of_each(passes: Passes, numbers: NDArray[np.int64]) -> list[Worst]:
    """Return the largest probability of a false pass for each number of samples and margin."""
    found = []
    for margin in MARGINS:
        disagreements = np.geomspace(margin, DISAGREE_MOST, 40)
        for samples in numbers.tolist():
            most = most_lost(passes, samples, margin)
            shares = [
                pass_share(most, samples, drop=margin, disagreement=each) for each in disagreements
            ]
            at = int(np.argmax(shares))
            found.append(Worst(shares[at], samples, margin, float(disagreements[at])))
    return found


def most_lost(passes: Passes, samples: int, margin: float) -> NDArray[np.int64]:
    """Return, by the number of samples that differ, the most lost ones that pass; -1 for none.

    By bisection: a method that is not monotone gets the share of one of its thresholds.
    """
    spread = 9 * np.sqrt(samples * DISAGREE_MOST) + 12
    differing = np.arange(min(samples, int(samples * DISAGREE_MOST + spread)) + 1)
    low, high = np.full(len(differing), -1), differing + 1
    while (open_ := high - low > 1).any():
        middle = np.where(open_, (low + high) // 2, 0)
        passed = passes(samples, middle, differing - middle, margin)
        low, high = np.where(open_ & passed, middle, low), np.where(open_ & ~passed, middle, high)
    return low


def pass_share(most: NDArray[np.int64], samples: int, *, drop: float, disagreement: float) -> float:
    """Return the probability that at most ``most`` are lost, for true shares."""
    differing = np.arange(len(most))
    weights = stats.binom.pmf(differing, samples, disagreement)
    some = weights > 1e-13
    lost = (disagreement + drop) / (2 * disagreement)
    return float(weights[some] @ stats.binom.cdf(most[some], differing[some], lost))


def lossless_pass(passes: Passes, samples: int, disagreement: float, margin: float) -> float:
    """Return the probability that a model that loses nothing passes."""
    most = most_lost(passes, samples, margin)
    return pass_share(most, samples, drop=0.0, disagreement=disagreement)


def exact_pass(samples: int, disagreement: float, margin: float) -> float:
    """Return the probability that an exact unconditional test passes a model that loses nothing.

    It passes where Tango's score is below the value that no disagreement of the grid reaches more
    than 2.5 % of the time. Source: Sidik 2003, Exact Unconditional Tests for Testing
    Non-Inferiority in Matched-Pairs Design.
    """
    disagreements = np.geomspace(margin, DISAGREE_MOST, 80)
    low, high = 1.8, 2.6
    while high - low > 1e-6:
        middle = (low + high) / 2
        most = most_lost(_beyond(middle), samples, margin)
        shares = [
            pass_share(most, samples, drop=margin, disagreement=each) for each in disagreements
        ]
        low, high = (low, middle) if max(shares) <= 0.025 else (middle, high)
    return lossless_pass(_beyond(high), samples, disagreement, margin)


def steps_up(passes: Passes, samples: int, margin: float) -> int:
    """Return how many counts pass although one sample less is lost and that does not pass."""
    most = min(samples, int(samples * 0.06))
    lost, gained = np.meshgrid(np.arange(most), np.arange(most), indexing="ij")
    passed = passes(samples, lost, gained, margin)
    return int(np.count_nonzero(passed[1:] & ~passed[:-1]))


def _beyond(critical: float) -> Passes:
    return lambda samples, lost, gained, margin: (
        drop_score(samples, lost, gained, margin) / np.sqrt(1 - FEWER / samples) < -critical
    )


if __name__ == "__main__":
    main()
