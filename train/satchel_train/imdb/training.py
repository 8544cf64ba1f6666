"""Trains a mean of word vectors on the IMDB reviews."""

from satchel.card import Card, LabelOutput, TextInput
from satchel_train.classification import Classification
from satchel_train.hyper_parameters import HyperParameters
from satchel_train.imdb.data import LABELS, read_parts
from satchel_train.mean_embedding import build_mean_embedding
from satchel_train.recipe import Settings
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
HYPER = HyperParameters(epochs=12, batch_size=64, learning_rate=1e-3, patience=2)


def prepare(settings: Settings) -> Classification:
    """Return the training on 22,500 reviews, to be evaluated on the 25,000 test reviews."""
    parts, data_sha256 = read_parts(settings.data_dir)
    words = frequent_words(parts.train.contents, at_least=2, at_most=WORDS)
    vocabulary = vocabulary_file(words)
    return Classification(
        card=CARD,
        parts=parts,
        build=lambda: build_mean_embedding(
            ids=len(SPECIAL) + len(words), length=LENGTH, size=16, hidden=32, dropout=0.5, labels=2
        ),
        hyper=HYPER,
        settings=settings,
        data_sha256=data_sha256,
        vocabulary=vocabulary,
    )
