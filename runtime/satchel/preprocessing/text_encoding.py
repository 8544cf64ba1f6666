"""Decodes text that a user wrote: labels, tables, lists and texts. A byte order mark decides.

Without a mark the text is UTF-8. A mark is never part of the text. Joined files have several.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from satchel.errors import InputError

# UTF-32 comes first, because its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(beginning: bytes) -> str:
    """Return the encoding that the byte order mark of ``beginning`` names; UTF-8 without one."""
    for mark, encoding in _MARKS:
        if beginning.startswith(mark):
            return encoding
    return "utf-8"


def decode_text(content: bytes, *, name: str) -> str:
    """Return the text in ``content``, the content of the file or input ``name``.

    Raises InputError for bytes of no such encoding and for a NUL, with their position.
    """
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        found = content[error.start : error.start + 1].hex()
        raise InputError(
            f"Expected {encoding.upper()} in {name!r}, got the byte 0x{found} at position"
            f" {error.start:,} (line {_line(content, error.start, encoding)}): save it as UTF-8."
        ) from error
    if (nul := text.find("\0")) >= 0:
        line = text.count("\n", 0, nul) + 1
        raise InputError(
            f"Expected text in {name!r}, got a NUL at character {nul:,} (line {line}): save it as"
            " UTF-8; UTF-16 needs a byte order mark."
        )
    return _without_marks(text)


def decode_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of text in ``pieces``, without their ends, as soon as each is whole.

    For the system a file name is bytes, so bytes that are no UTF-8 become lone surrogates. Raises
    InputError for bytes that are not in the encoding of a byte order mark.
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    encoding = encoding_of(first)
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    rest = ""
    for piece, final in chain(((each, False) for each in chain([first], pieces)), [(b"", True)]):
        try:
            rest += decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            raise InputError(
                f"Expected {encoding.upper()} as the byte order mark of standard input says, got"
                f" other bytes: {error.reason}."
            ) from error
        *lines, rest = rest.split("\n")
        yield from map(_without_end, lines)
    if rest:
        yield _without_end(rest)


def check_decoded(line: str, *, name: str) -> None:
    """Raise InputError for a line of ``decode_lines`` or of the command line that was no UTF-8."""
    found = re.search("[\udc80-\udcff]", line)
    if found is not None:
        raise InputError(
            f"Expected UTF-8 in {name}, got the byte 0x{ord(found[0]) - 0xDC00:x} at character"
            f" {found.start():,} of {line[:60]!r}: save it as UTF-8."
        )


def _line(content: bytes, at: int, encoding: str) -> int:
    return content[:at].decode(encoding, "ignore").count("\n") + 1


def _without_end(line: str) -> str:
    return line.lstrip("\ufeff").rstrip("\r")


def _without_marks(text: str) -> str:
    return re.sub("^\ufeff+", "", text, flags=re.MULTILINE) if "\ufeff" in text else text
