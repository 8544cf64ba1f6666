"""Reads a policy from a TOML file. The fields are documented in ``docs/guides/policy.md``."""

import datetime
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from satchel.bundle.policy import Policy, TrustedKey
from satchel.bundle.trust import Release, parse_release
from satchel.errors import InputError, SatchelError, first_line
from satchel.regular_files import others_who_may_write, read_regular_file
from satchel.signatures.keys import PublicKey, open_key_file, parse_public_keys

MAX_POLICY_BYTES = 64 << 10

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}", re.ASCII)


def read_policy(path: str | os.PathLike[str]) -> Policy:
    """Return the policy in the TOML file at ``path``.

    Raises InputError for a file that is wrong, cannot be read, or that others than root and this
    user may write. The same holds for the files of keys that it names.
    """
    place = os.fspath(path)
    try:
        file = read_regular_file(place, MAX_POLICY_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"Expected a policy, got {place[:200]!r}: {reason}.") from error
    _check_writers(file.status, place)
    if len(file.content) > MAX_POLICY_BYTES:
        raise InputError(f"Expected at most {MAX_POLICY_BYTES:,} bytes in {place[:200]!r}.")
    try:
        table = tomllib.loads(file.content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"Expected TOML in {place[:200]!r}, got: {first_line(error)}.") from error
    return _Fields(table, place).policy()


class _Fields:
    """The fields of a policy. Every method raises InputError for a field that does not fit."""

    def __init__(self, table: Mapping[str, Any], place: str) -> None:
        self._table = table
        self._place = place

    def policy(self) -> Policy:
        known = ("keys", "revoked", "at_least", "only_listed", "allow_unsigned", "isolated")
        self._check_names("", self._table, known)
        trusted: list[TrustedKey] = []
        revoked = set(self._revoked())
        for name, entry in self._key_tables():
            found = [TrustedKey(key, self._expires(name, entry)) for key in self._keys(name, entry)]
            if self._is_true(f"{name}.", entry, "revoked"):
                revoked.update(each.key.fingerprint for each in found)
            else:
                trusted += found
        self._check_distinct(trusted)
        return Policy(
            keys=tuple(trusted),
            revoked=frozenset(revoked),
            at_least=tuple(self._at_least()),
            only_listed=self._is_true("", self._table, "only_listed"),
            allow_unsigned=self._is_true("", self._table, "allow_unsigned"),
            isolated=self._is_true("", self._table, "isolated"),
            place=self._place,
        )

    def _key_tables(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each table of ``[[keys]]`` and its name for messages."""
        for at, entry in enumerate(self._list("keys")):
            name = f"keys[{at}]"
            if not isinstance(entry, dict):
                raise self._wrong(name, "a table", entry)
            self._check_names(f"{name}.", entry, ("key", "file", "expires", "revoked"))
            yield name, entry

    def _keys(self, name: str, entry: Mapping[str, Any]) -> list[PublicKey]:
        if ("key" in entry) == ("file" in entry):
            raise InputError(f"Expected one of key and file for {name} in {self._place[:200]!r}.")
        if "key" in entry:
            line = self._text(f"{name}.key", entry["key"])
            [key, *more] = parse_public_keys(line.encode(), self._place)
            if more:
                raise self._wrong(f"{name}.key", "one key", f"{1 + len(more)}")
            return [key]
        # A path relative to the policy's folder.
        path = Path(self._place).parent / self._text(f"{name}.file", entry["file"])
        file = open_key_file(path)
        _check_writers(file.status, str(path))
        return parse_public_keys(file.content, str(path))

    def _expires(self, name: str, entry: Mapping[str, Any]) -> datetime.date | None:
        value = entry.get("expires")
        # A time of TOML is a datetime, which is a date, too.
        if value is not None and type(value) is not datetime.date:
            raise self._wrong(f"{name}.expires", "a date such as 2030-12-31", value)
        return value

    def _revoked(self) -> Iterator[str]:
        """Yield the fingerprint of each key that is revoked."""
        for at, value in enumerate(self._list("revoked")):
            text = self._text(f"revoked[{at}]", value)
            if _FINGERPRINT.fullmatch(text):
                yield text
            else:
                yield from (
                    key.fingerprint for key in parse_public_keys(text.encode(), self._place)
                )

    def _at_least(self) -> Iterator[Release]:
        versions = self._table.get("at_least", {})
        if not isinstance(versions, dict):
            raise self._wrong("at_least", "a table of versions by name", versions)
        for name, version in versions.items():
            try:
                yield parse_release(f"{name}@{self._text(f'at_least.{name}', version)}")
            except InputError:
                raise
            except SatchelError as error:
                raise self._wrong(
                    f"at_least.{name}", "a model's name and a version such as '1.2.0'", version
                ) from error

    def _check_distinct(self, trusted: list[TrustedKey]) -> None:
        """Refuse a key that is there twice: its two days might differ."""
        seen: set[bytes] = set()
        for each in trusted:
            if each.key.point in seen:
                raise InputError(
                    f"Expected each key once in {self._place[:200]!r}, got"
                    f" {each.key.fingerprint} twice."
                )
            seen.add(each.key.point)

    def _check_names(self, before: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                raise InputError(
                    f"Expected only the fields {', '.join(known)} in {self._place[:200]!r}, got"
                    f" {before + name!r:.80}."
                )

    def _is_true(self, before: str, table: Mapping[str, Any], name: str) -> bool:
        value = table.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(before + name, "true or false", value)
        return value

    def _list(self, name: str) -> list[Any]:
        value = self._table.get(name, [])
        if not isinstance(value, list):
            raise self._wrong(name, "a list", value)
        return value

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong(name, "a text", value)
        return value

    def _wrong(self, name: str, expected: str, got: object) -> InputError:
        """Return the error for a field. The caller raises it."""
        # Only of texts and of true and false is it known that they can be shown.
        shown = (
            repr(got)[:60]
            if isinstance(got, str | bool)
            else f"a value of type {type(got).__name__}"
        )
        return InputError(
            f"Expected {expected} for {name:.80} in {self._place[:200]!r}, got {shown}."
        )


def _check_writers(status: os.stat_result, place: str) -> None:
    problem = others_who_may_write(status)
    if problem is not None:
        raise InputError(
            f"Expected a file that only root and you may write, got {place[:200]!r}: {problem}."
        )
