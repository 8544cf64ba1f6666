"""Writes recurrent.satchel and counting.satchel beside it: models that keep a state, as .tflite.

Satchel's converter makes none, but files of others may. The LSTM keeps it in variable tensors,
which LiteRT.js does not load; the sum of all inputs is a resource variable, which it does.
``.venv/bin/python apps/web/tests/browser/make_stateful.py`` runs it.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from satchel.bundle import Bundle, Card, card_to_json, digest, open_bundle, pack
from satchel_convert import TextSettings, pack as pack_model

WORDS = ("<PAD>", "<START>", "<UNKNOWN>", "good", "great", "bad", "awful", "film", "the", "plot")
LENGTH = 6
VOCABULARY = "".join(f"{word} {at}\n" for at, word in enumerate(WORDS))
HERE = Path(__file__).parent


def recurrent() -> bytes:
    """Return a .tflite of an untrained LSTM over ids, as the converter fuses one of Keras 2."""
    tf_keras.utils.set_random_seed(7)
    wide = tf_keras.initializers.RandomNormal(stddev=1.5, seed=3)
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [
            layers.Input((LENGTH,), batch_size=1, dtype="int32"),
            layers.Embedding(len(WORDS), 4, embeddings_initializer=wide),
            layers.LSTM(5),
            layers.Dense(2, activation="softmax", kernel_initializer=wide),
        ]
    )
    content: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return content


class Counting(tf.Module):
    """Sums the vectors of all words that it has ever seen, and returns probabilities of the sum."""

    def __init__(self) -> None:
        super().__init__()
        vectors = np.random.default_rng(0).normal(size=(len(WORDS), 2))
        self.sum = tf.Variable(tf.zeros((1, 2)))
        self.vectors = tf.constant(vectors.astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec((1, LENGTH), tf.int32)])
    def __call__(self, ids: Any) -> Any:
        """Return probabilities, (1, 2), and keep the sum."""
        self.sum.assign_add(tf.reduce_sum(tf.gather(self.vectors, ids), axis=1))
        return tf.nn.softmax(self.sum)


def counting() -> bytes:
    """Return a .tflite of Counting, with its sum in a resource variable."""
    model = Counting()
    function = model.__call__.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    converter.experimental_enable_resource_variables = True
    content: bytes = converter.convert()
    return content


def write_recurrent(target: Path) -> None:
    """Write the bundle that ``satchel pack`` makes of the LSTM, with its golden vectors."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "recurrent.tflite").write_bytes(recurrent())
        (folder / "vocabulary.txt").write_text(VOCABULARY)
        texts = TextSettings(vocabulary=folder / "vocabulary.txt")
        labels = ("negative", "positive")
        pack_model(folder / "recurrent.tflite", labels=labels, texts=texts).save(target)


def write_counting(target: Path, like: Bundle) -> None:
    """Write a bundle of Counting with the card of another model; ``satchel pack`` refuses it."""
    [entry] = like.card.models
    files = {entry.file: counting(), "vocabulary.txt": like.files["vocabulary.txt"]}
    card: Card = like.card._replace(
        name="counting",
        golden=None,
        models=(entry._replace(size_bytes=len(files[entry.file])),),
        files={name: digest(content) for name, content in sorted(files.items())},
        provenance={},
    )
    target.write_bytes(pack({"card.json": card_to_json(card), **files}))


if __name__ == "__main__":
    write_recurrent(HERE / "recurrent.satchel")
    write_counting(HERE / "counting.satchel", open_bundle(HERE / "recurrent.satchel"))
