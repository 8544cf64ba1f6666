"""Tiny models with the inputs of BERT, and a folder of one."""

import numpy as np

from helpers.model_folders import MISLABELLED, opinions, tiny, write_model_folder
from satchel.bundle.card import Card
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import WordPieceSpec

LENGTH = 16
PIECES = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "film", "plot", "great", "good", "awful", "bad",
    "number", "##s", "##ly", ",", ".",
)  # fmt: skip
WORDPIECES = "".join(f"{piece}\n" for piece in PIECES)
SENTIMENT = {"great": 1.0, "good": 0.6, "awful": -1.0, "bad": -0.6, "plot": -0.1, "film": 0.1}
NAMES = ("ids", "mask", "segment_ids")
REVIEWS_CARD = Card(
    name="bert_opinions",
    version="1.0.0",
    task="text-classification",
    input=TextInput(
        LENGTH,
        WordPieceSpec("vocabulary.txt", lower=True, strip_accents=True),
        ("ids", "mask", "segments"),
    ),
    output=LabelOutput(("negative", "positive")),
    provenance={"seed": 7},
)


def bert_model(names=NAMES, *, as_mapping=False, dtype="int32", order=None):
    """Return a model that attends to all tokens, and whose sentiment is in its weights.

    ``names`` are those of its inputs, ids and mask, and perhaps segments. ``order`` is the order in
    which the model has them.
    """
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(7)
    inputs = [keras.Input((LENGTH,), dtype=dtype, name=name) for name in names]
    ids, mask = inputs[:2]
    words = ops.not_equal(mask, 0)
    values = layers.Embedding(len(PIECES), 8, name="words")(ids)
    if len(inputs) > 2:
        values = values + layers.Embedding(2, 8, name="kinds")(inputs[2])
    seen = layers.MultiHeadAttention(2, 4, dropout=0.1, name="attention")(
        values, values, attention_mask=ops.expand_dims(words, axis=1)
    )
    values = layers.LayerNormalization(name="attended")(values + 0.1 * seen)
    values = layers.GlobalAveragePooling1D(name="mean")(values, mask=words)
    scores = layers.Dense(2, activation="softmax", name="scores")(values)
    fed = inputs if order is None else [inputs[at] for at in order]
    model = keras.Model({each.name: each for each in fed} if as_mapping else fed, scores)
    table = np.zeros((len(PIECES), 8), np.float32)
    table[:, 1:5] = np.random.default_rng(7).normal(0, 0.3, (len(PIECES), 4))
    for piece, value in SENTIMENT.items():
        table[PIECES.index(piece), 0] = 3 * value
    model.get_layer("words").set_weights([table])
    kernel = np.zeros((8, 2), np.float32)
    kernel[0] = -6, 6
    model.get_layer("scores").set_weights([kernel, np.zeros(2, np.float32)])
    return model


def write_bert_opinions(path, *, model=None, card=REVIEWS_CARD):
    """Write the folder of a model with BERT's inputs, and return it as a Tiny."""
    samples = {part: opinions(part, n) for part, n in (("calibration", 24), ("evaluation", 60))}
    for at in range(MISLABELLED):
        text, label = samples["evaluation"][at]
        other = "negative" if label == "positive" else "positive"
        samples["evaluation"][at] = (text, other)
    written = write_model_folder(
        path,
        model=bert_model() if model is None else model,
        card=card,
        samples=samples,
        vocabulary=WORDPIECES,
    )
    return tiny(written)
