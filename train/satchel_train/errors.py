"""What can go wrong in training, as a tree under the runtime's root.

    satchel.SatchelError
    ├── DataError          a data set that is missing, damaged or not the publisher's
    │   └── DownloadError  it could not be fetched
    ├── DeviceError        there is no such device
    ├── CheckpointError    cannot be written, is damaged, or belongs to another training
    ├── FolderError        what is to be written cannot be there, or is not to be replaced
    ├── SettingsError      a choice that the recipe does not have
    └── WorkersError       another worker was lost

Every message is one line: expected, got and, where it is known, what to do.
"""

from satchel.errors import SatchelError


class DataError(SatchelError):
    """A data set that is missing, damaged or not the publisher's."""


class DownloadError(DataError):
    """A data set that could not be fetched."""


class FolderError(SatchelError):
    """A model folder or file that cannot be written there, or is not to be replaced."""


class CheckpointError(SatchelError):
    """A checkpoint that cannot be written, is damaged, or belongs to another training."""


class SettingsError(SatchelError):
    """A choice that the recipe does not have, or that contradicts another one."""


class DeviceError(SatchelError):
    """A device that is not there, or that its backend cannot use."""


class WorkersError(SatchelError):
    """Another worker of the same training was lost, or never came."""
