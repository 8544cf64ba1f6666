"""What can go wrong, as a tree.

    SatchelError(ValueError)
    ├── BundleError    the file is not a bundle, or not the one that was packed
    │   ├── CardError  its card says something that cannot be
    │   └── TrustError no trusted key signed it, or it is older than what was asked for
    ├── InputError     an image, a text, a seed or a key that cannot be read
    ├── EngineError    no engine here runs the model, or the model is not what its card says
    └── OutputError    a place that cannot be written to

Every message is one line: expected, got and, where it is known, what to do.
"""

from collections.abc import Sequence


class SatchelError(ValueError):
    """Root of all errors that Satchel raises for what it was given."""


class BundleError(SatchelError):
    """The file is not a bundle, or not the one that was packed."""


class CardError(BundleError):
    """The card says something that cannot be."""


class TrustError(BundleError):
    """No trusted key signed the bundle, or it is older than what was asked for."""


class InputError(SatchelError):
    """An image, a text, a seed or a key that cannot be read."""


class EngineError(SatchelError):
    """No engine here runs the model, or the model is not what its card says."""


class OutputError(SatchelError):
    """A place that cannot be written to."""


def first_line(error: BaseException) -> str:
    """Return the first line of what ``error`` says, at most 300 characters."""
    lines = [line.strip() for line in str(error).split("\n") if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def name_some(names: Sequence[str]) -> str:
    """Return the first few of ``names``, and how many more there are.

    >>> name_some(["0.png", "1.png", "2.png", "3.png", "4.png"])
    '0.png, 1.png, 2.png and 2 more'
    """
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
