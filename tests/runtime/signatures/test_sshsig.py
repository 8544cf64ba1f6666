"""The signature of a card: OpenSSH's, in one spelling."""

import base64
import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given, strategies as st

from satchel.errors import BundleError
from satchel.signatures.keys import parse_public_keys
from satchel.signatures.sshsig import (
    MAX_SIGNATURE_BYTES,
    Signature,
    check_signature,
    format_signature,
    message_to_sign,
    parse_signature,
)

# Written by ssh-keygen 9.2: ssh-keygen -Y sign -n satchel.
CARD = b'{"name": "tiny"}\n'
PUBLIC = (
    b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFegu8BxTTih/v1EkmTxK/ufmdqrhbjuolNrFP+/UWsD"
    b" releases@example.com\n"
)
SIGNED = b"""-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgV6C7wHFNOKH+/USSZPEr+5+Z2q
uFuO6iU2sU/79RawMAAAAHc2F0Y2hlbAAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQy
NTUxOQAAAEBIpc1lE8dxL0+AIEjYaOcf3IE0JcEOaXdDr7Nb12fPhyqEQQgMjScAA8mtLU
AF6SB/RxVFwKxlZJlMuvav+PUC
-----END SSH SIGNATURE-----
"""
OTHER_FORM = r"^Expected 'card\.sig' to be an SSH signature by an ssh-ed25519 key with sha512"


def string(content):
    return len(content).to_bytes(4, "big") + content


def armored(blob, width=70):
    encoded = base64.b64encode(blob)
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
    ends = (b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----", b"")
    return b"\n".join([ends[0], *lines, *ends[1:]])


def written(
    *, magic=b"SSHSIG", version=1, kind=b"ssh-ed25519", namespace=b"satchel", reserved=b"",
    hashed=b"sha512", signature_kind=b"ssh-ed25519", value=None,
):  # fmt: skip
    """Return the valid signature as someone who changed one of its fields would write it."""
    found = parse_signature(SIGNED)
    key = string(kind) + string(found.point)
    signature = string(signature_kind) + string(found.value if value is None else value)
    parts = (key, namespace, reserved, hashed, signature)
    return armored(magic + version.to_bytes(4, "big") + b"".join(map(string, parts)))


def test_a_signature_of_ssh_keygen_is_that_of_its_key():
    [key] = parse_public_keys(PUBLIC, "keys")
    assert check_signature(SIGNED, CARD).point == key.point


def test_a_signature_is_written_as_ssh_keygen_writes_it():
    assert format_signature(parse_signature(SIGNED)) == SIGNED
    assert written() == SIGNED


def test_what_is_signed_is_what_openssh_specifies():
    # PROTOCOL.sshsig, 3: the preamble, the namespace, the reserved field, the hash and its name.
    hashed = hashlib.sha512(CARD).digest()
    parts = (b"satchel", b"", b"sha512", hashed)
    assert message_to_sign(CARD) == b"SSHSIG" + b"".join(map(string, parts))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_parsing_undoes_writing(point, value):
    assert parse_signature(format_signature(Signature(point, value))) == (point, value)


@given(st.binary(max_size=100))
def test_a_signature_over_another_card_does_not_fit(card):
    with pytest.raises(BundleError, match="got one that does not fit: one of the two was changed"):
        check_signature(SIGNED, card)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": b"ssh-rsa"}, {"kind": b"rsa-sha2-512"}, {"kind": b"ecdsa-sha2-nistp256"},
        {"kind": b"sk-ssh-ed25519@openssh.com"}, {"kind": b"none"}, {"kind": b""},
        {"signature_kind": b"ssh-rsa"}, {"signature_kind": b"ssh-dss"}, {"signature_kind": b""},
        {"hashed": b"sha256"}, {"hashed": b"sha1"}, {"hashed": b"md5"}, {"hashed": b""},
        {"namespace": b"file"}, {"namespace": b"git"}, {"namespace": b""},
        {"namespace": b"satchel\0"}, {"reserved": b"x"}, {"version": 0}, {"version": 2},
        {"magic": b"SSHSIH"}, {"magic": b""}, {"value": b""}, {"value": bytes(63)},
        {"value": bytes(65)},
    ],
)  # fmt: skip
def test_no_other_algorithm_hash_namespace_or_version_is_read(changed):
    with pytest.raises(BundleError, match=OTHER_FORM) as caught:
        check_signature(written(**changed), CARD)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"hello", bytes(64), SIGNED[:-1] + b"x", SIGNED + SIGNED, SIGNED[1:],
        SIGNED.replace(b"SSH", b"PGP"), b"-----BEGIN SSH SIGNATURE-----\n",
        SIGNED.replace(b"\n", b"\n!", 1), SIGNED.replace(b"+", b"-"), SIGNED.lower(),
        b"\xff" * 300, SIGNED + b"\n" * MAX_SIGNATURE_BYTES, b"A" * 10_000_000,
    ],
)  # fmt: skip
def test_what_is_no_signature_is_refused(content):
    with pytest.raises(BundleError, match=OTHER_FORM):
        check_signature(content, CARD)


def test_a_signature_cut_short_anywhere_is_refused():
    for length in range(len(SIGNED)):
        with pytest.raises(BundleError):
            check_signature(SIGNED[:length], CARD)


@pytest.mark.parametrize(
    "content",
    [
        SIGNED.replace(b"\n", b"\r\n"), SIGNED + b"\n", b"\n" + SIGNED, SIGNED[:-1],
        armored(base64.b64decode(b"".join(SIGNED.split(b"\n")[1:-2])), width=64),
        SIGNED.replace(b"\n", b" \n", 2),
    ],
)  # fmt: skip
def test_another_spelling_is_read_to_be_written_anew_and_refused_in_a_bundle(content):
    assert parse_signature(content) == parse_signature(SIGNED)
    with pytest.raises(BundleError, match=r"^Expected lines of 70 characters in 'card\.sig'"):
        check_signature(content, CARD)


def test_every_single_bit_that_flips_in_a_signature_is_refused():
    accepted = []
    for at in range(len(SIGNED) * 8):
        flipped = int.from_bytes(SIGNED, "little") ^ 1 << at
        try:
            check_signature(flipped.to_bytes(len(SIGNED), "little"), CARD)
        except BundleError:
            continue
        accepted.append(at)
    assert accepted == []


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_ssh_keygen_takes_the_signature_for_good(tmp_path):
    (tmp_path / "allowed").write_bytes(b"releases@example.com " + PUBLIC)
    (tmp_path / "card.sig").write_bytes(format_signature(parse_signature(SIGNED)))
    words = "ssh-keygen -Y verify -f allowed -I releases@example.com -n satchel -s card.sig"
    for card, code in ((CARD, 0), (CARD + b"x", 255)):
        done = subprocess.run(words.split(), cwd=tmp_path, input=card, capture_output=True)
        assert done.returncode == code, done.stderr
