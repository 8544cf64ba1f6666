"""Chooses a model, runs it and turns its output into predictions."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.inference.model import Model as Model, open_model as open_model
    from satchel.inference.postprocessing import (
        difference as difference,
        postprocess as postprocess,
    )
    from satchel.inference.prediction import (
        Prediction as Prediction,
        best_labels as best_labels,
        softmax as softmax,
        top_k as top_k,
    )
    from satchel.inference.selection import (
        choose_model as choose_model,
        default_model as default_model,
        runnable as runnable,
        runs as runs,
    )
    from satchel.inference.tuned_choice import Choice as Choice

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "model": ["Model", "open_model"],
        "postprocessing": ["difference", "postprocess"],
        "prediction": ["Prediction", "best_labels", "softmax", "top_k"],
        "selection": ["choose_model", "default_model", "runnable", "runs"],
        "tuned_choice": ["Choice"],
    },
)
