"""Fine-tunes a trained classifier so that full_int8 TFLite costs it less.

The result is a plain Keras model of standard layers: only the training rounds. Importing this
module imports Keras.
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
from satchel_train.training_loop.memory import reporting_memory_shortage
from satchel_train.training_loop.progress import OnProgress, silent


class FineTuned(NamedTuple):
    """A model that was fine-tuned under rounding."""

    model: Any
    """A keras.Model of the user's layers, normalization folded, kernels on the levels of int8."""
    history: History[Epoch]
    """The history of the fine-tuning, measured under rounding."""
    left_in_float: Sequence[str]
    """Names of the layers that were not rounded, although a converter may round them."""


@reporting_memory_shortage()
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
    """Return a fine-tuned copy of ``model``, a trained classifier that ends in softmax.

    ``model`` itself does not change. ``on_progress`` is called at every step and epoch.

    Raises SettingsError for a model that is neither functional nor Sequential, MemoryShortageError
    if the device or the machine has too little memory.
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
