import numpy as np
import pytest

from helpers.trainings import run_train
from satchel.bundle.card import Card
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import RegexSpec
from satchel.preprocessing.tokenizers.regex import open_tokenizer
from satchel_train.data.samples import Parts, text_samples
from satchel_train.data.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file
from satchel_train.errors import SettingsError
from satchel_train.lasso.bag_of_words import count, frequent_pairs
from satchel_train.lasso.penalty_path import Step, choose, fit_weights, log_count_ratios, trace_path
from satchel_train.lasso.training import Lasso, keep_non_zero
from satchel_train.recipe import load_recipe
from satchel_train.recipes.imdb import ImdbSettings

NEUTRAL = [f"word{number}" for number in range(30)]
LENGTH = 24


def some_texts(count, *, seed):
    """Return texts whose label "good" and "bad" tell, unless "not" stands before, and labels."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        words = random.choice(NEUTRAL, random.integers(0, 18)).tolist()
        label, negated = random.integers(0, 2, 2).tolist()
        place = random.integers(0, len(words) + 1)
        words[place:place] = ["not"] * negated + ["good" if label != negated else "bad"]
        texts.append(" ".join(words))
        labels.append(label)
    return text_samples(texts, labels)


def some_lasso(*, pairs_at_least):
    train, validation, evaluation = (
        some_texts(n, seed=seed) for seed, n in enumerate((300, 50, 60))
    )
    text = TextInput(LENGTH, RegexSpec(DELIMITER, "vocabulary.txt"))
    card = Card("t", "1.0.0", "text-classification", text, LabelOutput(("no", "yes")))
    parts = Parts(train, validation, validation, evaluation)
    settings = ImdbSettings(seed=7, model="lasso")
    return Lasso(card, parts, settings, "0" * 64, words=40, pairs_at_least=pairs_at_least)


def logits(lasso, fitted, texts):
    """Return what scikit-learn's decision function says: all words counted, no Keras."""
    samples = [lasso.parts.train, lasso.parts.validation]
    seen = np.concatenate([each.contents for each in samples])
    labels = np.concatenate([each.labels for each in samples])
    words = frequent_words(seen, at_least=2, at_most=lasso.words)
    tokenizer = open_tokenizer(lasso.card.input, {"vocabulary.txt": vocabulary_file(words)})
    seen_ids, ids = (np.concatenate([tokenizer(text) for text in each]) for each in (seen, texts))
    pairs = np.empty((0, 2), np.int64)
    if lasso.pairs_at_least is not None:
        pairs = frequent_pairs(seen_ids, at_least=lasso.pairs_at_least)
    columns = len(SPECIAL) + len(words)
    weights, intercept = fit_weights(
        count(seen_ids, ids=columns, pairs=pairs), labels, penalty=fitted.chosen.penalty, seed=7
    )
    return count(ids, ids=columns, pairs=pairs) @ weights + intercept


@pytest.mark.parametrize("pairs_at_least", [None, 3])
def test_keras_says_what_scikit_learn_says(pairs_at_least):
    lasso = some_lasso(pairs_at_least=pairs_at_least)
    fitted = lasso.fit()
    hard = ["", "unheard", "good " * 50, "not unheard good", "not good", "good not", "GOOD bad!"]
    texts = [*hard, *lasso.parts.evaluation.contents]
    tokenizer = open_tokenizer(lasso.card.input, {"vocabulary.txt": fitted.vocabulary})
    scores = fitted.model.predict(np.concatenate([tokenizer(text) for text in texts]), verbose=0)
    expected = 1 / (1 + np.exp(-logits(lasso, fitted, texts)))
    # Float32 sums of two dozen weights.
    np.testing.assert_allclose(scores[:, 1], expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=0, atol=1e-6)


def test_pairs_tell_what_words_alone_do_not():
    accuracies = [
        some_lasso(pairs_at_least=least).run().measured["test_accuracy"] for least in (None, 3)
    ]
    assert accuracies[0] < 0.9 < accuracies[1]


def test_the_vocabulary_holds_only_words_of_weights_that_are_not_zero():
    fitted = some_lasso(pairs_at_least=3).fit()
    spelled = {line.split()[0].lower() for line in fitted.vocabulary.decode().splitlines()}
    needed = {word for name in fitted.weights for word in name.split()}
    assert spelled - {token.lower() for token in SPECIAL} == needed
    assert {"good", "bad", "not good", "not bad"} & fitted.weights.keys()
    assert len(needed) < len(NEUTRAL)


def test_words_of_pairs_have_ids_side_by_side():
    # Ids 3 to 7 are a to e; "a b", "b c" and "d" count, e does not.
    pairs = np.array([[3, 4], [4, 5], [6, 7]])
    weights = np.array([0, 0, 0, 0, 0.5, 0, -1, 0, 2, 3, 0], float)
    kept = keep_non_zero(weights, words=list("abcde"), pairs=pairs)
    assert kept.words == ["a", "b", "c", "d"]
    assert kept.weights.tolist() == [0, 0, 0, 0, 0.5, 0, -1]
    assert (kept.pairs.first_id, kept.pairs.second_id) == (3, 4)
    assert kept.pairs.weights.tolist() == [[2, 0], [0, 3]]


def test_words_and_pairs_are_counted_and_nothing_else_is():
    ids = np.array([[1, 3, 4, 3, 4, 2, 3, 0], [1, 4, 0, 0, 0, 0, 0, 0]], np.int32)
    pairs = frequent_pairs(ids, at_least=1)
    assert pairs.tolist() == [[3, 4], [4, 3]]
    assert frequent_pairs(ids, at_least=2).tolist() == [[3, 4]]
    counts = count(ids, ids=5, pairs=pairs)
    assert counts.toarray().tolist() == [[0, 0, 0, 3, 2, 2, 1], [0, 0, 0, 0, 1, 0, 0]]


def test_a_log_count_ratio_is_positive_for_what_comes_with_label_1():
    counts = count(np.array([[3, 3], [3, 4], [5, 4]], np.int32), ids=6, pairs=np.empty((0, 2), int))
    ratios = log_count_ratios(counts, np.array([1, 1, 0], np.int32))
    assert ratios[3] > 0 > ratios[5]


def test_the_path_has_fewer_weights_for_larger_penalties():
    lasso = some_lasso(pairs_at_least=None)
    path = lasso.fit().path
    penalties, weights = zip(*((step.penalty, step.non_zero) for step in path), strict=True)
    assert sorted(penalties, reverse=True) == list(penalties)
    assert weights[0] < weights[-1]
    assert all(0.4 < step.accuracy <= 1 for step in path)


def test_the_same_seed_traces_the_same_path():
    random = np.random.default_rng(0)
    counts = count(
        random.integers(3, 20, (40, 9), np.int32), ids=20, pairs=np.empty((0, 2), np.int64)
    )
    labels = np.arange(40, dtype=np.int32) % 2
    first, second = (
        trace_path(counts, labels, penalties=(4, 1), folds=4, seed=3) for _ in range(2)
    )
    assert first == second


def test_the_largest_penalty_within_one_standard_error_is_chosen():
    path = [Step(8, 0.70, 0.01, 5), Step(4, 0.84, 0.01, 20), Step(2, 0.85, 0.02, 90)]
    assert choose(path).penalty == 4
    assert choose([path[0], path[2]]).penalty == 2


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("--epochs", 3), "--epochs"),
        (("--optimizer", "adam"), "--optimizer"),
        (("--learning-rate", 0.1), "--learning-rate"),
        (("--schedule", "cosine"), "--schedule"),
    ],
)
def test_what_is_chosen_of_epochs_is_refused(tmp_path, data_dir, words, flag):
    expected = (
        f"^Expected no {flag} for imdb --model lasso: it only applies to"
        " digits, mnist, cifar100, photos, .*imdb\\.$"
    )
    with pytest.raises(SettingsError, match=expected):
        run_train(
            "imdb", "--model", "lasso", "--data-dir", data_dir, "--out", tmp_path / "model", *words
        )


def test_without_a_choice_the_recipe_trains_its_first_model(data_dir):
    training = load_recipe("imdb").prepare(ImdbSettings(seed=7, data_dir=data_dir))
    assert training.card.name == "imdb_mlp"
