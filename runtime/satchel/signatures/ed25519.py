"""Checks Ed25519 signatures without a library.

Only public bytes come in, so the running time may depend on them. Making a signature needs a
secret, and ``satchel.bundle.signing`` uses a library that protects it. Where RFC 8032 leaves a
choice, this module makes the strict one: the equation without the cofactor, as in OpenSSL, one
encoding for every point and number, and no key of small order, whose signatures fit any message.

Sources: RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7. The strict choices are those of Chalkias,
Garillot and Nikolaenko, "Taming the many EdDSAs", 2020.
"""

import hashlib
from typing import TypeAlias

KEY_BYTES = 32
SIGNATURE_BYTES = 64

_PRIME = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME
_ROOT_OF_MINUS_1 = pow(2, (_PRIME - 1) // 4, _PRIME)

Point: TypeAlias = tuple[int, int, int, int]
"""A point (X, Y, Z, T) of the curve in extended coordinates: x = X/Z, y = Y/Z, X Y = Z T."""

IDENTITY: Point = (0, 1, 1, 0)


def verify(signature: bytes, message: bytes, *, key: bytes) -> bool:
    """Return whether ``key``, 32 bytes, made ``signature``, 64 bytes, for ``message``."""
    point = decode_point(key)
    if point is None or is_small_order(point) or len(signature) != SIGNATURE_BYTES:
        return False
    commitment = signature[:KEY_BYTES]
    response = int.from_bytes(signature[KEY_BYTES:], "little")
    if response >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little")
    found = _sum_of_multiples(response, BASE, challenge % _ORDER, _negative(point))
    # This also refuses a commitment that is not the canonical encoding of its point.
    return encode_point(found) == commitment


def decode_point(encoded: bytes) -> Point | None:
    """Return the point whose canonical encoding is ``encoded``, 32 bytes, None if there is none."""
    if len(encoded) != KEY_BYTES:
        return None
    both = int.from_bytes(encoded, "little")
    sign, y = both >> 255, both & (1 << 255) - 1
    if y >= _PRIME:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    x = pow(square, (_PRIME + 3) // 8, _PRIME)
    if x * x % _PRIME != square:
        x = x * _ROOT_OF_MINUS_1 % _PRIME
    if x * x % _PRIME != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _PRIME - x
    return x, y, 1, x * y % _PRIME


def encode_point(point: Point) -> bytes:
    """Return the canonical encoding of ``point``, 32 bytes."""
    x, y, z, _ = point
    inverse = pow(z, -1, _PRIME)
    return (y * inverse % _PRIME | (x * inverse % _PRIME & 1) << 255).to_bytes(KEY_BYTES, "little")


def is_small_order(point: Point) -> bool:
    """Return whether eight times ``point`` is the identity, which holds for eight points."""
    for _ in range(3):
        point = _double(point)
    return point[0] == 0 and point[1] == point[2]


def _sum_of_multiples(first: int, one: Point, second: int, other: Point) -> Point:
    """Return ``first * one + second * other``, computed bit by bit for both at once."""
    # Both products share the doublings: Straus, "Addition chains of vectors", 1964.
    terms = {1: one, 2: other, 3: _add(one, other)}
    total = IDENTITY
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _double(total)
        term = (first >> bit & 1) | (second >> bit & 1) << 1
        if term:
            total = _add(total, terms[term])
    return total


def _add(one: Point, other: Point) -> Point:
    """Return ``one + other`` for any two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % _PRIME
    c = 2 * one[3] * other[3] * _D % _PRIME
    d = 2 * one[2] * other[2] % _PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _PRIME, g * h % _PRIME, f * g % _PRIME, e * h % _PRIME


def _double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % _PRIME, y * y % _PRIME
    h = a + b
    e = h - (x + y) * (x + y) % _PRIME
    g = a - b
    f = 2 * z * z % _PRIME + g
    return e * f % _PRIME, g * h % _PRIME, f * g % _PRIME, e * h % _PRIME


def _negative(point: Point) -> Point:
    x, y, z, t = point
    return _PRIME - x, y, z, _PRIME - t


_BASE = decode_point((4 * pow(5, -1, _PRIME) % _PRIME).to_bytes(KEY_BYTES, "little"))
assert _BASE is not None, "the curve has a point at y = 4/5"
BASE: Point = _BASE
