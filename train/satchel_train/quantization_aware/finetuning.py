"""Fine-tunes a trained classifier so that full_int8 TFLite costs it less.

The product is a plain Keras model of standard layers: rounding is there while it trains, and not in
what comes out. Importing this module imports Keras.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from satchel_train.data.batches import Augment
from satchel_train.data.inputs import Examples
from satchel_train.fitting.execution import Execution
from satchel_train.quantization_aware.fake_quantized_model import fake_quantize
from satchel_train.training_loop.fit import fit, make_reproducible
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters
from satchel_train.training_loop.progress import OnProgress, silent


class FineTuned(NamedTuple):
    """A model that knows how it will be rounded."""

    model: Any
    """keras.Model: the user's layers, normalization folded, kernels on the levels of int8"""
    history: History[Epoch]
    """Measured under rounding"""
    left_in_float: Sequence[str]
    """Names of the layers that were not rounded, though a converter may round them"""


def finetune(
    model: Any,
    *,
    train: Examples,
    validation: Examples,
    hyper: HyperParameters,
    seed: int,
    augment: Augment | None = None,
    on_progress: OnProgress = silent,
) -> FineTuned:
    """Return ``model``, a trained classifier that ends in softmax, after a training under rounding.

    ``model`` itself stays as it is. ``on_progress`` is told of every step and epoch.

    Raises SettingsError for a model that is neither functional nor Sequential.
    """
    make_reproducible(seed)
    fake_quantized = fake_quantize(model)
    history = fit(
        fake_quantized.rounded,
        train=train,
        validation=validation,
        hyper=hyper,
        seed=seed,
        augment=augment,
        execution=Execution(on_progress=on_progress),
    )
    fake_quantized.export_weights()
    return FineTuned(fake_quantized.plain, history, fake_quantized.left_in_float)
