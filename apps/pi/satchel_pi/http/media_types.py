"""Chooses between two media types of a response as the Accept header of a request asks."""

from python_multipart.multipart import parse_options_header


def prefers(media: str, other: str, accept: str) -> bool:
    """Return whether an Accept header asks for ``media`` rather than for ``other``.

    The higher weight wins, then the name that is stated more exactly (RFC 9110, section 12.5.1).

    >>> prefers("image/png", "application/json", "image/png, */*")
    True
    >>> prefers("image/png", "application/json", "*/*")
    False
    """
    ranges = [parse_options_header(each.strip()) for each in accept.split(",")]
    weights = {name.decode("latin-1"): _weight(options) for name, options in ranges}
    rank = _rank(media, weights)
    # A weight of 0 refuses a type.
    return rank[0] > 0 and rank > _rank(other, weights)


def _rank(media: str, weights: dict[str, float]) -> tuple[float, int]:
    """Return the weight of a media type, 0 to 1, and how exactly the header names it, 0 to 3."""
    names = (media, f"{media.partition('/')[0]}/*", "*/*")
    for exactness, name in zip((3, 2, 1), names, strict=True):
        if name in weights:
            return weights[name], exactness
    return 0.0, 0


def _weight(options: dict[bytes, bytes]) -> float:
    try:
        weight = float(options.get(b"q", b"1"))
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
