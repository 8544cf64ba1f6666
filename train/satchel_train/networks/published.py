"""Networks that others trained and published, with the files of their weights."""

from dataclasses import dataclass
from pathlib import Path

from satchel.bundle import ImageInput, Json
from satchel_train.data.download import Source, fetch, is_published
from satchel_train.errors import DataError

SIDE = 224
"""Height and width of the images of ImageNet's networks, in pixels."""
RANDOM = Path("none")
"""The value of ``weights`` for a network with random weights."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """The images that a network was trained on, and the file with its weights."""

    image: ImageInput
    source: Source
    """The file with the published weights."""
    licence: str
    """The licence of the weights, as their publisher states it: an identifier of SPDX."""
    further: tuple[Source, ...] = ()
    """Other files with the same weights, which the user may have instead."""


def find_weights(source: Source, weights: Path | None) -> Path:
    """Return the user's file ``weights``, or for None the published file, which is fetched.

    Raises DataError if there is no file ``weights``, and as ``fetch`` does.
    """
    if weights is None:
        return fetch(source, data_dir=None).path
    if not weights.is_file():
        raise DataError(
            f"Expected a file of weights, got {str(weights)!r}, which is no file:"
            f" get it from {source.url}."
        )
    return weights


def origin(network: Published, weights: Path) -> dict[str, Json]:
    """Return the fields of a card's provenance that say what the file ``weights`` is.

    A file that is not the publisher's says nothing of where it is from and who may use it.
    """
    if not any(is_published(source, weights) for source in (network.source, *network.further)):
        return {"weights": weights.name}
    return {"weights": network.source.url, "weights_licence": network.licence}
