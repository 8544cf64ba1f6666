"""Whom a device trusts, and which release it still takes."""

import subprocess
import sys

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_BUNDLE, IMAGE_CARD, IMAGE_FILES, seal
from satchel.bundle.archive import pack, unpack
from satchel.bundle.reading import Bundle, open_bundle
from satchel.bundle.trust import Release, Trust, is_trusted, parse_release, read_trust
from satchel.errors import BundleError, CardError, InputError, SatchelError, TrustError
from satchel.signatures import SIGNATURE_NAME
from satchel.signatures.keys import PublicKey, parse_public_keys
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.text_classification import TextClassifier

pytest.importorskip("cryptography")
from satchel.bundle.signing import new_key_pair, sign


def unasked():
    pytest.fail("asked for a passphrase that no key here has")


@pytest.fixture(scope="module")
def keys():
    """Return two pairs of keys."""
    return {name: new_key_pair(name) for name in ("ours", "theirs")}


@pytest.fixture
def key_files(keys, tmp_path):
    """Return the paths of the public keys."""
    for name, pair in keys.items():
        (tmp_path / f"{name}.pub").write_bytes(pair.public)
    return {name: tmp_path / f"{name}.pub" for name in keys}


@pytest.fixture
def signed_path(image_path, keys):
    """Return the image bundle, signed by ours."""
    archive = image_path.read_bytes()
    image_path.write_bytes(sign(archive, key=keys["ours"].private, passphrase=unasked).archive)
    return image_path


def refusal(path, trust):
    """Return the message with which the bundle is not trusted."""
    with pytest.raises(TrustError) as caught:
        open_bundle(path, trust=trust)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected ")
    return message


def fingerprint(pair):
    return parse_public_keys(pair.public, "keys")[0].fingerprint


def test_a_bundle_that_a_trusted_key_signed_is_opened(signed_path, key_files, keys):
    for trust in (key_files["ours"], str(key_files["ours"]), read_trust(key_files["ours"])):
        bundle = open_bundle(signed_path, trust=trust)
        assert bundle.files == IMAGE_FILES
        assert bundle.signer.fingerprint == fingerprint(keys["ours"])


def test_without_trust_a_signed_bundle_is_a_bundle_like_any_other(signed_path, load):
    bundle = open_bundle(signed_path)
    assert bundle._replace(signer=None) == load(IMAGE_BUNDLE)
    assert load(IMAGE_BUNDLE).signer is None


def test_an_unsigned_bundle_is_not_trusted(image_path, key_files, keys):
    message = refusal(image_path, key_files["ours"])
    assert message.endswith("got one without a signature.")
    assert fingerprint(keys["ours"]) in message


def test_a_bundle_by_another_key_is_not_trusted(signed_path, key_files, keys):
    message = refusal(signed_path, key_files["theirs"])
    assert message == (
        f"Expected a bundle signed by {fingerprint(keys['theirs'])},"
        f" got one by {fingerprint(keys['ours'])}."
    )


def test_any_of_several_keys_of_several_files_will_do(signed_path, key_files, tmp_path):
    both = read_trust(key_files["theirs"], key_files["ours"])
    assert open_bundle(signed_path, trust=both).signer is not None
    (tmp_path / "both.pub").write_bytes(b"".join(path.read_bytes() for path in key_files.values()))
    assert open_bundle(signed_path, trust=tmp_path / "both.pub").signer is not None


def test_many_keys_are_counted_in_the_message(image_path):
    many = [parse_public_keys(new_key_pair(str(at)).public, "")[0] for at in range(5)]
    assert " or 3 others, got one without" in refusal(image_path, Trust(tuple(many)))


def test_no_keys_trust_nobody(signed_path):
    assert "signed by nobody" in refusal(signed_path, Trust(()))
    assert "signed by nobody" in refusal(signed_path, read_trust())


def test_a_key_is_the_same_whatever_its_comment(signed_path, key_files):
    trust = read_trust(key_files["ours"])
    [key] = trust.keys
    assert is_trusted(PublicKey(key.point, "another"), trust)
    assert not is_trusted(PublicKey(bytes(32), key.comment), trust)


@pytest.mark.parametrize("trust", ["", "missing.pub", "a\0b"])
def test_a_file_of_keys_that_is_not_there_is_no_lack_of_distrust(signed_path, trust):
    with pytest.raises(InputError, match="Expected a file of keys"):
        open_bundle(signed_path, trust=trust)


def test_a_wrong_file_of_keys_is_told_before_the_bundle_is_read(tmp_path):
    (tmp_path / "keys").write_bytes(b"hello")
    with pytest.raises(InputError, match="'keys'"):
        open_bundle(tmp_path / "missing.satchel", trust=tmp_path / "keys")


def test_a_card_of_a_stranger_is_not_even_parsed(key_files, keys, tmp_path):
    path = tmp_path / "odd.satchel"
    path.write_bytes(pack({"card.json": b"{ this is no card"}))
    refusal(path, key_files["ours"])
    with pytest.raises(CardError):
        open_bundle(path)


def test_the_release_that_is_asked_for_and_later_ones_are_opened(signed_path, key_files):
    for least in ("1.2.3", "1.2.2", "0.99.99", "1.1.999999999"):
        trust = read_trust(key_files["ours"], at_least=f"tiny@{least}")
        assert open_bundle(signed_path, trust=trust).card.version == "1.2.3"


@pytest.mark.parametrize("least", ["1.2.4", "1.10.0", "2.0.0", "999999999.0.0"])
def test_an_older_release_is_refused(signed_path, key_files, least):
    trust = read_trust(key_files["ours"], at_least=f"tiny@{least}")
    assert refusal(signed_path, trust) == f"Expected tiny {least} or later, got tiny 1.2.3."


def test_another_model_is_refused_however_new(signed_path, key_files):
    trust = read_trust(key_files["ours"], at_least="tin@0.0.1")
    assert refusal(signed_path, trust) == "Expected tin 0.0.1 or later, got tiny 1.2.3."


def test_a_release_is_a_name_and_three_numbers():
    assert parse_release("a-b_c.d@1.02.3") == Release("a-b_c.d", (1, 2, 3))
    assert str(parse_release("a@10.2.3")) == "a 10.2.3"


@pytest.mark.parametrize(
    "text",
    ["", "tiny", "1.2.3", "@1.2.3", "tiny@", "tiny@1.2", "tiny@1.2.3.4", "tiny@1.2.x", "a b@1.2.3",
     "tiny@1.2.3\n", "tiny@-1.2.3", "tiny@1.2.1234567890", "tiny@1.2.²", ".a@1.2.3",
     "x" * 65 + "@1.2.3", "tiny>=1.2.3"],
)  # fmt: skip
def test_another_form_of_release_is_refused(text):
    with pytest.raises(SatchelError, match=r"^Expected NAME@VERSION such as digits@1\.2\.0, got"):
        parse_release(text)


def test_a_classifier_opens_only_what_is_trusted(
    signed_path, text_path, key_files, install_engines
):
    install_engines(litert=np.float32([[0.25, 0.625, 0.125]]))
    assert ImageClassifier(signed_path, trust=key_files["ours"]).bundle.signer is not None
    with pytest.raises(TrustError):
        ImageClassifier(signed_path, trust=key_files["theirs"])
    with pytest.raises(TrustError):
        TextClassifier(text_path, trust=key_files["ours"])


def test_a_bundle_that_is_open_is_held_to_trust_as_well(
    signed_path, load, key_files, install_engines
):
    install_engines(litert=np.float32([[0.25, 0.625, 0.125]]))
    bundle = open_bundle(signed_path)
    assert ImageClassifier(bundle, trust=key_files["ours"]).bundle is bundle
    later = read_trust(key_files["ours"], at_least="tiny@1.2.4")
    for wrong, trust in ((bundle, key_files["theirs"]), (bundle, later)):
        with pytest.raises(TrustError):
            ImageClassifier(wrong, trust=trust)
    with pytest.raises(TrustError):
        ImageClassifier(load(IMAGE_BUNDLE), trust=key_files["ours"])


def test_a_signed_bundle_may_be_a_folder(folder, signed_path, key_files):
    signature = unpack(signed_path.read_bytes())[SIGNATURE_NAME]
    (folder / SIGNATURE_NAME).write_bytes(signature)
    assert open_bundle(folder, trust=key_files["ours"]) == open_bundle(signed_path)


def test_a_damaged_signature_is_refused_without_trust_too(folder, load):
    (folder / SIGNATURE_NAME).write_bytes(b"hello")
    with pytest.raises(BundleError, match=r"^Expected 'card\.sig' to be an SSH signature"):
        open_bundle(folder)
    with pytest.raises(BundleError, match=r"^Expected 'card\.sig' to be an SSH signature"):
        load(pack({**unpack(IMAGE_BUNDLE), SIGNATURE_NAME: b""}))


def test_a_card_cannot_list_its_own_signature(load):
    with pytest.raises(BundleError, match=r"^Expected 'card\.sig' to be an SSH signature"):
        load(seal(IMAGE_CARD, {**IMAGE_FILES, SIGNATURE_NAME: b"listed"}))
    listing = IMAGE_CARD._replace(files={SIGNATURE_NAME: "sha256:" + "0" * 64})
    entries = unpack(seal(listing, {**IMAGE_FILES, SIGNATURE_NAME: b""}))
    del entries[SIGNATURE_NAME]
    with pytest.raises(BundleError, match=r"'card\.sig' is missing"):
        load(pack(entries))


def test_a_bundle_made_by_hand_has_no_signer():
    assert Bundle(IMAGE_CARD, IMAGE_FILES).signer is None


def test_an_unsigned_bundle_does_not_load_what_checks_signatures(image_path):
    program = f"""
import sys
from satchel import open_bundle
open_bundle({str(image_path)!r})
watched = ("satchel.signatures.ed25519", "satchel.bundle.trust")
print(*[name for name in sys.modules if name in watched])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_signature_is_checked_where_cryptography_cannot_be_imported(signed_path, key_files):
    program = f"""
import sys
sys.modules["cryptography"] = None
from satchel import open_bundle
print(open_bundle({str(signed_path)!r}, trust={str(key_files["ours"])!r}).signer.fingerprint)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("SHA256:")
