"""Files of public keys, as ssh-keygen and openssl write them."""

import base64
from pathlib import Path

import pytest

from satchel.errors import InputError
from satchel.signatures.keys import (
    MAX_KEY_FILE_BYTES,
    MAX_KEYS,
    PublicKey,
    parse_public_keys,
    read_key_file,
    ssh_encoding,
)

# Written by ssh-keygen 9.2 and openssl 3.0; the fingerprint is what ssh-keygen -l says.
SSH_LINE = (
    b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFegu8BxTTih/v1EkmTxK/ufmdqrhbjuolNrFP+/UWsD"
    b" releases@example.com\n"
)
FINGERPRINT = "SHA256:txWlHs0UPEhyCkSqoKC81b1lnicUCPHWVK8LW9cIsak"
PEM = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAPCKw/E4W9A5qDJgSMkrVTqou9nZg2SpktwwIhuI1/kU=
-----END PUBLIC KEY-----
"""
PEM_POINT = bytes.fromhex("3c22b0fc4e16f40e6a0c9812324ad54eaa2ef67660d92a64b70c0886e235fe45")


def refusal(content):
    """Return the message with which the keys in ``content`` are refused."""
    with pytest.raises(InputError) as caught:
        parse_public_keys(content, "keys")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    assert "'keys'" in message
    return message


def line(point, kind=b"ssh-ed25519"):
    return kind + b" " + base64.b64encode(ssh_encoding(point))


def test_a_line_of_openssh_is_a_key_with_its_comment_and_fingerprint():
    [key] = parse_public_keys(SSH_LINE, "keys")
    assert key.comment == "releases@example.com"
    assert key.fingerprint == FINGERPRINT


def test_a_pem_block_of_openssl_is_a_key():
    assert parse_public_keys(PEM, "keys") == [PublicKey(PEM_POINT)]


def test_a_file_holds_several_keys_of_both_forms_among_comments_and_blank_lines():
    content = b"\n# of the factory\r\n" + SSH_LINE + b"\r\n" + PEM + b"  # old\n" + line(PEM_POINT)
    keys = parse_public_keys(content, "keys")
    assert [key.point for key in keys] == [keys[0].point, PEM_POINT, PEM_POINT]
    assert [key.comment for key in keys] == ["releases@example.com", "", ""]


def test_a_comment_may_have_spaces_and_be_of_any_script():
    [key] = parse_public_keys(line(PEM_POINT) + " die Fabrik, 工場 \n".encode(), "keys")
    assert key.comment == "die Fabrik, 工場"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing yet\n"])
def test_a_file_without_keys_is_refused(content):
    assert f"Expected 1 to {MAX_KEYS} keys" in refusal(content)


def test_too_many_keys_are_refused():
    assert parse_public_keys(SSH_LINE * MAX_KEYS, "keys")
    assert f"got {MAX_KEYS + 1}" in refusal(SSH_LINE * (MAX_KEYS + 1))


@pytest.mark.parametrize("kind", ["OPENSSH PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_private_key_is_refused_with_advice_and_not_shown(kind):
    content = f"-----BEGIN {kind}-----\nc2VjcmV0\n-----END {kind}-----\n".encode()
    message = refusal(content)
    assert "keep it off the device" in message
    assert "c2VjcmV0" not in message


@pytest.mark.parametrize(
    "content",
    [
        b"ssh-rsa AAAAB3NzaC1yc2E=", b"ecdsa-sha2-nistp256 AAAA", b"hello", b"\x00\xff\xfe",
        b"sk-ssh-ed25519@openssh.com AAAA", b'command="x" ' + SSH_LINE, b"release " + SSH_LINE,
        b"-----BEGIN CERTIFICATE-----", b"-----END PUBLIC KEY-----", b"SSH-ED25519 AAAA",
        b"{}", b"untrusted comment: minisign public key",
    ],
)  # fmt: skip
def test_a_key_of_another_kind_is_refused(content):
    assert "Expected an ssh-ed25519 key or PEM" in refusal(SSH_LINE + content)


@pytest.mark.parametrize(
    "content",
    [
        b"ssh-ed25519", b"ssh-ed25519 ", b"ssh-ed25519 !!!!", b"ssh-ed25519 AAA",
        "ssh-ed25519 Schlüssel".encode(),
        line(PEM_POINT[:-1]), line(PEM_POINT + b"\0"), line(b""), SSH_LINE[:-30],
        b"ssh-ed25519 " + base64.b64encode(PEM_POINT),
        PEM.replace(b"MCow", b"MCox"), PEM.replace(b"kU=", b"k=="), PEM.replace(b"kU=", b""),
        PEM.replace(b"-----END", b""), b"-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
    ],
)  # fmt: skip
def test_what_is_cut_short_or_changed_is_no_key(content):
    assert "Expected an Ed25519 key" in refusal(content)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param((1).to_bytes(32, "little"), id="the identity"),
        pytest.param(bytes(32), id="of order four"),
        pytest.param((2**255 - 20).to_bytes(32, "little"), id="of order two"),
        pytest.param((2**255 - 19).to_bytes(32, "little"), id="not canonical"),
        pytest.param((2).to_bytes(32, "little"), id="not on the curve"),
        pytest.param(b"\xff" * 32, id="all ones"),
    ],
)
def test_a_key_under_which_anything_may_be_forged_or_nothing_is_valid_is_refused(point):
    assert "Expected an Ed25519 key" in refusal(line(point))
    spki = bytes.fromhex("302a300506032b6570032100") + point
    refusal(b"-----BEGIN PUBLIC KEY-----\n%b\n-----END PUBLIC KEY-----" % base64.b64encode(spki))


def test_a_file_is_read(tmp_path):
    (tmp_path / "keys").write_bytes(SSH_LINE)
    assert read_key_file(tmp_path / "keys") == SSH_LINE


@pytest.mark.parametrize("name", ["missing", ".", "a\0b", "x" * 5000])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"^Expected a file of keys or a signature, got .*\.$"):
        read_key_file(tmp_path / name)


def test_a_file_too_large_for_keys_is_not_read_in_full(tmp_path):
    (tmp_path / "keys").write_bytes(SSH_LINE * 10_000)
    with pytest.raises(InputError, match=f"at most {MAX_KEY_FILE_BYTES:,} bytes in 'keys'"):
        read_key_file(tmp_path / "keys")


def test_a_device_is_not_read():
    if not Path("/dev/zero").exists():
        pytest.skip("no device here")
    with pytest.raises(InputError, match=r"'/dev/zero': it is a pipe or a device and not a file\."):
        read_key_file(Path("/dev/zero"))
