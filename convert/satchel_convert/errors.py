"""What can go wrong in conversion, as a tree.

satchel.SatchelError
├── ModelFolderError   a model folder that lacks something or contradicts itself
└── ConversionError    a model that does not convert, or a bundle without one
"""

from satchel.errors import SatchelError


class ModelFolderError(SatchelError):
    """A model folder that lacks something or contradicts itself."""


class ConversionError(SatchelError):
    """A model that does not convert, or a bundle without one; the message says why."""
