"""Finds the labels of samples among those of a model."""

import unicodedata
from collections.abc import Sequence

from satchel.cli import did_you_mean
from satchel_convert.errors import ModelFolderError


class LabelPositions:
    """The positions of a model's labels, by the labels and by their ids.

    Accented letters are compared as they look: macOS writes the names of folders in another way
    than other systems.
    """

    def __init__(self, labels: Sequence[str], ids: Sequence[str] = ()) -> None:
        self._labels = labels
        self._positions: dict[str, list[int]] = {}
        for names in (labels, ids):
            for at, name in enumerate(names):
                known = self._positions.setdefault(_composed(name), [])
                if at not in known:
                    known.append(at)
        for at, name in enumerate(ids):
            # An id is never ambiguous, even if it is another label as well.
            self._positions[_composed(name)] = [at]

    def find(self, name: str, place: str) -> int:
        """Return the position of the label or id ``name``, which stands at ``place``.

        Raises ModelFolderError for another name, and for a label that comes several times.
        """
        found = self._positions.get(_composed(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise ModelFolderError(
                f"Expected an id in {place}, got {name[:60]!r}, which is the label of"
                f" {len(found)} outputs."
            )
        hint = did_you_mean(name, self._labels)
        if not hint and name.isdecimal():
            hint = " (write the label itself, not its number)"
        raise ModelFolderError(
            f"Expected one of the model's labels in {place}, got {name[:60]!r}{hint}."
        )


def _composed(label: str) -> str:
    return unicodedata.normalize("NFC", label)
