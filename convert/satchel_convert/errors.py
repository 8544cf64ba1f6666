"""The exceptions of conversion, as a tree.

satchel.SatchelError
├── ModelFolderError        a model folder is incomplete or contradicts itself
└── ConversionError         a model does not convert, or a bundle would have no model
    ├── NoModelPassedError  every converted model exceeds its limits
    └── DoubtfulModelError  the model's predictions are not believed, and nothing was packed
"""

from typing import TYPE_CHECKING

from satchel.errors import SatchelError

if TYPE_CHECKING:
    from satchel_convert.reporting.report import Report


class ModelFolderError(SatchelError):
    """A model folder, or the description of a model, is incomplete or contradicts itself."""


class ConversionError(SatchelError):
    """A model does not convert, or a bundle would have no model; the message gives the reason."""


class DoubtfulModelError(ConversionError):
    """The predictions of the model itself are not believed, so there is no bundle."""

    def __init__(self, report: "Report") -> None:
        super().__init__(report.doubts[0].line)
        self.report = report


class NoModelPassedError(ConversionError):
    """Every converted model exceeds its limits, so there is no bundle; see ``report``."""

    def __init__(self, report: "Report") -> None:
        super().__init__(
            f"Expected at least one model within the limits, none of {len(report.rows)} is:"
            " see the report."
        )
        self.report = report
