"""Reads the TFLite Model Metadata that a finished .tflite file holds.

Source: https://ai.google.dev/edge/litert/models/metadata. ``metadata_tables`` writes such metadata.
Files come from anywhere, so each offset is checked, and each field may be missing.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from satchel.model_checks import UINT8, UINT32, UINT64, Flatbuffer
from satchel_convert.errors import ConversionError
from satchel_convert.tflite.metadata_tables import FileType, UnitKind

_MODEL_BUFFERS, _MODEL_METADATA = 4, 6
_GRAPHS, _INPUTS, _OUTPUTS, _GRAPH_INPUT_UNITS = 3, 2, 3, 5
_UNITS, _TENSOR_FILES = 4, 6
_SENTENCE_PIECE = 5
_SCORE_CALIBRATION = 2
_MAX_FILE_BYTES = 32 << 20
"""The largest size of a file of labels or tokens; it is limited because an archive can be a bomb"""


class TfliteMetadata(NamedTuple):
    """What an application needs to know about a .tflite, as far as the file says it."""

    labels: str | None = None
    """The text with one label on each line"""
    labels_file: str | None = None
    """The name of the file of labels, which may be missing"""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    """The numbers of ``(pixel - mean) / std``; both are empty if the file does not say it"""
    delimiter: str | None = None
    vocabulary: bytes | None = None
    """The lines of ``token id`` of a regex tokenizer"""
    pieces: bytes | None = None
    """The lines of pieces of a BERT tokenizer"""
    names: tuple[str, ...] = ()
    """The names of the inputs, in the order of the file"""
    tokenizer: str | None = None
    """The kind of a tokenizer that is not understood, in words"""
    calibrated: bool = False
    """Whether applications change the scores by a file of calibration parameters"""


NO_METADATA = TfliteMetadata()


def read_metadata(model: bytes) -> TfliteMetadata:
    """Return the metadata in a .tflite file, with nothing in it if there is none.

    Raises ConversionError for metadata that is damaged.
    """
    try:
        content = _metadata_buffer(Flatbuffer(model))
        if content is None:
            return NO_METADATA
        return _Reader(content, _Archive(model)).read()
    except (ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ConversionError(
            f"Expected TFLite metadata that can be read, got: {error}."
        ) from error


def plain_delimiter(pattern: str) -> str:
    """Return a delimiter without backslashes before characters that need none, such as a quote.

    >>> plain_delimiter(r"[^\\w\\']+")
    "[^\\\\w']+"
    """
    return re.sub(r"\\([^\w\s\\\]\[^-])", r"\1", pattern)


def _metadata_buffer(file: Flatbuffer) -> bytes | None:
    model = file.root(b"TFL3")
    for entry in file.tables(model, _MODEL_METADATA):
        if _text(file, entry, 0) == "TFLITE_METADATA":
            number = file.scalar(entry, 1, UINT32)
            buffers = list(file.tables(model, _MODEL_BUFFERS))
            if number >= len(buffers):
                raise ValueError(f"it names buffer {number} of {len(buffers)}")
            return _buffer(file, buffers[number])
    return None


def _buffer(file: Flatbuffer, buffer: int) -> bytes:
    offset = file.scalar(buffer, 1, UINT64)
    if offset > 1:  # 0 and 1 mean that the buffer has no offset.
        return file.content[offset : offset + file.scalar(buffer, 2, UINT64)]
    return _bytes(file, buffer, 0)


class _Archive:
    """The files in the ZIP archive after a flatbuffer, if there is one."""

    def __init__(self, model: bytes) -> None:
        held = io.BytesIO(model)
        self._archive = zipfile.ZipFile(held) if zipfile.is_zipfile(held) else None

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, None if it is not there."""
        if self._archive is None or name not in self._archive.namelist():
            return None
        size = self._archive.getinfo(name).file_size
        if size > _MAX_FILE_BYTES:
            raise ValueError(f"{name!r} in it has {size:,} bytes")
        return self._archive.read(name)


class _Reader:
    """Reads the tables of one metadata flatbuffer."""

    def __init__(self, content: bytes, archive: _Archive) -> None:
        self._file = Flatbuffer(content)
        self._archive = archive

    def read(self) -> TfliteMetadata:
        """Return what the first graph says of its first input and output."""
        root = self._file.root(b"M001")
        graph = next(iter(self._file.tables(root, _GRAPHS)), None)
        if graph is None:
            return NO_METADATA
        found = NO_METADATA
        inputs = list(self._file.tables(graph, _INPUTS))
        outputs = list(self._file.tables(graph, _OUTPUTS))
        units = [*self._units(graph, _GRAPH_INPUT_UNITS)]
        for tensor in inputs[:1]:
            units += self._units(tensor, _UNITS)
            found = found._replace(vocabulary=self._associated(tensor, FileType.VOCABULARY)[1])
        found = found._replace(names=tuple(_text(self._file, tensor, 0) for tensor in inputs))
        for kind, unit in units:
            found = self._with_unit(found, kind, unit)
        for tensor in outputs[:1]:
            name, labels = self._associated(tensor, FileType.TENSOR_AXIS_LABELS)
            text = None if labels is None else _decoded(labels)
            kinds = [kind for kind, _ in self._units(tensor, _UNITS)]
            calibrated = _SCORE_CALIBRATION in kinds
            found = found._replace(labels=text, labels_file=name, calibrated=calibrated)
        return found

    def _with_unit(self, found: TfliteMetadata, kind: int, unit: int) -> TfliteMetadata:
        if kind == UnitKind.NORMALIZATION:
            return found._replace(mean=self._floats(unit, 0), std=self._floats(unit, 1))
        if kind == UnitKind.REGEX_TOKENIZER:
            delimiter = _text(self._file, unit, 0)
            return found._replace(delimiter=delimiter, vocabulary=self._named_file(unit, 1))
        if kind == UnitKind.BERT_TOKENIZER:
            return found._replace(pieces=self._named_file(unit, 0))
        if kind == _SENTENCE_PIECE:
            return found._replace(tokenizer="a SentencePiece tokenizer")
        return found

    def _named_file(self, unit: int, slot: int) -> bytes | None:
        """Return the content of the first file that a unit names; None if there is none."""
        files = list(self._file.tables(unit, slot))
        named = _text(self._file, files[0], 0) if files else ""
        return self._archive.read(named) if named else None

    def _units(self, table: int, slot: int) -> Iterator[tuple[int, int]]:
        for unit in self._file.tables(table, slot):
            options = self._file.table(unit, 1)
            if options is not None:
                yield self._file.scalar(unit, 0, UINT8), options

    def _associated(self, tensor: int, kind: FileType) -> tuple[str | None, bytes | None]:
        """Return the name and the content of the first file of that kind; it may be missing."""
        for file in self._file.tables(tensor, _TENSOR_FILES):
            if self._file.scalar(file, 2, UINT8) == kind:
                name = _text(self._file, file, 0)
                return name, self._archive.read(name)
        return None, None

    def _floats(self, table: int, slot: int) -> tuple[float, ...]:
        start, count = self._file.vector(table, slot, 4)
        return struct.unpack_from(f"<{count}f", self._file.content, start)


def _text(file: Flatbuffer, table: int, slot: int) -> str:
    return _decoded(_bytes(file, table, slot))


def _bytes(file: Flatbuffer, table: int, slot: int) -> bytes:
    start, count = file.vector(table, slot, 1)
    return file.content[start : start + count]


def _decoded(content: bytes) -> str:
    # A UnicodeDecodeError is a ValueError.
    return content.decode("utf-8-sig")
