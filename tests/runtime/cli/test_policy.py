"""The commands of the runtime obey the policies here, and ``satchel info`` says so."""

import json
import os

import numpy as np
import pytest

from helpers.tiny_bundles import encode_png
from satchel.cli.command import CHECK_FAILED, OK, WRONG_USE

pytest.importorskip("cryptography")
from helpers.policies import device_policy, fingerprint_of, line_of, signed_by
from satchel.bundle.signing import new_key_pair


@pytest.fixture(scope="module")
def ours():
    return new_key_pair("ours")


@pytest.fixture
def bundles(digits_path, ours, tmp_path, monkeypatch):
    """Write an image, and a real bundle signed by us and unsigned; return the folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unsigned.satchel").write_bytes(digits_path.read_bytes())
    (tmp_path / "signed.satchel").write_bytes(signed_by(ours, digits_path.read_bytes()))
    (tmp_path / "image.png").write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    return tmp_path


COMMANDS = {
    "run": ["image.png"],
    "selftest": [],
    "tune": ["--budget", "0.01"],
    "bench": ["--seconds", "0.01", "--chosen"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_opens_what_the_policy_allows_and_nothing_else(
    satchel_says, one_line_error, bundles, ours, command
):
    place = device_policy(f"[[keys]]\nkey = {line_of(ours)}")
    words = COMMANDS[command]
    message = one_line_error(command, "unsigned.satchel", *words)
    assert f"as {place} asks, got one without a signature." in message
    code, _, err = satchel_says(command, "signed.satchel", *words)
    assert (code, err) == (OK, [])
    # --trust is a further condition.
    (bundles / "theirs.pub").write_bytes(new_key_pair("theirs").public)
    message = one_line_error(command, "signed.satchel", *words, "--trust", "theirs.pub")
    assert "Expected a bundle signed by SHA256:" in message
    place.chmod(0o666)
    assert "others may write it" in one_line_error(command, "signed.satchel", *words)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_keeps_to_a_child_process_where_a_policy_asks_for_it(
    satchel_says, bundles, command, monkeypatch
):
    device_policy("allow_unsigned = true\nisolated = true")
    code, _, err = satchel_says(command, "unsigned.satchel", *COMMANDS[command])
    assert (code, err) == (OK, [])
    # No model is used if it does not pass there in time.
    monkeypatch.setattr("satchel.limits.ISOLATED_DEADLINE_S", 0.01)
    code, out, err = satchel_says(command, "unsigned.satchel", *COMMANDS[command])
    assert code in (CHECK_FAILED, WRONG_USE)
    assert "within 0.01 s" in "\n".join([*out, *err])


def test_at_least_may_be_said_for_several_models(satchel_says, one_line_error, bundles, ours):
    (bundles / "ours.pub").write_bytes(ours.public)
    words = ("--trust", "ours.pub", "--at-least", "other@9.0.0", "--at-least")
    assert satchel_says("selftest", "signed.satchel", *words, "digits_mlp@1.0.0")[0] == OK
    message = one_line_error("selftest", "signed.satchel", *words, "digits_mlp@9.0.0")
    assert "Expected digits_mlp 9.0.0 or later, got digits_mlp 1.0.0." in message


def test_info_says_by_which_rule_of_which_policy_a_bundle_is_opened(
    satchel_says, bundles, ours, no_policy
):
    def lines(bundle):
        code, out, err = satchel_says("info", bundle)
        assert err == []
        return code, [line for line in out if line.startswith(("signed", "policy"))]

    assert lines("unsigned.satchel") == (
        OK, ["signed   no", "policy   no policy: every bundle is opened here"],
    )  # fmt: skip
    place = device_policy(
        f"[at_least]\ndigits_mlp = '1.0.0'\n[[keys]]\nkey = {line_of(ours)}\nexpires = 2999-12-31"
    )
    finger = fingerprint_of(ours)
    assert lines("signed.satchel") == (
        OK, [f"signed   by {finger}",
             f"policy   {place}: signed by {finger} (ours), trusted until 2999-12-31;"
             " digits_mlp 1.0.0 or later"],
    )  # fmt: skip
    assert lines("unsigned.satchel") == (
        CHECK_FAILED, ["signed   no",
                       f"policy   {place}: REFUSED: Expected a bundle signed by {finger}, as"
                       f" {place} asks, got one without a signature."],
    )  # fmt: skip
    place.write_text("allow_unsigned = true", encoding="utf-8")
    assert lines("unsigned.satchel")[1][1] == f"policy   {place}: unsigned bundles are allowed"


def test_info_says_it_in_json(satchel_says, bundles):
    def said():
        code, out, _ = satchel_says("info", "unsigned.satchel", "--json")
        return code, json.loads(out[0])["policies"]

    assert said() == (OK, [])
    place = str(device_policy("allow_unsigned = true"))
    assert said() == (
        OK, [{"policy": place, "opened": True, "why": "unsigned bundles are allowed"}],
    )  # fmt: skip
    device_policy("")
    code, [found] = said()
    assert (code, found["opened"]) == (CHECK_FAILED, False)


def test_info_shows_no_bundle_under_a_policy_that_cannot_be_read(one_line_error, bundles):
    place = device_policy("unsigned = true")
    assert "got 'unsigned'" in one_line_error("info", "signed.satchel")
    if hasattr(os, "mkfifo"):
        place.unlink()
        os.mkfifo(place)
        message = one_line_error("info", "signed.satchel")
        assert "it is a pipe or a device and not a file" in message
