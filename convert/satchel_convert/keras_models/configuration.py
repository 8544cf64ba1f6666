"""Reads the configuration of a Keras file without Keras, by the file's content and not its suffix.

Importing TensorFlow takes more than ten seconds of processor time. What the configuration alone
decides is said before that.
"""

import json
import zipfile
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from satchel.errors import first_line
from satchel_convert.errors import ConversionError

Container: TypeAlias = Literal["archive", "hdf5"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
"""The first bytes of every HDF5 file"""
_ARCHIVE = b"PK\x03\x04"
SAVED_MODEL = "saved_model.pb"
"""The file that every SavedModel's folder has"""
_MEMBERS = frozenset({"config.json", "metadata.json"})
"""The members of every Keras archive"""
MAX_BYTES = 64 << 20
"""The largest configuration that is read: Keras's own largest has 3 MB"""


class Configuration(NamedTuple):
    """The configuration of the model in a Keras file."""

    container: Container
    generation: int
    """2 for Keras 2 (TensorFlow 2.0 to 2.15, and tf_keras), 3 for Keras 3"""
    model: dict[str, Any]
    """The class of the model, and its layers in ``config``"""


def container_of(path: Path) -> Container | None:
    """Return how the file at ``path`` holds a Keras model; None if it is no such file."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5))
    except OSError:
        return None
    if start == _HDF5:
        return "hdf5"
    return "archive" if start.startswith(_ARCHIVE) and _is_keras_archive(path) else None


def read_configuration(path: Path) -> Configuration:
    """Return the configuration of the Keras file at ``path``.

    Raises ConversionError for a file that is missing, damaged or of another kind, and for one that
    holds weights alone.
    """
    # Keras reports a file that is no archive as if it did not exist, so check both here.
    if not path.is_file():
        raise ConversionError(f"Expected a Keras model in {str(path)!r}, there is no such file.")
    container = container_of(path)
    if container is None:
        raise ConversionError(
            f"Expected a Keras model in {path.name!r}, got a file that is no archive of Keras and"
            " no HDF5 file: it is damaged or of another kind."
        )
    try:
        read = _read_hdf5 if container == "hdf5" else _read_archive
        version, model = read(path)
    except ConversionError:
        raise
    except Exception as error:
        # Damaged files raise exceptions of many classes, from three libraries.
        raise ConversionError(
            f"Expected a Keras model in {path.name!r}, the file is damaged: {first_line(error)}"
        ) from error
    if not isinstance(model, dict) or not isinstance(model.get("config"), dict | list):
        raise ConversionError(
            f"Expected a Keras model in {path.name!r}, the file is damaged: it has no layers."
        )
    return Configuration(container, 3 if version.startswith("3") else 2, model)


def _is_keras_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) >= _MEMBERS
    except (OSError, zipfile.BadZipFile):
        return False


def _read_archive(path: Path) -> tuple[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("config.json").file_size > MAX_BYTES:
            raise ConversionError(
                f"Expected a configuration of at most {MAX_BYTES >> 20} MiB in {path.name!r}."
            )
        broken = archive.testzip()
        if broken is not None:
            raise ConversionError(
                f"Expected a Keras model in {path.name!r}, the file is damaged: the checksum of"
                f" {broken!r} is wrong."
            )
        metadata = json.loads(archive.read("metadata.json"))
        return str(metadata["keras_version"]), json.loads(archive.read("config.json"))


def _read_hdf5(path: Path) -> tuple[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        configuration = file.attrs.get("model_config")
        if configuration is None:
            raise ConversionError(
                f"Expected a Keras model in {path.name!r}, got its weights alone: save the whole"
                " model with model.save('model.keras')."
            )
        # Files that were written before Keras had versions are of its first years.
        version = str(_text(file.attrs.get("keras_version", "2")))
        return version, json.loads(_text(configuration))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
