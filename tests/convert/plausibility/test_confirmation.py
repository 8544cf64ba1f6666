"""Other predictions are confirmed if they are surely better, and by luck they never are."""

import numpy as np
import pytest

from satchel_convert.plausibility.confirmation import confirm, halves_of

LABELS = 10
CANDIDATES = 24
"""About as many as there are ways to prepare an image"""


def answers(margin, *, count, seed, noise=1.5):
    """Return probabilities whose true logit is higher by ``margin`` on average, and the truth."""
    random = np.random.default_rng(seed)
    truth = np.arange(count) % LABELS
    logits = random.normal(0, 1, (count, LABELS))
    logits[np.arange(count), truth] += random.normal(margin, noise, count)
    return softmax(logits), truth


def softmax(logits):
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (found / found.sum(axis=1, keepdims=True)).astype(np.float32)


def moved(predictions, truth, gain, *, seed, spread):
    """Return predictions whose true logit is higher by ``gain``, give or take ``spread``."""
    random = np.random.default_rng(seed)
    logits = np.log(predictions)
    logits[np.arange(len(truth)), truth] += random.normal(gain, spread, len(truth))
    return softmax(logits)


def share_confirmed(gain, *, count, candidates, spread=1.0, seeds=40):
    found = 0
    for seed in range(seeds):
        now, truth = answers(4.0, count=count, seed=seed)
        other = moved(now, truth, gain, seed=1000 + seed, spread=spread)
        halves = halves_of(truth)
        found += confirm(now, other, truth, halves, candidates=candidates) is not None
    return found / seeds


def share_found(*, candidates, seeds=60):
    """Return how often a fault is found that costs one of six samples much, and others nothing."""
    found = 0
    for seed in range(seeds):
        right, truth = answers(4.0, count=250, seed=seed, noise=2.0)
        random = np.random.default_rng(99 + seed)
        harm = (random.random(len(truth)) < 1 / 6) * random.exponential(3, len(truth))
        logits = np.log(right)
        logits[np.arange(len(truth)), truth] -= harm
        halves = halves_of(truth)
        found += confirm(softmax(logits), right, truth, halves, candidates=candidates) is not None
    return found / seeds


def test_all_samples_find_a_fault_that_half_of_them_miss():
    known = share_found(candidates=CANDIDATES)
    assert known > 0.5
    assert known > share_found(candidates=None) + 0.1


@pytest.mark.parametrize("candidates", [None, CANDIDATES])
@pytest.mark.parametrize("count", [60, 250, 1000])
def test_a_candidate_that_is_no_better_is_never_confirmed(count, candidates):
    assert share_confirmed(0.0, count=count, candidates=candidates, seeds=200) == 0


def test_many_small_gains_do_not_outweigh_a_few_large_losses():
    """A change that makes a model surer gains on what is right, and loses all where it is wrong."""
    now, truth = answers(3.0, count=1000, seed=1, noise=2.0)
    surer = softmax(3 * np.log(now))
    assert confirm(now, surer, truth, halves_of(truth), candidates=CANDIDATES) is None


def test_what_the_log_loss_decides_says_so_and_counts_the_candidates():
    now, truth = answers(4.0, count=1000, seed=2)
    other = moved(now, truth, 0.5, seed=3, spread=0.5)
    halves = halves_of(truth)
    alone = confirm(now, other, truth, halves, candidates=1)
    among = confirm(now, other, truth, halves, candidates=CANDIDATES)
    assert alone.by_loss
    assert among.probability == pytest.approx(CANDIDATES * alone.probability)
