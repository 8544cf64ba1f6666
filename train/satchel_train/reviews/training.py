"""Trains a mean of word vectors on the reviews."""

from satchel.card import Card, LabelOutput, TextInput
from satchel_train.fit import HyperParameters, fit
from satchel_train.inputs import examples
from satchel_train.mean_embedding import build_mean_embedding
from satchel_train.recipe import Settings, Trained
from satchel_train.reviews.data import LABELS, read_parts
from satchel_train.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file

LENGTH = 64
"""Token ids; the longest review has fewer"""
CARD = Card(
    name="reviews_mlp",
    version="1.0.0",
    task="text-classification",
    input=TextInput(length=LENGTH, delimiter=DELIMITER, vocabulary="vocabulary.txt"),
    output=LabelOutput(LABELS),
)
HYPER = HyperParameters(batch_size=32, learning_rate=5e-3, patience=3)


def train(settings: Settings) -> Trained:
    """Return the model trained on 640 reviews, with 100 for calibration and 300 for evaluation."""
    parts, data_sha256 = read_parts()
    # A word seen once says nothing of sentiment, and what is left out trains <UNKNOWN>.
    words = frequent_words(parts.train.contents, at_least=2)
    vocabulary = vocabulary_file(words)
    model = build_mean_embedding(
        ids=len(SPECIAL) + len(words), length=LENGTH, size=16, hidden=16, dropout=0.3, labels=2
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
