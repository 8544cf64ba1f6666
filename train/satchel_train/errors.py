"""What can go wrong in training, as a tree under the runtime's root.

    satchel.SatchelError
    ├── DataError          a data set that is missing, damaged or not the publisher's
    │   └── DownloadError  it could not be fetched
    └── FolderError        the model folder cannot be written there

Every message is one line: expected, got and, where it is known, what to do.
"""

from satchel.errors import SatchelError


class DataError(SatchelError):
    """A data set that is missing, damaged or not the publisher's."""


class DownloadError(DataError):
    """A data set that could not be fetched."""


class FolderError(SatchelError):
    """The model folder cannot be written there."""
