"""What can go wrong, as a tree.

    SatchelError(ValueError)
    ├── BundleError    the file is not a bundle, or not the one that was packed
    │   └── CardError  its card says something that cannot be
    ├── InputError     a picture or a text that cannot be read
    └── EngineError    no engine here runs the model, or the model is not what its card says

Every message is one line: expected, got and, where it is known, what to do.
"""


class SatchelError(ValueError):
    """Root of all errors that Satchel raises for what it was given."""


class BundleError(SatchelError):
    """The file is not a bundle, or not the one that was packed."""


class CardError(BundleError):
    """The card says something that cannot be."""


class InputError(SatchelError):
    """A picture or a text that cannot be read."""


class EngineError(SatchelError):
    """No engine here runs the model, or the model is not what its card says."""
