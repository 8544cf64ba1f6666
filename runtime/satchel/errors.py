"""The tree of all errors.

    SatchelError(ValueError)
    ├── BundleError    the file is not a bundle, or it was changed after it was packed
    │   ├── CardError  the card is wrong
    │   └── TrustError no trusted key signed the bundle, or its release is too old
    ├── InputError     an image, a text, a seed, a key or a policy cannot be read
    ├── EngineError    no engine here runs the model, or the model differs from its card
    └── OutputError    a file or folder cannot be written

Every message is one line: expected, got and, where it is known, what to do.
"""

from collections.abc import Sequence


class SatchelError(ValueError):
    """The root of all errors that Satchel raises for wrong input."""


class BundleError(SatchelError):
    """The file is not a bundle, or it was changed after it was packed."""


class CardError(BundleError):
    """The card is wrong."""


class TrustError(BundleError):
    """No trusted key signed the bundle, or its release is too old."""


class InputError(SatchelError):
    """An image, a text, a seed, a key or a policy cannot be read."""


class EngineError(SatchelError):
    """No engine here runs the model, or the model differs from its card."""


class OutputError(SatchelError):
    """A file or folder cannot be written."""


def first_line(error: BaseException) -> str:
    """Return the first line of the message of ``error``, at most 300 characters."""
    lines = [line.strip() for line in str(error).split("\n") if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def name_some(names: Sequence[str]) -> str:
    """Return the first three of ``names``, and how many more there are.

    >>> name_some(["0.png", "1.png", "2.png", "3.png", "4.png"])
    '0.png, 1.png, 2.png and 2 more'
    """
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
