"""Sentiment of the IMDB film reviews: 25,000 to train and 25,000 to test, from raw text."""

from dataclasses import dataclass
from typing import Literal

from satchel_train.data.tokenizer_kinds import TokenizerKind
from satchel_train.recipe import Recipe
from satchel_train.settings import StudentSettings

ImdbModel = Literal["mlp", "rnn", "lstm", "transformer", "bert", "lasso", "lasso_bigrams"]


@dataclass(frozen=True, kw_only=True)
class ImdbSettings(StudentSettings):
    """The settings of the recipe ``imdb``. A lasso has no epochs and no optimizer."""

    model: ImdbModel = "mlp"
    """The kind of classifier."""
    tokenizer: TokenizerKind | None = None
    """The kind of tokenizer, for a model that is neither a lasso nor BERT's; None is regex."""
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows, for a model that is no lasso."""


RECIPE = Recipe(
    name="imdb",
    summary="sentiment of IMDB film reviews: one to ten minutes, 84 MB to download",
    settings=ImdbSettings,
    models_without_epochs=frozenset({"lasso", "lasso_bigrams"}),
    several_machines=True,
)
