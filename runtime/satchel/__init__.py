"""Run a Satchel bundle with NumPy and one engine.

from satchel import ImageClassifier
classifier = ImageClassifier("digits.satchel")
classifier.classify("seven.png")[0]        # Prediction(label='7', score=0.988)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satchel.bundle import Bundle, open_bundle
    from satchel.errors import (
        BundleError,
        CardError,
        EngineError,
        InputError,
        OutputError,
        SatchelError,
        TrustError,
    )
    from satchel.image_classifier import ImageClassifier
    from satchel.image_generator import ImageGenerator
    from satchel.prediction import Prediction
    from satchel.stream import FrameResult
    from satchel.style_transfer import StyleTransfer
    from satchel.text_classifier import TextClassifier
    from satchel.trust import Trust, read_trust

__version__ = "0.1.0"
__all__ = [
    "Bundle",
    "BundleError",
    "CardError",
    "EngineError",
    "FrameResult",
    "ImageClassifier",
    "ImageGenerator",
    "InputError",
    "OutputError",
    "Prediction",
    "SatchelError",
    "StyleTransfer",
    "TextClassifier",
    "Trust",
    "TrustError",
    "open_bundle",
    "read_trust",
]

_MODULES = {
    "Bundle": "bundle",
    "FrameResult": "stream",
    "ImageClassifier": "image_classifier",
    "ImageGenerator": "image_generator",
    "Prediction": "prediction",
    "StyleTransfer": "style_transfer",
    "TextClassifier": "text_classifier",
    "Trust": "trust",
    "open_bundle": "bundle",
    "read_trust": "trust",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for (PEP 562): a cold start counts."""
    if name not in __all__:
        raise AttributeError(f"module 'satchel' has no attribute {name!r}")
    value = getattr(import_module(f"satchel.{_MODULES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value
