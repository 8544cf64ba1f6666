"""The default limits of each task on a model's distance from the float model.

A model that exceeds a limit is left out of the bundle.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelLimits:
    """The limits of a model that predicts labels."""

    float32_difference: float = 1e-4
    """The largest allowed difference of any one probability: 840 times the step of float32's
    arithmetic at 1, 2**-23. Keras tests its own exports with the same limit. It does not depend on
    the number of samples, because a float32 model makes the same sums in another order."""
    float16_difference: float = 5e-3
    """The largest allowed root mean square, over the samples, of the largest difference of any one
    probability: five times the step of float16's arithmetic at 1, 2**-10. A limit on the largest
    difference of all samples would be stricter with every sample. Agreement and the accuracy drop
    are tested as well."""
    int8_agreement: float = 0.95
    """The smallest share of samples with the same top label. A classifier that is right two times
    out of three has near ties in the third case, and a changed label there costs nothing. So the
    accuracy drop is what counts, and this limit finds a model with quite different predictions."""
    margin_points: float = 1.0
    """The percentage points of accuracy that int8 may lose"""
    strict: bool = False
    """Whether an undecided model fails"""


@dataclass(frozen=True)
class ImageLimits:
    """The limits of a model that makes images."""

    float32_difference: float = 1 / 255
    """The largest allowed difference of any one pixel. The reason is that a number near a half may
    round up or down."""
    float16_difference: float = 3 / 255
    """The largest allowed difference of any one pixel. The reason is a mantissa of ten bits through
    tens of layers."""
    psnr_db: float = 25.0
    """The smallest PSNR of any one image, in decibels. It means noise of a twentieth of the range,
    which is visible but hides nothing."""
