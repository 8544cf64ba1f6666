"""The check of a signature against RFC 8032, against OpenSSL, and at the edges of the curve."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from satchel.signatures.ed25519 import (
    BASE,
    IDENTITY,
    decode_point,
    encode_point,
    is_small_order,
    verify,
)

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493

RFC_8032 = [
    # Section 7.1: secret key, public key, message, signature. The message of 1023 bytes is left to
    # the comparison with OpenSSL.
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
SECRET, KEY, MESSAGE, SIGNATURE = (bytes.fromhex(field) for field in RFC_8032[2])


def times(number, point):
    """Return ``number * point``, by the slowest way there is to add: through the affine law."""
    total = IDENTITY
    for bit in f"{number:b}":
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    return total


def plus(one, other):
    """Return the sum of two points by the curve's own equation, RFC 8032, section 5.1."""
    d = -121665 * pow(121666, -1, PRIME)
    (x1, y1), (x2, y2) = affine(one), affine(other)
    product = d * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME) % PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME) % PRIME
    return x, y, 1, x * y % PRIME


def affine(point):
    inverse = pow(point[2], -1, PRIME)
    return point[0] * inverse % PRIME, point[1] * inverse % PRIME


def number(content):
    return int.from_bytes(content, "little")


def encoded(value):
    return value.to_bytes(32, "little")


def challenge(commitment, key, message):
    return number(hashlib.sha512(commitment + key + message).digest()) % ORDER


def secret_number(secret):
    """Return the number a secret key stands for, RFC 8032, section 5.1.5."""
    half = bytearray(hashlib.sha512(secret).digest()[:32])
    half[0] &= 248
    half[31] = half[31] & 63 | 64
    return number(bytes(half)) % ORDER


def signed(key_point, message, *, commitment_point=None, nonce=1234567):
    """Return key and signature of one who knows SECRET, and adds torsion where he likes."""
    key = encode_point(key_point)
    commitment = encode_point(commitment_point or times(nonce, BASE))
    response = (nonce + challenge(commitment, key, message) * secret_number(SECRET)) % ORDER
    return key, commitment + encoded(response)


@pytest.fixture(scope="module")
def torsion():
    """Return the eight points of small order, the identity first."""
    # Any point times the order is one of them, and a half of all points lead to a generator.
    candidates = (decode_point(encoded(y)) for y in range(2, 100))
    points = (times(ORDER, point) for point in candidates if point)
    generator = next(point for point in points if affine(times(4, point)) != (0, 1))
    return [times(count, generator) for count in range(8)]


@pytest.mark.parametrize(("secret", "key", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032_are_valid(secret, key, message, signature):
    words = [bytes.fromhex(field) for field in (signature, message, key)]
    assert verify(words[0], words[1], key=words[2])


@pytest.mark.parametrize(("secret", "key", "message", "signature"), RFC_8032)
def test_a_public_key_of_rfc_8032_is_its_secret_times_the_base(secret, key, message, signature):
    assert encode_point(times(secret_number(bytes.fromhex(secret)), BASE)).hex() == key


@pytest.mark.parametrize("part", ["signature", "message", "key"])
def test_every_single_bit_that_flips_makes_a_signature_invalid(part):
    words = {"signature": SIGNATURE, "message": MESSAGE, "key": KEY}
    for at in range(len(words[part]) * 8):
        flipped = number(words[part]) ^ 1 << at
        changed = {**words, part: flipped.to_bytes(len(words[part]), "little")}
        assert not verify(changed["signature"], changed["message"], key=changed["key"]), at


@given(
    secret=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=300),
    flip=st.integers(0, 64 * 8),
)
def test_openssl_and_this_check_agree(secret, message, flip):
    library = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    exceptions = pytest.importorskip("cryptography.exceptions")
    private = library.Ed25519PrivateKey.from_private_bytes(secret)
    public = private.public_key()
    signature = (number(private.sign(message)) ^ (1 << flip) >> 1).to_bytes(64, "little")
    try:
        public.verify(signature, message)
        expected = True
    except exceptions.InvalidSignature:
        expected = False
    assert expected == (flip == 0)
    assert verify(signature, message, key=public.public_bytes_raw()) == expected


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_invalid(length):
    assert not verify((SIGNATURE * 2)[:length], MESSAGE, key=KEY)


def test_zeros_at_the_end_of_a_signature_count():
    # The number is the same with one zero more, or without the one that it ends in.
    _, key, message, signature = (bytes.fromhex(field) for field in RFC_8032[1])
    assert signature[-1] == 0
    assert verify(signature, message, key=key)
    for respelled in (signature + b"\0", signature[:-1]):
        assert not verify(respelled, message, key=key)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_key_of_another_length_is_none(length):
    assert decode_point((KEY * 2)[:length]) is None
    assert not verify(SIGNATURE, MESSAGE, key=(KEY * 2)[:length])


def test_a_response_of_another_spelling_is_invalid():
    # The same number modulo the order: without this rule anyone could respell a signature.
    response = number(SIGNATURE[32:])
    respelled = [response + count * ORDER for count in range(1, 16)]
    fitting = [each for each in respelled if each < 2**256]
    assert len(fitting) == 15
    for each in fitting:
        assert not verify(SIGNATURE[:32] + encoded(each), MESSAGE, key=KEY)


def test_what_encodes_no_point_of_the_curve_is_none():
    found = [decode_point(encoded(y)) for y in range(1000)]
    # By Hasse's theorem half of all numbers are the y of two points.
    assert 400 < sum(point is None for point in found) < 600
    for point in filter(None, found):
        x, y = affine(point)
        d = -121665 * pow(121666, -1, PRIME)
        assert (y * y - x * x - 1 - d * x * x * y * y) % PRIME == 0


def test_a_point_has_one_encoding():
    # y + p fits into 255 bits where y is below 19.
    for y in range(19):
        for sign in (0, 1 << 255):
            assert decode_point(encoded(PRIME + y | sign)) is None
    # The x of y = 1 and y = -1 is 0, which has no sign.
    for y in (1, PRIME - 1):
        assert decode_point(encoded(y)) is not None
        assert decode_point(encoded(y | 1 << 255)) is None


@given(st.integers(0, 2**256 - 1))
def test_encoding_undoes_decoding(value):
    point = decode_point(encoded(value))
    assert point is None or encode_point(point) == encoded(value)


def test_a_commitment_spelled_in_another_way_is_invalid(torsion):
    # y = p + 1 is the identity's y = 1: a signature of nonce 0 has it as its commitment.
    message = b"nonce zero"
    key_point = times(secret_number(SECRET), BASE)
    key, signature = signed(key_point, message, commitment_point=IDENTITY, nonce=0)
    assert verify(signature, message, key=key)
    respelled = encoded(PRIME + 1)
    response = challenge(respelled, key, message) * secret_number(SECRET) % ORDER
    assert not verify(respelled + encoded(response), message, key=key)


def test_there_are_eight_points_of_small_order_and_they_are_told(torsion):
    assert len({affine(point) for point in torsion}) == 8
    assert all(is_small_order(point) for point in torsion)
    assert not is_small_order(BASE)
    assert not any(is_small_order(plus(BASE, point)) for point in torsion)


def test_no_key_of_small_order_signs_anything(torsion):
    free = 0
    for point in torsion:
        key = encode_point(point)
        for commitment_point in torsion:
            commitment = encode_point(commitment_point)
            for message in (b"0", b"1", b"2", b"3"):
                # The equation itself holds for many a message, though nobody signed it.
                owed = times(challenge(commitment, key, message), point)
                free += affine(plus(commitment_point, owed)) == (0, 1)
                assert not verify(commitment + bytes(32), message, key=key)
    assert free > 8


def test_the_equation_is_the_one_without_the_cofactor(torsion):
    """A torsion component in the commitment is wrong, which the equation times eight hides."""
    message = b"torsion"
    key_point = times(secret_number(SECRET), BASE)
    for point in torsion:
        commitment_point = plus(times(1234567, BASE), point)
        key, signature = signed(key_point, message, commitment_point=commitment_point)
        assert verify(signature, message, key=key) == (point is torsion[0])


def test_a_key_with_a_torsion_component_is_held_to_the_same_equation(torsion):
    for message in (b"a", b"b", b"c", b"d"):
        for point in torsion[1:]:
            key_point = plus(times(secret_number(SECRET), BASE), point)
            key, signature = signed(key_point, message)
            # The signer cannot make up for k times the torsion, so it must vanish by itself.
            left = times(challenge(signature[:32], key, message), point)
            assert verify(signature, message, key=key) == (affine(left) == (0, 1))


@pytest.mark.real_data
@pytest.mark.skipif(not os.environ.get("SATCHEL_DATA"), reason="SATCHEL_DATA is not set")
def test_every_vector_of_wycheproof_is_judged_as_it_says():
    path = Path(os.environ["SATCHEL_DATA"]) / "ed25519_test.json"
    if not path.is_file():
        pytest.skip(f"{path.name} of C2SP's wycheproof is not there")
    groups = json.loads(path.read_text())["testGroups"]
    cases = [(group["publicKey"]["pk"], test) for group in groups for test in group["tests"]]
    assert len(cases) >= 150
    for key, test in cases:
        signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
        found = verify(signature, message, key=bytes.fromhex(key))
        # Of the acceptable ones either is right: keys that none of the usual tools makes.
        assert test["result"] == "acceptable" or found == (test["result"] == "valid"), test["tcId"]
