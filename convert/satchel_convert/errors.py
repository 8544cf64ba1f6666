"""What can go wrong in conversion, as a tree.

satchel.SatchelError
├── ModelFolderError        a model folder that lacks something or contradicts itself
└── ConversionError         a model that does not convert, or a bundle without one
    └── NoModelPassedError  every converted model is off its limits
"""

from typing import TYPE_CHECKING

from satchel.errors import SatchelError

if TYPE_CHECKING:
    from satchel_convert.reporting.report import Report


class ModelFolderError(SatchelError):
    """A model folder that lacks something or contradicts itself."""


class ConversionError(SatchelError):
    """A model that does not convert, or a bundle without one; the message says why."""


class NoModelPassedError(ConversionError):
    """Every converted model is off its limits, so there is no bundle; ``report`` says why."""

    def __init__(self, report: "Report") -> None:
        super().__init__(
            f"Expected at least one model within the limits, none of {len(report.rows)} is:"
            " see the report."
        )
        self.report = report
