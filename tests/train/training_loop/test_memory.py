import numpy as np
import pytest

from satchel_train.errors import DeviceError, MemoryShortageError
from satchel_train.training_loop.memory import reporting_memory_shortage


def of_tensorflow():
    import tensorflow

    tensorflow.zeros((10**9, 10**9))


def of_numpy():
    np.zeros((10**9, 10**9))


class JaxRuntimeError(RuntimeError):
    """Named as the error of JAX."""


class OutOfMemoryError(RuntimeError):
    """Named as the error of PyTorch."""


def of_jax():
    raise JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 17592186044416 bytes.")


def of_torch():
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")


@pytest.mark.parametrize("shortage", [of_tensorflow, of_numpy, of_jax, of_torch])
def test_a_lack_of_memory_is_said_in_one_line_that_helps(shortage):
    message = r"Expected enough memory, .* smaller model"
    with pytest.raises(MemoryShortageError, match=message) as said, reporting_memory_shortage():
        shortage()
    assert isinstance(said.value, DeviceError)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    "error", [RuntimeError("OOM"), JaxRuntimeError("INTERNAL: x"), KeyError(1)]
)
def test_any_other_error_passes_through(error):
    with pytest.raises(type(error)) as raised, reporting_memory_shortage():
        raise error
    assert raised.value is error
