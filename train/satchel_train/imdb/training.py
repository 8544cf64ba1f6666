"""Trains a mean of word vectors on the IMDB reviews."""

from satchel.card import Card, LabelOutput, TextInput
from satchel_train.fit import HyperParameters, fit
from satchel_train.imdb.data import LABELS, read_parts
from satchel_train.inputs import examples
from satchel_train.mean_embedding import build_mean_embedding
from satchel_train.recipe import Settings, Trained
from satchel_train.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file

LENGTH = 512
"""Token ids; one review in ten is longer, and cut"""
WORDS = 10_000
CARD = Card(
    name="imdb_mlp",
    version="1.0.0",
    task="text-classification",
    input=TextInput(length=LENGTH, delimiter=DELIMITER, vocabulary="vocabulary.txt"),
    output=LabelOutput(LABELS),
)
HYPER = HyperParameters(batch_size=64, learning_rate=1e-3, patience=2)


def train(settings: Settings) -> Trained:
    """Return the model trained on 22,500 reviews, to be evaluated on the 25,000 test reviews."""
    parts, data_sha256 = read_parts(settings.data_dir)
    words = frequent_words(parts.train.contents, at_least=2, at_most=WORDS)
    vocabulary = vocabulary_file(words)
    model = build_mean_embedding(
        ids=len(SPECIAL) + len(words), length=LENGTH, size=16, hidden=32, dropout=0.5, labels=2
    )
    history = fit(
        model,
        train=examples(parts.train, card=CARD, vocabulary=vocabulary),
        validation=examples(parts.validation, card=CARD, vocabulary=vocabulary),
        hyper=HYPER,
        epochs=settings.epochs,
    )
    return Trained(
        CARD, model, history, parts.calibration, parts.evaluation, data_sha256, vocabulary
    )
