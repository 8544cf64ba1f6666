"""Forged, stripped, swapped and outdated bundles, at a device that trusts one key.

Cases 24 to 27 of what a bundle loader must survive. The bundle is a real one; a forger may do all
but use the signer's key.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.reading import digest, open_bundle
from satchel.bundle.trust import read_trust
from satchel.errors import BundleError, CardError, TrustError
from satchel.signatures import SIGNATURE_NAME

pytest.importorskip("cryptography")
from satchel.bundle.signing import new_key_pair, sign

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
NOT_SIGNED = r"^Expected a bundle signed by SHA256:.{43}, got one without a signature\.$"
OTHER_SIGNER = r"^Expected a bundle signed by SHA256:.{43}, got one by SHA256:.{43}\.$"
OTHER_CARD = (
    r"^Expected a signature over this card by SHA256:.{43}, got one that does not fit: one "
)
OTHER_FORM = (
    r"^Expected 'card\.sig' to be an SSH signature by an ssh-ed25519 key with sha512 in the"
)
OLDER = r"^Expected digits_mlp 2\.0\.0 or later, got digits_mlp 1\.0\.0\.$"


@pytest.fixture(scope="module")
def ours():
    return new_key_pair("ours")


@pytest.fixture(scope="module")
def theirs():
    return new_key_pair("theirs")


@pytest.fixture(scope="module")
def digits():
    return (GOLDEN / "digits.satchel").read_bytes()


@pytest.fixture(scope="module")
def reviews():
    return (GOLDEN / "reviews.satchel").read_bytes()


@pytest.fixture(scope="module")
def signed(ours, digits):
    return sign_with(ours, digits)


@pytest.fixture
def trust(ours, tmp_path):
    (tmp_path / "ours.pub").write_bytes(ours.public)
    return tmp_path / "ours.pub"


@pytest.fixture
def refused(trust, tmp_path):
    """Return a function that holds it of a bundle that it is refused, and no file is touched."""

    def refused(archive, message, error=BundleError, at_least=None):
        (tmp_path / "forged.satchel").write_bytes(archive)
        trusted = read_trust(trust, at_least=at_least)
        with pytest.raises(error, match=message) as caught:
            open_bundle(tmp_path / "forged.satchel", trust=trusted, whole=True)
        assert "\n" not in str(caught.value)
        assert (tmp_path / "forged.satchel").read_bytes() == archive

    return refused


def sign_with(pair, archive):
    return sign(archive, key=pair.private, passphrase=str).archive


def with_fields(archive, **changed):
    """Return the bundle, its card changed and its signature as it was."""
    entries = unpack(archive)
    fields = {**json.loads(entries[CARD_NAME]), **changed}
    return pack({**entries, CARD_NAME: json.dumps(fields).encode()})


def with_file(archive, name, content):
    """Return the bundle, a file replaced and its hash and size in the card with it."""
    entries = {**unpack(archive), name: content}
    fields = json.loads(entries[CARD_NAME])
    fields["files"][name] = digest(content)
    for model in fields["models"]:
        if model["file"] == name:
            model["size_bytes"] = len(content)
    return pack({**entries, CARD_NAME: json.dumps(fields).encode()})


def without_signature(archive):
    entries = unpack(archive)
    del entries[SIGNATURE_NAME]
    return pack(entries)


def test_the_signed_bundle_itself_is_opened(signed, trust, tmp_path):
    (tmp_path / "signed.satchel").write_bytes(signed)
    assert open_bundle(tmp_path / "signed.satchel", trust=trust).signer is not None


def test_24_a_stripped_signature(refused, signed, digits):
    assert without_signature(signed) == digits
    refused(digits, NOT_SIGNED, TrustError)


def test_24_a_signature_by_another_key(refused, digits, theirs):
    refused(sign_with(theirs, digits), OTHER_SIGNER, TrustError)


def test_24_a_signature_by_another_key_that_claims_to_be_ours(refused, signed, digits, theirs):
    # The key is written into the signature: theirs, under our name.
    forged = unpack(sign_with(theirs, digits))
    point = slice(33, 65)
    blobs = [bytearray(dearmored(each[SIGNATURE_NAME])) for each in (unpack(signed), forged)]
    blobs[1][point] = blobs[0][point]
    refused(pack({**forged, SIGNATURE_NAME: armored(blobs[1])}), OTHER_CARD)


def test_24_a_signature_over_another_card(refused, signed, reviews, ours):
    signature = unpack(sign_with(ours, reviews))[SIGNATURE_NAME]
    refused(pack({**unpack(signed), SIGNATURE_NAME: signature}), OTHER_CARD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x00\x00\x00\x06sha512", b"\x00\x00\x00\x06sha256"),
        (b"\x00\x00\x00\x06sha512", b"\x00\x00\x00\x04none"),
        (b"\x00\x00\x00\x06sha512", b"\x00\x00\x00\x00"),
        (b"\x00\x00\x00\x0bssh-ed25519", b"\x00\x00\x00\x07ssh-rsa"),
        (b"\x00\x00\x00\x0bssh-ed25519", b"\x00\x00\x00\x04none"),
        (b"\x00\x00\x00\x07satchel", b"\x00\x00\x00\x04file"),
        (b"SSHSIG\x00\x00\x00\x01", b"SSHSIG\x00\x00\x00\x00"),
    ],
)
def test_24_a_downgraded_algorithm_hash_namespace_or_version(refused, signed, old, new):
    entries = unpack(signed)
    blob = dearmored(entries[SIGNATURE_NAME])
    assert old in blob
    refused(pack({**entries, SIGNATURE_NAME: armored(blob.replace(old, new))}), OTHER_FORM)


@pytest.mark.parametrize("content", [b"", b"none\n", b"{}", bytes(64), b"x" * 5_000_000])
def test_24_something_else_in_the_place_of_the_signature(refused, signed, content):
    refused(pack({**unpack(signed), SIGNATURE_NAME: content}), OTHER_FORM)


@pytest.mark.parametrize(
    "name", ["card.sig.sig", "golden/card.sig", "card.sig0", "sig", "x/card.sig"]
)
def test_24_a_signature_of_any_other_name_is_an_unlisted_file(refused, signed, name):
    entries = unpack(signed)
    refused(
        pack({**entries, name: entries[SIGNATURE_NAME]}),
        f"'{name}' is in the bundle but not in the card",
    )


def test_24_two_signatures(refused, signed, digits, theirs):
    entries = unpack(signed)
    both = entries[SIGNATURE_NAME] + unpack(sign_with(theirs, digits))[SIGNATURE_NAME]
    refused(pack({**entries, SIGNATURE_NAME: both}), OTHER_FORM)


def test_25_the_card_and_signature_of_one_bundle_with_the_files_of_another(
    refused, signed, reviews
):
    entries = unpack(signed)
    mixed = {**unpack(reviews), **{name: entries[name] for name in (CARD_NAME, SIGNATURE_NAME)}}
    refused(pack(mixed), "Expected the files that the card lists, 'golden/0.png'")
    for name in entries.keys() - {CARD_NAME, SIGNATURE_NAME}:
        if name in unpack(reviews):
            one = {**entries, name: unpack(reviews)[name]}
            refused(pack(one), f"^Expected .*'{name}'")


def test_a_forged_file_with_its_hash_mended(refused, signed, digits, theirs):
    for name in unpack(digits).keys() - {CARD_NAME}:
        forged = with_file(signed, name, b"another")
        refused(forged, OTHER_CARD)
        refused(without_signature(forged), NOT_SIGNED, TrustError)


def test_a_forgers_bundle_with_his_own_signature(refused, signed, theirs):
    forged = with_fields(without_signature(signed), version="9.9.9")
    refused(sign_with(theirs, forged), OTHER_SIGNER, TrustError)


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "9.9.9"}, {"name": "digits"}, {"provenance": {}}, {"models": []}, {"files": {}},
        {"requires": ["x"]}, {"satchel": 0}, {"satchel": 2}, {"trusted": True}, {},
    ],
)  # fmt: skip
def test_a_card_that_says_anything_else_or_the_same_in_another_way(refused, signed, changed):
    refused(with_fields(signed, **changed), OTHER_CARD)


def test_a_card_cannot_vouch_for_itself(refused, digits):
    refused(with_fields(digits, signer="SHA256:ours", signature="ok"), NOT_SIGNED, TrustError)


def test_26_an_older_release_by_the_same_key(refused, signed, ours, trust, tmp_path):
    refused(signed, OLDER, TrustError, at_least="digits_mlp@2.0.0")
    newer = sign_with(ours, with_fields(without_signature(signed), version="2.0.0"))
    (tmp_path / "newer.satchel").write_bytes(newer)
    asked = read_trust(trust, at_least="digits_mlp@2.0.0")
    assert open_bundle(tmp_path / "newer.satchel", trust=asked).card.version == "2.0.0"


def test_26_another_model_by_the_same_key_in_the_place_of_this_one(refused, reviews, ours):
    message = r"^Expected digits_mlp 1\.0\.0 or later, got reviews"
    refused(sign_with(ours, reviews), message, TrustError, at_least="digits_mlp@1.0.0")


def test_27_a_fast_forwarded_release_blocks_no_later_one(signed, ours, trust, tmp_path):
    # Nothing is remembered, so a release of a wrong, high number can be taken back.
    asked = read_trust(trust, at_least="digits_mlp@1.0.0")
    for version in ("999999999.999999999.999999999", "1.0.1"):
        archive = sign_with(ours, with_fields(without_signature(signed), version=version))
        (tmp_path / "next.satchel").write_bytes(archive)
        assert open_bundle(tmp_path / "next.satchel", trust=asked).card.version == version


def test_27_an_expiry_that_must_be_heeded_is_refused_by_who_knows_no_clock(signed, ours, refused):
    fields = {"requires": ["expires"], "expires": "2020-01-01T00:00:00Z"}
    forged = with_fields(without_signature(signed), **fields)
    with pytest.raises(CardError, match="without the feature 'expires'"):
        sign_with(ours, forged)
    # Signed by a newer satchel, which knows it.
    entries = unpack(forged)
    signature = sign_card(ours, entries[CARD_NAME])
    message = r"^Expected a bundle without the feature 'expires': update satchel\.$"
    refused(pack({**entries, SIGNATURE_NAME: signature}), message, CardError)


def test_what_is_signed_is_still_checked(signed, ours, refused):
    # A key vouches for who packed it, not for the packing: all other rules stay.
    for name, message in (("full_int8.tflite", "is missing"), (None, "not in the card")):
        entries = unpack(signed)
        if name is None:
            entries["extra"] = b"x"
        else:
            del entries[name]
        refused(pack(entries), message)
    entries = unpack(signed)
    entries[CARD_NAME] = b'{"satchel": 1, "satchel": 1}'
    entries[SIGNATURE_NAME] = sign_card(ours, entries[CARD_NAME])
    refused(pack(entries), "a key stands there twice", CardError)


def test_no_bit_that_flips_in_the_card_or_its_signature_is_trusted(signed, trust, refused):
    entries = unpack(signed)
    for name, step in ((CARD_NAME, 499), (SIGNATURE_NAME, 23)):
        for bit in range(0, len(entries[name]) * 8, step):
            flipped = int.from_bytes(entries[name], "little") ^ 1 << bit
            content = flipped.to_bytes(len(entries[name]), "little")
            refused(pack({**entries, name: content}), "^Expected ")


def test_the_count_of_forged_bundles_finds_none_that_is_trusted():
    script = ROOT / "benchmarks" / "signature_flips.py"
    counted = subprocess.run(
        [sys.executable, script, GOLDEN / "digits.satchel", "--flips", "60"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert counted.returncode == 0, counted.stderr
    rows = [line.split("|")[2:5] for line in counted.stdout.splitlines()[2:8]]
    assert [int(trusted) for _, trusted, _ in rows] == [0] * 6
    # The forgeries are sound but for the signature: who trusts anybody opens them.
    assert [int(untrusted) for _, _, untrusted in rows[4:]] == [10, 10]


def dearmored(signature):
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def armored(blob):
    encoded = base64.b64encode(blob)
    lines = [encoded[at : at + 70] for at in range(0, len(encoded), 70)]
    ends = (b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----")
    return b"\n".join([ends[0], *lines, ends[1], b""])


def sign_card(pair, card):
    """Return the signature of a card that Satchel itself would not sign."""
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    from satchel.signatures.sshsig import Signature, format_signature, message_to_sign

    key = load_ssh_private_key(pair.private, None)
    point = key.public_key().public_bytes_raw()
    return format_signature(Signature(point, key.sign(message_to_sign(card))))
