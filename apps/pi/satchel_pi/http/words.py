"""Figures as the pages write them."""

_UNITS = (("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def duration(seconds: float) -> str:
    """Return a time in its two largest units.

    >>> duration(4.2), duration(75), duration(7200), duration(200_000)
    ('4 s', '1 min 15 s', '2 h 0 min', '2 days 7 h')
    """
    left = int(seconds)
    at = next((at for at, (_, size) in enumerate(_UNITS) if left >= size), len(_UNITS) - 1)
    parts = []
    for name, size in _UNITS[at : at + 2]:
        count, left = divmod(left, size)
        parts.append(f"{count} {name}{'s' if name == 'day' and count != 1 else ''}")
    return " ".join(parts)


def megabytes(size_bytes: int) -> str:
    """Return a size in megabytes of 1,000,000 bytes.

    >>> megabytes(61_400_000)
    '61 MB'
    """
    return f"{size_bytes / 1e6:,.0f} MB"


def percent(share: float) -> str:
    """Return a share with one decimal. No line breaks before the sign.

    >>> percent(0.9853)
    '98.5\\xa0%'
    """
    return f"{100 * share:.1f}\u00a0%"
