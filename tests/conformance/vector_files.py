"""Where the vectors go: JSON with a case on each line, arrays as .npy, files as they are."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "golden" / "conformance"
"""Where the project keeps them"""


class Vectors:
    """A folder that is being filled; every method returns the path it wrote, from the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def json(self, name: str, lists: Mapping[str, Any]) -> str:
        """Write ``name.json``: each list in its own lines, a case on each, so that diffs tell."""
        parts = (f"{json.dumps(key)}: {_lines(value)}" for key, value in lists.items())
        return self.binary(f"{name}.json", ("{\n" + ",\n".join(parts) + "\n}\n").encode())

    def array(self, name: str, values: NDArray[Any]) -> str:
        """Write ``name.npy``, little-endian and in C order."""
        file = io.BytesIO()
        np.lib.format.write_array(file, np.ascontiguousarray(values), version=(1, 0))
        return self.binary(f"{name}.npy", file.getvalue())

    def binary(self, name: str, content: bytes) -> str:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name


def _lines(value: Any) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return _spelled(value)
    return "[\n" + ",\n".join(f" {_spelled(case)}" for case in value) + "\n]"


def _spelled(value: Any) -> str:
    # Nothing but ASCII: lone surrogates have no UTF-8.
    return json.dumps(value, allow_nan=False)


def plain(value: object) -> object:
    """Return ``value`` with JSON's objects for NamedTuples, and lists for tuples."""
    if hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value
