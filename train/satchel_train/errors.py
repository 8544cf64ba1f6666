"""The errors of training, as a tree under the runtime's root.

    satchel.SatchelError
    ├── DataError                a data set is missing, damaged or not the publisher's
    │   └── DownloadError        a data set could not be fetched
    ├── DeviceError              there is no such device
    │   └── MemoryShortageError  the device or the machine has too little memory
    ├── CheckpointError          a checkpoint is damaged, or belongs to another training
    ├── DivergedError            a training has losses or weights that are no finite numbers
    ├── FolderError              a folder or file cannot be written, or must not be replaced
    ├── SettingsError            the recipe does not have this choice
    └── WorkersError             another worker was lost

    UserWarning
    └── DataWarning        the data can be used, but holds something that a user should know

Every message is one line: expected, got and, where it is known, what to do.
"""

from satchel.errors import SatchelError


class DataError(SatchelError):
    """A data set is missing, damaged or not the publisher's."""


class DownloadError(DataError):
    """A data set could not be fetched."""


class FolderError(SatchelError):
    """A model folder or a file cannot be written, or must not be replaced."""


class CheckpointError(SatchelError):
    """A checkpoint cannot be written, is damaged, or belongs to another training."""


class SettingsError(SatchelError):
    """The recipe does not have this choice, or two choices contradict each other."""


class DeviceError(SatchelError):
    """There is no such device, or the backend cannot use it."""


class MemoryShortageError(DeviceError):
    """The device, or the machine, has too little memory for the training."""


class WorkersError(SatchelError):
    """Another worker of the same training was lost, or never connected."""


class DivergedError(SatchelError):
    """A training has losses or weights that are no finite numbers, most often by a high rate."""

    def __init__(self, message: str, *, epoch: int | None = None) -> None:
        """Take the message and the epoch in which it happened, counted from 1, if there is one."""
        super().__init__(message)
        self.epoch = epoch


class DataWarning(UserWarning):
    """The data can be used, but holds something that a user should know."""
