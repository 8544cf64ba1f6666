"""Run a Satchel bundle with NumPy and one engine.

from satchel import ImageClassifier
classifier = ImageClassifier("digits.satchel")
classifier.classify("seven.png")[0]        # Prediction(label='7', score=0.99)
"""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy as Policy, TrustedKey as TrustedKey
    from satchel.bundle.policy_file import read_policy as read_policy
    from satchel.bundle.reading import Bundle as Bundle, open_bundle as open_bundle
    from satchel.bundle.trust import Trust as Trust, read_trust as read_trust
    from satchel.errors import (
        BundleError as BundleError,
        CardError as CardError,
        EngineError as EngineError,
        InputError as InputError,
        OutputError as OutputError,
        SatchelError as SatchelError,
        TrustError as TrustError,
    )
    from satchel.inference.prediction import Prediction as Prediction
    from satchel.tasks.image_classification import ImageClassifier as ImageClassifier
    from satchel.tasks.image_generation import ImageGenerator as ImageGenerator
    from satchel.tasks.stream import FrameResult as FrameResult
    from satchel.tasks.style_transfer import StyleTransfer as StyleTransfer
    from satchel.tasks.text_classification import TextClassifier as TextClassifier

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "bundle.policy": ["Policy", "TrustedKey"],
        "bundle.policy_file": ["read_policy"],
        "bundle.reading": ["Bundle", "open_bundle"],
        "bundle.trust": ["Trust", "read_trust"],
        "errors": [
            "BundleError",
            "CardError",
            "EngineError",
            "InputError",
            "OutputError",
            "SatchelError",
            "TrustError",
        ],
        "inference.prediction": ["Prediction"],
        "tasks.image_classification": ["ImageClassifier"],
        "tasks.image_generation": ["ImageGenerator"],
        "tasks.stream": ["FrameResult"],
        "tasks.style_transfer": ["StyleTransfer"],
        "tasks.text_classification": ["TextClassifier"],
    },
)
