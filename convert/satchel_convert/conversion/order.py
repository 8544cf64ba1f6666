"""Orders the models of a bundle: a runtime takes the first one that it can run.

Models whose accuracy is decided come before those that are packed although undecided. Among these a
clearly faster model comes first, and all others keep the order of ``PREFERENCE``, roughly the
smallest first.
"""

from collections.abc import Sequence

from satchel_convert.verification.verify import Finding

CLEARLY = 1.5
"""The ratio of two latencies from which a model is clearly faster. Medians of a busy machine differ
by less, and other processors differ from this one."""
LEAST_MS = 0.5
"""The milliseconds by which it must be faster, too. Less is noise, and nobody notices it."""


def by_use(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings in the order of the bundle; those that did not pass come last.

    ``findings`` are in the order of preference. It stays the order of two models neither of which
    is clearly faster.
    """
    decided = [each for each in findings if each.passed and not each.undecided]
    undecided = [each for each in findings if each.undecided]
    others = [each for each in findings if not each.passed]
    return [*_fastest_first(decided), *_fastest_first(undecided), *others]


def _fastest_first(findings: Sequence[Finding]) -> list[Finding]:
    left, ordered = list(findings), []
    while left:
        # The fastest of all is beaten by none, so there is always a next one.
        following = next(
            each for each in left if not any(_is_faster(other, each) for other in left)
        )
        left.remove(following)
        ordered.append(following)
    return ordered


def _is_faster(first: Finding, second: Finding) -> bool:
    return (
        first.latency_ms * CLEARLY <= second.latency_ms
        and first.latency_ms + LEAST_MS <= second.latency_ms
    )
