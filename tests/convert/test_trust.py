"""The commands that measure a bundle open, with --trust, only what a trusted key signed."""

from pathlib import Path

import pytest

from helpers.commands import run_satchel
from helpers.policies import device_policy, line_of
from satchel.bundle.signing import new_key_pair, sign

GOLDEN = Path(__file__).parents[1] / "golden" / "digits.satchel"
TAKEN = {"verify": 1, "compare": 2, "explain": 1}
"""Bundles that a command takes"""


@pytest.fixture(scope="module")
def keys():
    return {name: new_key_pair(name) for name in ("ours", "theirs")}


@pytest.fixture
def folder(tmp_path, keys):
    """Return a folder of public keys, and the golden bundle signed by each and by none."""
    archive = GOLDEN.read_bytes()
    (tmp_path / "unsigned.satchel").write_bytes(archive)
    for name, pair in keys.items():
        (tmp_path / f"{name}.pub").write_bytes(pair.public)
        signed = sign(archive, key=pair.private, passphrase=lambda: "").archive
        (tmp_path / f"{name}.satchel").write_bytes(signed)
    return tmp_path


@pytest.fixture
def told(folder, capsys):
    """Return a function that runs a command without samples, and returns why it stops."""

    def run(command, *bundles, **options):
        words = [folder / f"{name}.satchel" for name in bundles]
        for flag, value in {"samples": folder / "none", **options}.items():
            words += [f"--{flag.replace('_', '-')}", value]
        assert run_satchel(command, *words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line.removeprefix(f"satchel {command}: ")

    return run


@pytest.mark.parametrize("command", TAKEN)
def test_a_bundle_by_another_key_or_none_is_refused(command, told, folder):
    bundles = ["theirs"] * TAKEN[command]
    line = told(command, *bundles, trust=folder / "ours.pub")
    assert line.startswith("Expected a bundle signed by SHA256:")
    assert ", got one by SHA256:" in line
    bundles = ["unsigned"] * TAKEN[command]
    assert told(command, *bundles, trust=folder / "ours.pub").endswith("without a signature.")


@pytest.mark.parametrize("command", TAKEN)
def test_a_bundle_by_a_trusted_key_is_opened(command, told, folder):
    bundles = ["ours"] * TAKEN[command]
    line = told(command, *bundles, trust=folder / "ours.pub")
    # The next thing that is not there.
    assert line == told(command, *bundles)
    assert "none" in line


@pytest.mark.parametrize("bundles", [("ours", "theirs"), ("theirs", "ours")])
def test_both_of_two_that_are_compared_are_held_to_it(bundles, told, folder):
    assert "got one by SHA256:" in told("compare", *bundles, trust=folder / "ours.pub")


@pytest.mark.parametrize("command", ["verify", "explain"])
def test_an_older_release_is_refused(command, told, folder):
    trusted = {"trust": folder / "ours.pub"}
    assert "9.9.9" in told(command, "ours", at_least="digits_mlp@9.9.9", **trusted)
    assert "none" in told(command, "ours", at_least="digits_mlp@1.0.0", **trusted)
    assert told(command, "ours", at_least="digits_mlp@1.0.0").startswith("Expected --trust with")


@pytest.mark.parametrize("command", TAKEN)
def test_the_policy_of_the_device_is_obeyed(command, told, keys):
    place = device_policy(f"[[keys]]\nkey = {line_of(keys['ours'])}")
    line = told(command, *["unsigned"] * TAKEN[command])
    assert f"as {place} asks, got one without a signature." in line
    assert f"as {place} asks, got one by SHA256:" in told(command, *["theirs"] * TAKEN[command])
    assert "none" in told(command, *["ours"] * TAKEN[command])
    device_policy("allow = 1")
    assert "got 'allow'" in told(command, *["ours"] * TAKEN[command])


@pytest.mark.parametrize("command", TAKEN)
def test_golden_vectors_run_in_a_child_first_where_a_policy_asks_for_it(command, told, monkeypatch):
    device_policy("allow_unsigned = true\nisolated = true")
    assert "none" in told(command, *["ours"] * TAKEN[command])
    monkeypatch.setattr("satchel.limits.ISOLATED_DEADLINE_S", 0.01)
    assert "within 0.01 s" in told(command, *["ours"] * TAKEN[command])


def test_trust_is_for_bundles(folder, capsys):
    assert run_satchel("explain", folder, "--trust", folder / "ours.pub") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("satchel explain: Expected no trust for ")
