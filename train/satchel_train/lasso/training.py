"""Trains a sparse linear classifier of texts, with the penalty that cross-validation chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Json
from satchel.metrics import accuracy
from satchel_train.classification import predict
from satchel_train.data.findings import Finding
from satchel_train.data.inputs import examples
from satchel_train.data.samples import Parts, Samples, label_names
from satchel_train.data.vocabulary import SPECIAL, frequent_words, vocabulary_file
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.lasso.bag_of_words import count, frequent_pairs
from satchel_train.lasso.images import draw_coefficients, draw_path
from satchel_train.lasso.network import PairTable, build_lasso
from satchel_train.lasso.penalty_path import Step, Weights, choose, fit_weights, trace_path
from satchel_train.measurement import measure_classifier
from satchel_train.plots.confusion import draw_confusion
from satchel_train.plots.mistakes import draw_mistakes
from satchel_train.settings import Settings
from satchel_train.trained import Trained

FOLDS = 5
PENALTIES = tuple(2 ** (half / 2) for half in range(11, 1, -1))
"""The penalties from 45 to 2: from about a hundred words to more words than are useful."""


class Kept(NamedTuple):
    """Words and pairs whose weights are not zero."""

    words: list[str]
    """The words in the order of their ids, which follow those of the special tokens."""
    weights: NDArray[np.float32]
    """The weights by id, (ids,)."""
    pairs: PairTable | None


class Fitted(NamedTuple):
    """A fitted classifier, and the path of penalties that led to it."""

    model: Any
    """The keras.Model."""
    vocabulary: bytes
    path: Sequence[Step]
    chosen: Step
    weights: Mapping[str, float]
    """The non-zero weights, by word or pair."""


@dataclass(frozen=True)
class Lasso:
    """A classifier of two labels to fit: its data, its card, and the features that it counts."""

    card: Card
    parts: Parts
    settings: Settings
    data_sha256: str
    """The SHA-256 of the data set's file, 64 hexadecimal digits."""
    words: int
    """The number of frequent words to begin with. The penalty keeps some of them."""
    pairs_at_least: int | None = None
    """How often a pair of neighbours must occur to be counted. None counts words only."""
    findings: Sequence[Finding] = ()
    """What a user should know about the data."""

    def run(
        self,
        execution: Execution = PLAIN,  # noqa: ARG002  minutes, without epochs
    ) -> Trained:
        """Fit the classifier and measure it on the evaluation part."""
        fitted = self.fit()
        evaluation = self.parts.evaluation
        inputs, _ = examples(evaluation, card=self.card, vocabulary=fitted.vocabulary)
        scores = predict(fitted.model, inputs)
        return Trained(
            card=self.card,
            model=fitted.model,
            history=None,
            calibration=self.parts.calibration,
            evaluation=evaluation,
            data_sha256=self.data_sha256,
            measured={"test_accuracy": accuracy(scores, evaluation.labels)},
            measurement=measure_classifier(scores, evaluation.labels, names=label_names(self.card)),
            vocabulary=fitted.vocabulary,
            hyper=self._hyper(fitted),
            images=self._draw(fitted, scores),
        )

    def fit(self) -> Fitted:
        """Return the classifier of the penalty that cross-validation chooses."""
        # Cross-validation needs no validation part.
        samples = _joined(self.parts.train, self.parts.validation)
        words = frequent_words(samples.contents, at_least=2, at_most=self.words)
        read, labels = examples(samples, card=self.card, vocabulary=vocabulary_file(words))
        inputs = read[:]
        pairs = self._pairs(inputs)
        counts = count(inputs, ids=len(SPECIAL) + len(words), pairs=pairs)
        seed = self.settings.seed
        path = trace_path(counts, labels, penalties=PENALTIES, folds=FOLDS, seed=seed)
        chosen = choose(path)
        weights = fit_weights(counts, labels, penalty=chosen.penalty, seed=seed)
        kept = keep_non_zero(weights.weights, words=words, pairs=pairs)
        model = build_lasso(
            kept.weights, intercept=weights.intercept, length=inputs.shape[1], pairs=kept.pairs
        )
        vocabulary = vocabulary_file(kept.words)
        return Fitted(model, vocabulary, path, chosen, _named_weights(weights, words, pairs))

    def _pairs(self, inputs: NDArray[np.int32]) -> NDArray[np.int64]:
        if self.pairs_at_least is None:
            return np.empty((0, 2), np.int64)
        return frequent_pairs(inputs, at_least=self.pairs_at_least)

    def _hyper(self, fitted: Fitted) -> dict[str, Json]:
        return {
            "words": self.words,
            "pairs_at_least": self.pairs_at_least,
            "folds": FOLDS,
            "penalty": fitted.chosen.penalty,
            "non_zero": len(fitted.weights),
            "path": [dict(step._asdict()) for step in fitted.path],
        }

    def _draw(self, fitted: Fitted, scores: NDArray[np.float32]) -> dict[str, bytes]:
        labels, truth = self.card.output.labels, self.parts.evaluation.labels
        return {
            "path.png": draw_path(fitted.path, fitted.chosen, title=self.card.name),
            "coefficients.png": draw_coefficients(fitted.weights, labels=labels),
            "confusion.png": draw_confusion(scores, truth, labels),
            "mistakes.png": draw_mistakes(self.parts.evaluation, scores, labels),
        }


def keep_non_zero(
    weights: NDArray[np.float64], *, words: Sequence[str], pairs: NDArray[np.int64]
) -> Kept:
    """Return the words and the pairs of ids whose weights are not zero, with new ids.

    ``weights`` are those of the columns of ``count``. Words that begin pairs get consecutive ids,
    and so do words that end pairs.
    """
    ids = len(SPECIAL) + len(words)
    pairs, pair_weights = pairs[weights[ids:] != 0], weights[ids:][weights[ids:] != 0]
    firsts, seconds = set(pairs[:, 0].tolist()), set(pairs[:, 1].tolist())
    alone = set(np.flatnonzero(weights[:ids]).tolist()) - firsts - seconds
    groups = (firsts - seconds, firsts & seconds, seconds - firsts, alone)
    order = [old for group in groups for old in sorted(group)]
    word_weights = np.concatenate([np.zeros(len(SPECIAL)), weights[order]])
    table = None
    if len(pairs):
        new = {old: position for position, old in enumerate(order, len(SPECIAL))}
        first_id, second_id = len(SPECIAL), len(SPECIAL) + len(groups[0])
        cells = np.zeros((len(firsts), len(seconds)), np.float32)
        for (first, second), weight in zip(pairs.tolist(), pair_weights, strict=True):
            cells[new[first] - first_id, new[second] - second_id] = weight
        table = PairTable(cells, first_id, second_id)
    kept_words = [words[old - len(SPECIAL)] for old in order]
    return Kept(kept_words, word_weights.astype(np.float32), table)


def _named_weights(
    fitted: Weights, words: Sequence[str], pairs: NDArray[np.int64]
) -> dict[str, float]:
    """Return the non-zero weights, by the word or by the two words."""
    by_id = [*SPECIAL, *words]
    names = [*by_id, *(f"{by_id[first]} {by_id[second]}" for first, second in pairs.tolist())]
    return {names[at]: float(fitted.weights[at]) for at in np.flatnonzero(fitted.weights).tolist()}


def _joined(first: Samples, second: Samples) -> Samples:
    return Samples(
        np.concatenate([first.contents, second.contents]),
        np.concatenate([first.labels, second.labels]),
    )
