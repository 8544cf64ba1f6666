"""``satchel keygen`` and ``satchel sign``, and what the other commands say of a signed bundle."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_FILES, encode_png
from satchel.bundle.archive import unpack
from satchel.bundle.reading import open_bundle
from satchel.cli.command import CHECK_FAILED, OK, WRONG_USE
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.keys import parse_public_keys

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

OPENSSH, PKCS8 = PrivateFormat.OpenSSH, PrivateFormat.PKCS8
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="no ssh-keygen here"
)


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """Work in a folder of the test's own, without siblings and without a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return tmp_path


@pytest.fixture
def one_line_error(satchel_says, desk):
    """Return a function that runs a command line: one line, and every file as it was."""

    def run(*words):
        before = contents(desk)
        code, out, err = satchel_says(*words)
        assert (code, out, len(err)) == (WRONG_USE, [], 1), err
        assert err[0].startswith(f"satchel {words[0]}: ")
        assert contents(desk) == before
        return err[0]

    return run


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def release(satchel_says):
    """Make the key ``release`` and return its fingerprint."""
    code, out, err = satchel_says("keygen", "release")
    assert (code, err) == (OK, [])
    return out[1].split()[-1]


def write_private(path, content):
    """Write a file that only its owner may read, as a private key must be."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def private(key, form=PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def test_keygen_writes_a_private_key_for_its_owner_and_a_public_one_for_all(desk, release):
    assert (desk / "release").stat().st_mode & 0o777 == 0o600
    [key] = parse_public_keys((desk / "release.pub").read_bytes(), "release.pub")
    assert key.fingerprint == release
    assert key.comment == "release"


def test_keygen_makes_another_key_every_time(satchel_says, desk):
    for name in ("a", "b"):
        assert satchel_says("keygen", name)[0] == OK
    assert (desk / "a.pub").read_bytes() != (desk / "b.pub").read_bytes()


@needs_ssh_keygen
def test_ssh_keygen_reads_what_keygen_writes(desk, release):
    for name in ("release", "release.pub"):
        shown = subprocess.run(["ssh-keygen", "-l", "-f", name], capture_output=True, text=True)
        assert shown.stdout.split()[1] == release


@pytest.mark.parametrize("name", ["mine", "mine.pub"])
def test_keygen_never_replaces_a_key(one_line_error, desk, name):
    (desk / name).write_bytes(b"the only one")
    assert f"Expected a new file to write, '{name}' exists already." in one_line_error(
        "keygen", "mine"
    )


def test_keygen_says_where_it_cannot_write(one_line_error):
    assert "No such file or directory" in one_line_error("keygen", "nowhere/release")


def test_sign_signs_in_place_the_same_bytes_every_time(satchel_says, image_path, release):
    unsigned = image_path.read_bytes()
    code, out, err = satchel_says("sign", image_path, "--key", "release")
    assert (code, err) == (OK, [])
    assert out == [f"{image_path}: tiny 1.2.3, signed by {release}"]
    signed = image_path.read_bytes()
    entries = unpack(signed)
    del entries[SIGNATURE_NAME]
    assert entries == unpack(unsigned)
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert image_path.read_bytes() == signed
    assert open_bundle(image_path, trust="release.pub").files == IMAGE_FILES


def test_sign_leaves_the_bundle_alone_where_an_out_is_given(satchel_says, image_path, release):
    unsigned = image_path.read_bytes()
    assert satchel_says("sign", image_path, "--key", "release", "--out", "s.satchel")[0] == OK
    assert image_path.read_bytes() == unsigned
    assert open_bundle("s.satchel", trust="release.pub").signer.fingerprint == release


def test_a_second_signature_takes_the_place_of_the_first(satchel_says, image_path, release):
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert satchel_says("keygen", "other")[0] == OK
    assert satchel_says("sign", image_path, "--key", "other")[0] == OK
    assert open_bundle(image_path, trust="other.pub").signer.fingerprint != release


def test_a_damaged_signature_is_replaced(satchel_says, folder, image_path, release):
    from satchel.bundle.archive import pack

    image_path.write_bytes(pack({**unpack(image_path.read_bytes()), SIGNATURE_NAME: b"x"}))
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert open_bundle(image_path, trust="release.pub").signer.fingerprint == release


@pytest.mark.parametrize("form", [OPENSSH, PKCS8])
def test_keys_of_openssh_and_of_openssl_sign(satchel_says, image_path, desk, form):
    key = ed25519.Ed25519PrivateKey.generate()
    write_private(desk / "key", private(key, form))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (desk / "key.pub").write_bytes(public)
    assert satchel_says("sign", image_path, "--key", "key")[0] == OK
    assert open_bundle(image_path, trust="key.pub").signer is not None


@pytest.mark.parametrize("form", [OPENSSH, PKCS8])
def test_a_passphrase_is_asked_for(
    satchel_says, one_line_error, image_path, desk, form, monkeypatch
):
    encryption = BestAvailableEncryption(b"correct horse")
    if form is OPENSSH:
        # Fewer rounds of bcrypt than usual, for the test's sake.
        encryption = OPENSSH.encryption_builder().kdf_rounds(1).build(b"correct horse")
    write_private(desk / "key", private(ed25519.Ed25519PrivateKey.generate(), form, encryption))
    words = ("sign", image_path, "--key", "key")
    assert "Expected a terminal to ask for the key's passphrase" in one_line_error(*words)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = ["wrong", "", "correct horse"]
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed.pop(0))
    assert "Expected a private Ed25519 key and its passphrase" in one_line_error(*words)
    assert "got a wrong passphrase" in one_line_error(*words)
    assert satchel_says(*words)[0] == OK
    assert typed == []


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: rsa.generate_private_key(65537, 2048), "RSAPrivateKey"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "PrivateKey"),
        (ed448.Ed448PrivateKey.generate, "Ed448PrivateKey"),
    ],
)
def test_a_key_of_another_kind_does_not_sign(one_line_error, image_path, desk, make, kind):
    write_private(desk / "key", private(make()))
    message = one_line_error("sign", image_path, "--key", "key")
    assert "Expected a private Ed25519 key, got an " in message
    assert kind in message


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", b"\xff" * 99]
)
def test_what_is_no_key_does_not_sign(one_line_error, image_path, desk, content):
    write_private(desk / "key", content)
    message = one_line_error("sign", image_path, "--key", "key")
    assert "Expected a private Ed25519 key and its passphrase, got: " in message


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no modes here")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_private_key_that_others_may_read_does_not_sign(
    one_line_error, satchel_says, image_path, release, desk, mode
):
    (desk / "release").chmod(mode)
    message = one_line_error("sign", image_path, "--key", "release")
    assert f"only you may read, got 'release' with mode {mode:04o}: chmod 600 it" in message
    (desk / "release").chmod(0o400)
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK


def test_a_pipe_is_no_key_and_is_not_waited_for(one_line_error, image_path, desk):
    os.mkfifo(desk / "pipe", 0o600)
    for words in (["--key", "pipe"], ["--signature", "pipe"]):
        message = one_line_error("sign", image_path, *words)
        assert "got 'pipe': it is a pipe or a device and not a file." in message


def test_a_public_key_does_not_sign(one_line_error, image_path, release, desk):
    (desk / "release.pub").chmod(0o600)
    assert "private Ed25519" in one_line_error("sign", image_path, "--key", "release.pub")


def test_files_that_are_not_there_are_one_line(one_line_error, image_path, release, desk):
    assert "'missing': No such file" in one_line_error("sign", image_path, "--key", "missing")
    assert "'missing': No such file" in one_line_error("sign", "missing", "--key", "release")
    (desk / "folder").mkdir()
    assert "'folder': Is a directory" in one_line_error("sign", "folder", "--key", "release")
    words = ("sign", image_path, "--key", "release", "--out")
    assert "Expected a folder to write" in one_line_error(*words, "nowhere/s.satchel")


def test_what_is_no_sound_bundle_is_not_signed(one_line_error, image_path, release, desk):
    (desk / "b.satchel").write_bytes(b"hello")
    assert "Expected a .satchel bundle" in one_line_error("sign", "b.satchel", "--key", "release")
    (desk / "c.satchel").write_bytes(image_path.read_bytes()[:-1])
    assert "as it was packed" in one_line_error("sign", "c.satchel", "--key", "release")


def test_without_cryptography_there_is_one_line_that_says_what_to_install(
    one_line_error, image_path, release, monkeypatch
):
    monkeypatch.setattr("satchel.bundle.signing.find_spec", lambda name: None)
    for words in (["keygen", "another"], ["sign", image_path, "--key", "release"]):
        assert "pip install 'cryptography[ssh]'" in one_line_error(*words)


@pytest.mark.parametrize(
    "words", [["sign"], ["sign", "x.satchel"], ["keygen"],
              ["sign", "x.satchel", "--key", "a", "--signature", "b"]]
)  # fmt: skip
def test_wrong_words_are_one_line(one_line_error, words):
    assert "--help" in one_line_error(*words)


@needs_ssh_keygen
def test_a_signature_of_ssh_keygen_is_put_into_the_bundle(satchel_says, image_path, release, desk):
    (desk / "card.json").write_bytes(unpack(image_path.read_bytes())["card.json"])
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", "release", "-n", "satchel", "card.json"],
        check=True,
        capture_output=True,
    )
    # As a tool that wraps lines otherwise would write it.
    respelled = (desk / "card.json.sig").read_bytes().replace(b"\n", b"\r\n")
    (desk / "card.json.sig").write_bytes(respelled)
    words = ("sign", image_path, "--signature", "card.json.sig", "--out", "attached.satchel")
    assert satchel_says(*words)[0] == OK
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert (desk / "attached.satchel").read_bytes() == image_path.read_bytes()


@needs_ssh_keygen
def test_ssh_keygen_verifies_a_signed_bundle_without_satchel(
    satchel_says, image_path, release, desk
):
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    entries = unpack(image_path.read_bytes())
    (desk / "card.sig").write_bytes(entries[SIGNATURE_NAME])
    (desk / "allowed").write_bytes(b"factory " + (desk / "release.pub").read_bytes())
    words = "ssh-keygen -Y verify -f allowed -I factory -n satchel -s card.sig"
    done = subprocess.run(words.split(), input=entries["card.json"], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_signature_over_another_card_is_not_put_into_a_bundle(
    one_line_error, satchel_says, image_path, text_path, release, desk
):
    assert satchel_says("sign", text_path, "--key", "release", "--out", "t.satchel")[0] == OK
    (desk / "other.sig").write_bytes(unpack((desk / "t.satchel").read_bytes())[SIGNATURE_NAME])
    message = one_line_error("sign", image_path, "--signature", "other.sig")
    assert "Expected a signature over this card" in message
    (desk / "no.sig").write_bytes(b"hello")
    message = one_line_error("sign", image_path, "--signature", "no.sig")
    assert "Expected 'card.sig' to be an SSH signature" in message


def test_info_says_who_signed_and_whether_that_is_trusted(
    satchel_says, install_engines, image_path, release
):
    install_engines()
    assert satchel_says("info", image_path)[1][1] == "signed   no"
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert satchel_says("keygen", "other")[0] == OK
    code, out, _ = satchel_says("info", image_path)
    assert (code, out[1]) == (OK, f"signed   by {release}, whom --trust may know")
    code, out, _ = satchel_says("info", image_path, "--trust", "release.pub")
    assert (code, out[1]) == (OK, f"signed   by {release}, trusted")
    code, out, _ = satchel_says("info", image_path, "--trust", "other.pub")
    assert code == CHECK_FAILED
    assert out[1].startswith("signed   NOT TRUSTED: Expected a bundle signed by SHA256:")
    words = ("--trust", "other.pub", "--trust", "release.pub", "--at-least", "tiny@2.0.0")
    code, out, _ = satchel_says("info", image_path, *words)
    assert code == CHECK_FAILED
    assert out[1] == "signed   NOT TRUSTED: Expected tiny 2.0.0 or later, got tiny 1.2.3."


def test_info_says_it_in_json(satchel_says, image_path, release):
    def said(*words):
        code, out, _ = satchel_says("info", image_path, "--json", *words)
        found = json.loads(out[0])
        assert found["name"] == "tiny"
        return code, found["signed_by"], found["trusted"]

    assert said() == (OK, None, None)
    assert said("--trust", "release.pub") == (CHECK_FAILED, None, False)
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    assert said() == (OK, release, None)
    assert said("--trust", "release.pub") == (OK, release, True)


def test_run_and_selftest_open_only_what_is_trusted(
    satchel_says, one_line_error, install_engines, image_path, release, desk
):
    install_engines(litert=np.float32([[0.25, 0.5, 0.25]]))
    (desk / "picture.png").write_bytes(encode_png(np.zeros((4, 6, 3), np.uint8)))
    commands = (["selftest", image_path], ["run", image_path, "picture.png"])
    for words in commands:
        assert satchel_says(*words)[0] == OK
        assert "got one without a signature" in one_line_error(*words, "--trust", "release.pub")
    assert satchel_says("sign", image_path, "--key", "release")[0] == OK
    for words in commands:
        trusting = (*words, "--trust", "release.pub")
        assert satchel_says(*trusting)[0] == OK
        assert satchel_says(*trusting, "--at-least", "tiny@1.2.3")[0] == OK
        assert "or later, got" in one_line_error(*trusting, "--at-least", "tiny@1.2.4")
        assert "Expected NAME@VERSION" in one_line_error(*trusting, "--at-least", "1.2.4")


@pytest.mark.parametrize("words", [["info"], ["selftest"], ["run", "x.png"]])
def test_a_version_without_trust_is_wrong_use(one_line_error, image_path, words):
    message = one_line_error(words[0], image_path, *words[1:], "--at-least", "tiny@1.0.0")
    assert "Expected --trust with --at-least" in message
