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


def first_line(error: BaseException) -> str:
    """Return the first line of what ``error`` says, at most 300 characters."""
    lines = [line.strip() for line in str(error).split("\n") if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
