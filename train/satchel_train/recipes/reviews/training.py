"""Trains a classifier on the mean of word vectors of the reviews."""

from satchel.bundle import Card, LabelOutput, TextInput
from satchel.preprocessing import RegexSpec
from satchel_train.classification import Classification
from satchel_train.data.vocabulary import DELIMITER, SPECIAL, frequent_words, vocabulary_file
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.recipes.reviews import ReviewsSettings
from satchel_train.recipes.reviews.data import LABELS, read_parts
from satchel_train.training_loop.hyper_parameters import HyperParameters

LENGTH = 64
"""The number of token ids in a text. The longest review has fewer."""
CARD = Card(
    name="reviews_mlp",
    version="1.0.0",
    task="text-classification",
    input=TextInput(LENGTH, RegexSpec(DELIMITER, "vocabulary.txt")),
    output=LabelOutput(LABELS),
)
HYPER = HyperParameters(epochs=30, batch_size=32, learning_rate=5e-3, patience=3)


def prepare(settings: ReviewsSettings) -> Classification:
    """Return the training on 640 reviews, with 100 for calibration and 300 for evaluation."""
    parts, data_sha256 = read_parts()
    # A word that occurs once tells nothing about sentiment. Left out, it trains <UNKNOWN>.
    words = frequent_words(parts.train.contents, at_least=2)
    vocabulary = vocabulary_file(words)
    return Classification(
        card=CARD,
        parts=parts,
        build=lambda: build_mean_embedding(
            ids=len(SPECIAL) + len(words), length=LENGTH, size=16, hidden=16, dropout=0.3, labels=2
        ),
        hyper=HYPER,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=data_sha256,
        vocabulary=vocabulary,
    )
