"""The name and the version that a bundle carries."""

import re
from dataclasses import replace
from pathlib import Path

from satchel.bundle import NAME_PATTERN, VERSION_PATTERN, Json
from satchel_convert.errors import ConversionError
from satchel_convert.model_folder import ORIGIN, ModelFolder

FIRST_VERSION = "1.0.0"


def card_name(path: Path) -> str:
    """Return a valid card name, made from the name of a model's file."""
    name = re.sub(r"[^a-z0-9_.-]+", "_", path.resolve().stem.lower()).strip("_.-")
    return name[:64] or "model"


def check_release(name: str | None, version: str | None) -> None:
    """Raise ConversionError for a name or a version that is not valid in a card; None is valid."""
    if name is not None and not re.fullmatch(NAME_PATTERN, name, re.ASCII):
        raise ConversionError(
            "Expected a name of at most 64 letters, digits, '_', '.' and '-', the first one a"
            f" letter or a digit, got {name!r:.80}."
        )
    if version is not None and not re.fullmatch(VERSION_PATTERN, version, re.ASCII):
        raise ConversionError(
            f"Expected a version of three numbers such as 1.2.0, got {version!r:.80}."
        )


def released(folder: ModelFolder, *, name: str | None, version: str | None) -> ModelFolder:
    """Return the model folder under another name and version; None keeps the card's own.

    The provenance keeps the folder's own name and version. ``satchel verify`` needs them to see
    that a bundle and a folder belong together.
    """
    card = folder.card
    if name in (None, card.name) and version in (None, card.version):
        return folder
    origin: dict[str, Json] = {"name": card.name, "version": card.version}
    card = card._replace(
        name=name or card.name,
        version=version or card.version,
        provenance={**card.provenance, ORIGIN: origin},
    )
    return replace(folder, card=card)
