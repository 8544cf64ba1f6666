"""Reports a lack of memory in one line, on every backend."""

from collections.abc import Iterator
from contextlib import contextmanager

from satchel_train.errors import MemoryShortageError

# By name, because only the chosen backend is installed.
SHORTAGES = frozenset(
    {
        "MemoryError",  # NumPy
        "ResourceExhaustedError",  # TensorFlow
        "OutOfMemoryError",  # PyTorch
    }
)
JAX_ERROR = "JaxRuntimeError"
JAX_SHORTAGE = "RESOURCE_EXHAUSTED"
"""The beginning of the message of a JAX_ERROR."""


@contextmanager
def reporting_memory_shortage() -> Iterator[None]:
    """Make a context, or decorate a function, that raises MemoryShortageError without memory.

    Every other error passes through as it is.
    """
    try:
        yield
    except Exception as error:
        if not _is_shortage(error):
            raise
        raise MemoryShortageError(
            "Expected enough memory, the device or the machine has no more: end other programs"
            " that use it, choose a smaller model, smaller images or mixed precision, or train on"
            " more devices or on a larger one."
        ) from error


def _is_shortage(error: Exception) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & SHORTAGES) or (JAX_ERROR in names and str(error).startswith(JAX_SHORTAGE))
