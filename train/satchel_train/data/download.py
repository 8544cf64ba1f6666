"""Gets a publisher's file from its server or from the user's folder.

A download is resumed where it stopped, checked against a pinned digest, and only then renamed to
its final name. A file from the user's folder is the user's choice: its SHA-256 is recorded but not
checked.
"""

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from satchel_train.data.download_progress import open_download_progress
from satchel_train.errors import DataError, DownloadError

CHUNK_BYTES = 1 << 18
MAX_BYTES = 1 << 30
"""The largest download. No data set here is as large, so a server that sends more is at fault."""
TIMEOUT_SECONDS = 30
"""The longest time without a new byte."""
ALGORITHMS = {"sha256": "SHA-256", "md5": "MD5"}
"""The name of an algorithm in hashlib to its usual name."""


@dataclass(frozen=True)
class Source:
    """A file that a publisher offers, and its digest."""

    name: str
    url: str
    digest: str
    """The digest of the file, in hexadecimal digits."""
    algorithm: Literal["sha256", "md5"] = "sha256"
    """The algorithm of the digest: ``md5`` if the publisher states nothing better."""
    option: str = "--data-dir DIR"
    """The command's option that takes the user's own copy, and how."""

    @property
    def remedy(self) -> str:
        """What a user can do without the publisher's server."""
        return f"bring the file yourself with {self.option}"


class Fetched(NamedTuple):
    """A file on this machine, and its SHA-256 in 64 hexadecimal digits."""

    path: Path
    sha256: str


def fetch(source: Source, *, data_dir: Path | None) -> Fetched:
    """Return the file of ``source``: from ``data_dir``, or without one from cache or publisher.

    Raises DataError if it is not in ``data_dir``, DownloadError if it cannot be fetched or does not
    have the pinned digest.
    """
    path = (data_dir or cache_folder()) / source.name
    try:
        if data_dir is None and not (path.is_file() and is_published(source, path)):
            _download(source, path)
        found = _digest(path, "sha256") if path.is_file() else None
    except OSError as error:
        raise DataError(f"Expected to read {str(path)!r}: {error.strerror}.") from error
    if found is None:
        raise DataError(
            f"Expected {source.name} in {str(data_dir)!r}, got no such file:"
            f" get it from {source.url}."
        )
    return Fetched(path, found)


def cache_folder() -> Path:
    """Return the folder for downloads: ``satchel`` in $XDG_CACHE_HOME, or else in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "satchel"


def is_published(source: Source, path: Path) -> bool:
    """Return whether the file ``path`` has the digest of ``source``."""
    return _digest(path, source.algorithm) == source.digest


def _download(source: Source, path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _receive(source, partial)
        found = _digest(partial, source.algorithm)
        if found != source.digest:
            partial.unlink()
            algorithm = ALGORITHMS[source.algorithm]
            raise DownloadError(
                f"Expected {source.name} with {algorithm} {source.digest}, got {found}:"
                f" {source.url} sends another file; run it again, or {source.remedy}."
            )
        partial.replace(path)
    except urllib.error.HTTPError as error:
        raise DownloadError(
            f"Expected {source.name} from {source.url}, got HTTP {error.code} {error.reason};"
            f" {source.remedy}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(
            f"Expected {source.name} from {source.url}: {reason}; run it again to resume,"
            f" or {source.remedy}."
        ) from error


def _receive(source: Source, partial: Path) -> None:
    """Append the missing bytes to ``partial``, or write all again if the server cannot resume."""
    done = partial.stat().st_size if partial.exists() else 0
    try:
        _request(source, partial, done)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or done == 0:
            raise
        # The server has no further bytes: this is the whole file already, or another file.
        if not is_published(source, partial):
            partial.unlink()
            _request(source, partial, 0)


def _request(source: Source, partial: Path, done: int) -> None:
    headers = {"Range": f"bytes={done}-"} if done else {}
    request = urllib.request.Request(source.url, headers=headers)  # noqa: S310  a pinned address
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
        if not _continues(response, done):
            done = 0
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        with (
            partial.open("ab" if done else "wb") as file,
            open_download_progress(source.name, done=done, total=total) as arrived,
        ):
            while chunk := response.read(CHUNK_BYTES):
                done += len(chunk)
                if done > MAX_BYTES:
                    raise OSError(f"more than {MAX_BYTES:,} bytes came")
                file.write(chunk)
                arrived(len(chunk))
    if total is not None and done < total:
        raise OSError(f"the connection ended after {done:,} of {total:,} bytes")


def _continues(response: http.client.HTTPResponse, done: int) -> bool:
    """Return whether the response begins at byte ``done``, and not with the file's first byte."""
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return (
        response.status == http.client.PARTIAL_CONTENT
        and start is not None
        and int(start[1]) == done
    )


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
