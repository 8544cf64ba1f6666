"""Policies as files, and bundles that keys of a test have signed."""

from pathlib import Path

from satchel.bundle import policy_places
from satchel.bundle.signing import sign
from satchel.signatures.keys import parse_public_keys


def write_policy(path, text):
    """Write a policy as only its owner may write it, whatever this user's umask is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def device_policy(text):
    """Write the policy of the device that a test believes to be on."""
    return write_policy(Path(policy_places.DEVICE_FILE), text)


def line_of(pair):
    """Return the public key of a pair, as a TOML string."""
    return f'"{pair.public.decode().strip()}"'


def fingerprint_of(pair):
    return parse_public_keys(pair.public, "keys")[0].fingerprint


def signed_by(pair, archive):
    return sign(archive, key=pair.private, passphrase=lambda: "").archive
