"""Reads an author's own predictions, and matches them with the samples by path or text."""

import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import zip_longest
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import LabelOutput
from satchel_convert.errors import ModelFolderError
from satchel_convert.model_folder import ModelFolder, Sample
from satchel_convert.samples.files import read_text
from satchel_convert.samples.tables import separator_of

SAMPLE_KEYS = ("sample", "file", "filename", "path", "picture", "image", "text", "input")
"""The names that the field of a sample may have"""
_CSV = (".csv", ".tsv")
_FIELDS = (*SAMPLE_KEYS, "label", "labels")
"""The columns that are no label's"""
_SHAPES = (
    '{"SAMPLE": LABEL or [SCORES]} in a .json, {"sample": ..., "label": ... or "scores": [...]} on'
    " each line of a .jsonl, or the columns sample, label and one for each label in a .csv"
)


class Answer(NamedTuple):
    """What the author's own program predicts for one sample."""

    labels: tuple[int, ...]
    """The index of the top label; of every chosen label for a model that may give several"""
    scores: tuple[float, ...] | None
    """The score of each label; None if only the label is known"""


class Expected(NamedTuple):
    """The author's predictions, matched with samples."""

    file: str
    """The name of the file"""
    positions: tuple[int, ...]
    """The positions of the samples that have an answer"""
    answers: tuple[Answer, ...]
    """The answer for each of these samples"""
    missing: tuple[str, ...]
    """The samples that have none"""

    @property
    def truth(self) -> NDArray[np.int64]:
        """The index of each expected top label, (answers,); 0 where no label is expected."""
        return np.array([(*answer.labels, 0)[0] for answer in self.answers], np.int64)

    def wanted(self, labels: int) -> NDArray[np.float32]:
        """Return the expected scores, float32 (answers, labels); 1 for a label without scores."""
        rows = np.zeros((len(self.answers), labels), np.float32)
        for row, answer in zip(rows, self.answers, strict=True):
            if answer.scores is None:
                row[list(answer.labels)] = 1
            else:
                row[:] = answer.scores
        return rows


def read_expected(path: Path, samples: Sequence[Sample], output: LabelOutput) -> Expected:
    """Return the predictions in ``path`` for some of ``samples``.

    A key is the path of a sample, any end of it that only one sample has, or a text. Raises
    ModelFolderError for a file that cannot be read, a label that the model does not have, and an
    answer for no sample or for several.
    """
    values = [sample.value for sample in samples]
    find = _Finder(samples)
    found: dict[int, Answer] = {}
    unknown = []
    for key, given in _entries(path):
        places = find(key)
        if not places:
            unknown.append(key)
            continue
        if len(places) > 1:
            raise ModelFolderError(
                f"Expected a name that only one sample has in {path.name!r}, got {_shown(key)},"
                f" which {len(places):,} have: write more of the path."
            )
        (position,) = places
        if position in found:
            raise ModelFolderError(
                f"Expected one answer for each sample in {path.name!r}, got two for"
                f" {_shown(values[position])}."
            )
        found[position] = _answer(given, output, key, path)
    if unknown or not found:
        got = f"{len(unknown):,} for others, such as {_shown(unknown[0])}" if unknown else "none"
        raise ModelFolderError(
            f"Expected answers for evaluation samples in {path.name!r}, got {got}: name a sample by"
            " its path or its text."
        )
    positions = tuple(sorted(found))
    missing = tuple(_shown(values[at]) for at in range(len(values)) if at not in found)
    return Expected(path.name, positions, tuple(found[at] for at in positions), missing)


def expected_of(folder: ModelFolder, path: str | os.PathLike[str]) -> Expected:
    """Return the predictions in ``path`` for the evaluation samples of a model folder.

    Raises ModelFolderError as ``read_expected`` does, and for a model that has no labels.
    """
    output = folder.card.output
    if not output.labels:
        raise ModelFolderError(
            f"Expected no expected predictions for {folder.card.task}: they are for labels."
        )
    assert isinstance(output, LabelOutput)
    return read_expected(Path(path), folder.evaluation, output)


class _Finder:
    """Finds the position of a sample by its text, or by the end of its path."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._texts = {
            each.value: at for at, each in enumerate(samples) if isinstance(each.value, str)
        }
        self._ends: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for at, sample in enumerate(samples):
            # A text that was read from a file has the name of that file.
            places = [PurePosixPath(sample.name)] if sample.name else []
            if isinstance(sample.value, Path):
                places.append(PurePosixPath(sample.value.as_posix()))
            for place in places:
                for start in range(len(place.parts)):
                    self._ends[place.parts[start:]].add(at)

    def __call__(self, key: str) -> Set[int]:
        """Return the positions of the samples that ``key`` names."""
        if key in self._texts:
            return {self._texts[key]}
        # A backslash separates folders where the author's program ran on Windows.
        for parts in (PurePosixPath(key).parts, PureWindowsPath(key).parts):
            for start in range(len(parts)):
                if places := self._ends.get(parts[start:]):
                    return places
        return set()


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each sample's key and what is given for it: a label, scores or a mapping of fields."""
    suffix = path.suffix.lower()
    if suffix in _CSV:
        rows: Iterable[Any] = _csv_rows(path)
    elif suffix == ".jsonl":
        rows = [_parsed(line, path) for line in read_text(path).split("\n") if line.strip()]
    else:
        content = _content(path)
        if isinstance(content, dict):
            yield from content.items()
            return
        rows = content if isinstance(content, list) else [content]
    for row in rows:
        key = next((row[name] for name in SAMPLE_KEYS if name in row), None) if row else None
        if not isinstance(row, dict) or not isinstance(key, str):
            raise ModelFolderError(f"Expected {_SHAPES}, got {str(row)[:80]!r} in {path.name!r}.")
        yield key, _as_answer(row)


def _csv_rows(path: Path) -> Iterator[dict[str | None, Any]]:
    written = read_text(path)
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator_of(written, path))
    try:
        header, *rows = [cells for cells in reader if any(cells)] or [[]]
    except csv.Error as error:
        raise ModelFolderError(
            f"Expected a row of CSV in line {reader.line_num} of {path.name!r}, got: {error}."
        ) from error
    # The other columns are labels, in which capitals count.
    names = [low if (low := name.strip().lower()) in _FIELDS else name.strip() for name in header]
    for cells in rows:
        yield dict(zip_longest(names, cells))


def models_in(path: Path) -> set[str]:
    """Return the names of the models that made the answers in ``path``, if its lines name them."""
    return {given["model"] for _, given in _entries(path) if _names_model(given)}


def _names_model(given: Any) -> bool:
    return isinstance(given, Mapping) and isinstance(given.get("model"), str)


def _as_answer(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line of ``satchel run --json`` with its labels and scores; others unchanged."""
    predictions = row.get("predictions")
    if not isinstance(predictions, list) or not all(isinstance(each, dict) for each in predictions):
        return row
    names = [each.get("id") or each.get("label") for each in predictions]
    scores = {name: each.get("score") for name, each in zip(names, predictions, strict=True)}
    if not any(isinstance(each.get("chosen"), bool) for each in predictions):
        return {**row, "label": names[0] if names else None, "scores": scores}
    if all(each.get("chosen") for each in predictions):
        # There may be more that were chosen; the scores tell if all of them are here.
        return {**row, "scores": scores}
    chosen = [name for name, each in zip(names, predictions, strict=True) if each.get("chosen")]
    return {**row, "labels": chosen, "scores": scores}


def _content(path: Path) -> Any:
    """Return the JSON in a file, or a list of the lines of a file of JSON lines."""
    text = read_text(path)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].strip().startswith("{") and lines[0].strip().endswith("}"):
        return [_parsed(line, path) for line in lines]
    return _parsed(text, path)


def _answer(given: Any, output: LabelOutput, key: str, path: Path) -> Answer:
    names = output.name_of_each
    scores, labels = _scores(given, names), _labels(given)
    # A label that repeats is no answer by itself: its id is.
    known = {name: at for at, name in enumerate(names)}
    known |= {
        label: at for at, label in enumerate(output.labels) if output.labels.count(label) == 1
    }
    if labels is not None and (set(labels) <= set(known)):
        return Answer(tuple(sorted(known[label] for label in labels)), scores)
    if labels is not None or scores is None:
        raise ModelFolderError(
            f"Expected one of the model's labels, or a score for each, for {key[:60]!r} in"
            f" {path.name!r}, got {str(given)[:80]!r}."
        )
    if not output.multi_label:
        return Answer((int(np.argmax(scores)),), scores)
    chosen = tuple(at for at, score in enumerate(scores) if score >= output.threshold(at))
    return Answer(chosen, scores)


def _labels(given: Any) -> list[str] | None:
    """Return the labels that an answer names; None for an answer of scores alone."""
    if isinstance(given, Mapping):
        if isinstance(listed := given.get("labels"), list):
            return [str(label) for label in listed]
        if isinstance(listed, str):
            return [label.strip() for label in listed.split("|") if label.strip()]
        given = given.get("label")
    is_label = isinstance(given, str | int) and str(given).strip()
    return [str(given).strip()] if is_label else None


def _scores(given: Any, names: Sequence[str]) -> tuple[float, ...] | None:
    """Return the score of each label; None unless there is a number for each."""
    listed = given.get("scores", given) if isinstance(given, Mapping) else given
    if isinstance(listed, Mapping):
        listed = [listed.get(name) for name in names]
    if not isinstance(listed, list) or len(listed) != len(names):
        return None
    try:
        scores = tuple(_number(each) for each in listed)
    except (TypeError, ValueError):
        return None
    return scores if np.isfinite(scores).all() else None


def _number(given: Any) -> float:
    """Return a number; in a cell a comma may stand before its decimals."""
    return float(given.replace(",", ".") if isinstance(given, str) else given)


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFolderError(f"Expected {_SHAPES}, got no JSON in {path.name!r}.") from error


def _shown(value: object) -> str:
    return repr(str(value)[-80:])
