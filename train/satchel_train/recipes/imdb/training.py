"""Trains on the IMDB reviews: linear, averaging, recurrent and attentive classifiers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from satchel.bundle import Card, LabelOutput, TextInput, TextTensor
from satchel.preprocessing import RegexSpec
from satchel_train.classification import Classification
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Parts
from satchel_train.data.text_table import find_text_table, read_text_table
from satchel_train.data.tokenizer_kinds import TokenizerKind
from satchel_train.data.tokenizers import LINES, make_tokenizer
from satchel_train.data.vocabulary import DELIMITER
from satchel_train.errors import DataError, SettingsError
from satchel_train.lasso.training import Lasso
from satchel_train.networks.bert import build_bert
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.transformer import build_transformer
from satchel_train.recipes.imdb import ImdbSettings
from satchel_train.recipes.imdb.data import LABELS, read_parts
from satchel_train.training_loop.hyper_parameters import HyperParameters

WORDS = 10_000
PAIRS_AT_LEAST = 5
"""How often a pair must occur to be counted. Rarer pairs did not improve the accuracy."""
LASSO_LENGTH = 1024
"""The number of token ids in a text. One review in 500 is longer, and is cut."""


@dataclass(frozen=True)
class Network:
    """A network and its hyper-parameters."""

    length: int
    """The number of token ids in a text."""
    words: int
    """The number of words in the vocabulary, the most frequent ones."""
    hyper: HyperParameters
    build: Callable[..., Any]
    """Returns a keras.Model for ``ids``, ``length`` and ``labels``."""
    tokenizer: TokenizerKind = "regex"
    tensors: tuple[TextTensor, ...] = ("ids",)
    """What the inputs of the model hold."""


NETWORKS: Mapping[str, Network] = {
    "mlp": Network(
        length=512,
        words=WORDS,
        hyper=HyperParameters(epochs=12, batch_size=64, learning_rate=1e-3, patience=2),
        build=partial(build_mean_embedding, size=16, hidden=32, dropout=0.5),
    ),
    "rnn": Network(
        length=256,
        words=5000,
        hyper=HyperParameters(epochs=6, batch_size=64, learning_rate=1e-3, patience=2),
        build=partial(build_recurrent_network, "rnn", size=32, units=32, dropout=0.4),
    ),
    "lstm": Network(
        length=512,
        words=5000,
        hyper=HyperParameters(epochs=6, batch_size=64, learning_rate=2e-3, patience=2),
        build=partial(build_recurrent_network, "lstm", size=16, units=32, dropout=0.5),
    ),
    "transformer": Network(
        length=512,
        words=WORDS,
        hyper=HyperParameters(
            epochs=4, batch_size=32, learning_rate=1e-3, schedule="warmup_cosine", patience=2
        ),
        build=partial(build_transformer, size=16, heads=1, hidden=32, dropout=0.4),
    ),
    "bert": Network(
        length=768,
        words=8000,
        hyper=HyperParameters(
            epochs=5, batch_size=64, learning_rate=2e-3, schedule="warmup_cosine", patience=2
        ),
        build=partial(build_bert, joined=4, size=32, heads=2, hidden=64, blocks=1, dropout=0.5),
        tokenizer="wordpiece",
        tensors=("ids", "mask", "segments"),
    ),
}
LASSOS: Mapping[str, int | None] = {"lasso": None, "lasso_bigrams": PAIRS_AT_LEAST}
"""A lasso's name to how often a pair must occur to be counted. None counts words only."""


def prepare(settings: ImdbSettings) -> Classification | Lasso:
    """Return the training on 25,000 reviews, with 25,000 test reviews for evaluation.

    If ``settings.data_dir`` is or holds a table of texts, these texts are used instead. Raises
    SettingsError for a tokenizer or a fine-tuning that does not apply to the model, DataError for
    other data.
    """
    name = settings.model
    if settings.tokenizer is not None and (name in LASSOS or NETWORKS[name].tokenizer != "regex"):
        choosing = ", ".join(each for each in NETWORKS if NETWORKS[each].tokenizer == "regex")
        raise SettingsError(f"Expected no tokenizer for {name}: it only applies to {choosing}.")
    if settings.quantization_aware and name in LASSOS:
        raise SettingsError(
            f"Expected no quantization_aware for {name}: it only applies to {', '.join(NETWORKS)}."
        )
    texts = _read_texts(settings.data_dir)
    if name in LASSOS:
        if len(texts.labels) != 2:
            raise DataError(
                f"Expected texts of 2 labels for {name}, got {len(texts.labels)}:"
                f" choose --model {', '.join(NETWORKS)}."
            )
        return Lasso(
            card=_card(texts, name, TextInput(LASSO_LENGTH, RegexSpec(DELIMITER, LINES))),
            parts=texts.parts,
            settings=settings,
            data_sha256=texts.sha256,
            findings=texts.findings,
            words=WORDS,
            pairs_at_least=LASSOS[name],
        )
    network = NETWORKS[name]
    made = make_tokenizer(
        settings.tokenizer or network.tokenizer,
        list(texts.parts.train.contents),
        words=network.words,
        seed=settings.seed,
    )
    # BERT's mask is an input, and each of its texts has a start.
    start = {"has_start": made.has_start} if network.tensors == ("ids",) else {}
    return Classification(
        card=_card(texts, name, TextInput(network.length, made.spec, network.tensors)),
        parts=texts.parts,
        build=lambda: network.build(
            ids=made.ids, length=network.length, labels=len(texts.labels), **start
        ),
        hyper=network.hyper,
        settings=settings,
        quantization_aware=settings.quantization_aware,
        data_sha256=texts.sha256,
        findings=texts.findings,
        vocabulary=made.vocabulary,
    )


class _Texts(NamedTuple):
    name: str
    """The beginning of the card's name."""
    parts: Parts
    labels: tuple[str, ...]
    sha256: str
    findings: Sequence[Finding]


def _read_texts(data_dir: Path | None) -> _Texts:
    own = find_text_table(data_dir)
    if own is not None:
        table = read_text_table(own)
        return _Texts("texts", table.parts, table.labels, table.sha256, table.findings)
    data = read_parts(data_dir)
    return _Texts("imdb", data.parts, LABELS, data.sha256, data.findings)


def _card(texts: _Texts, model: str, text: TextInput) -> Card:
    return Card(
        name=f"{texts.name}_{model}",
        version="1.0.0",
        task="text-classification",
        input=text,
        output=LabelOutput(texts.labels),
    )
