"""Says why a file is no image or no text, by its content and not by its name."""

import codecs
import re
import struct
from pathlib import Path

from satchel import limits
from satchel.errors import InputError
from satchel.preprocessing.foreign_formats import SNIFFED_BYTES, Foreign, foreign_format
from satchel.preprocessing.image_formats import SUFFIXES, known_format
from satchel.preprocessing.text_encoding import encoding_of
from satchel.regular_files import read_regular_file
from satchel.tasks.folder_walk import Fault, unreadable

_TEXT_SUFFIXES = frozenset({".txt", ".text"})
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""The sizes of a BMP's header: a text may begin with its two letters as well."""


def image_fault(path: Path) -> Fault | None:
    """Return why the file at ``path`` is left out where images are looked for, None for an image.

    A damaged file is not left out if its suffix is an image's: whoever reads it says so.
    """
    try:
        beginning = read_regular_file(str(path), SNIFFED_BYTES).content
        form = known_format(beginning)
        if form == "TIFF":
            return _of_tiff(read_regular_file(str(path), limits.MAX_IMAGE_BYTES).content)
    except OSError as error:
        return unreadable(error)
    if form == "BMP" and int.from_bytes(beginning[14:18], "little") not in _BITMAP_HEADERS:
        form = None
    if form is not None:
        return None
    if (found := foreign_format(beginning)) is not None:
        return _fault(found)
    return None if path.suffix.lower() in SUFFIXES else Fault("no image")


def text_fault(path: Path) -> Fault | None:
    """Return why the file at ``path`` is left out where texts are looked for, None for a text.

    A text has the suffix .txt or .text. It may also have none, or a number, if its content is text.
    """
    try:
        beginning = read_regular_file(str(path), SNIFFED_BYTES).content
    except OSError as error:
        return unreadable(error)
    if path.suffix.lower() in _TEXT_SUFFIXES:
        return None
    if re.search("[a-z]", path.suffix, re.IGNORECASE) or not _is_text(beginning):
        return Fault("no .txt file")
    return None


def _of_tiff(content: bytes) -> Fault | None:
    from satchel.preprocessing.tiff_header import foreign_tiff

    try:
        found = foreign_tiff(content)
    except (InputError, struct.error):
        # It is an image, though a damaged one, and whoever reads it says so.
        return None
    return None if found is None else _fault(found)


def _fault(found: Foreign) -> Fault:
    return Fault(found.name.removeprefix("a ").removeprefix("an "), found.remedy)


def _is_text(beginning: bytes) -> bool:
    decoder = codecs.getincrementaldecoder(encoding_of(beginning))()
    try:
        return "\0" not in decoder.decode(beginning)
    except UnicodeDecodeError:
        return False
