"""The policy of a device: what its file may say, who may write it, and which bundles it lets in."""

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_BUNDLE
from satchel import ImageClassifier
from satchel.bundle.policy import Policy, TrustedKey
from satchel.bundle.policy_file import MAX_POLICY_BYTES, read_policy
from satchel.bundle.policy_places import policies_here
from satchel.bundle.reading import open_bundle
from satchel.bundle.trust import Release, read_trust
from satchel.errors import CardError, EngineError, InputError, TrustError
from satchel.inference.model import open_model

pytest.importorskip("cryptography")
from helpers.policies import device_policy, fingerprint_of, line_of, signed_by, write_policy
from satchel.bundle.archive import pack
from satchel.bundle.signing import new_key_pair

needs_modes = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no modes here")


@pytest.fixture(scope="module")
def keys():
    """Return two pairs of keys."""
    return {name: new_key_pair(name) for name in ("ours", "theirs")}


@pytest.fixture
def paths(keys, tmp_path):
    """Return the paths of the image bundle: signed by ours, by theirs and by nobody."""
    contents = {name: signed_by(pair, IMAGE_BUNDLE) for name, pair in keys.items()}
    for name, content in {**contents, "unsigned": IMAGE_BUNDLE}.items():
        (tmp_path / f"{name}.satchel").write_bytes(content)
    return {name: tmp_path / f"{name}.satchel" for name in ("ours", "theirs", "unsigned")}


@pytest.fixture
def policy_of(tmp_path, keys):
    """Return a function: the policy that a text describes. {ours} and {theirs} are keys in it."""

    def policy_of(text):
        return read_policy(write_policy(tmp_path / "policy.toml", in_full(text, keys)))

    return policy_of


@pytest.fixture
def today(monkeypatch):
    """Return a function that sets the day of this device's clock."""

    def today(year, month, day):
        moment = datetime.date(year, month, day)
        monkeypatch.setattr("satchel.bundle.policy._today", lambda: moment)

    return today


def in_full(text, keys):
    for name, pair in keys.items():
        text = text.replace(f"{{{name}}}", line_of(pair))
        text = text.replace(f"<{name}>", f'"{fingerprint_of(pair)}"')
    return text


def refusal(path, policy, error=TrustError):
    with pytest.raises(error) as caught:
        open_bundle(path, policy=policy)
    message = str(caught.value)
    assert message.startswith("Expected ")
    assert "\n" not in message
    return message


def opened(paths, policy):
    """Return which of the three bundles a policy lets in."""

    def opens(path):
        try:
            return bool(open_bundle(path, policy=policy).admissions)
        except TrustError:
            return False

    return {name for name, path in paths.items() if opens(path)}


def test_a_policy_without_fields_opens_nothing(policy_of, paths):
    assert policy_of("") == Policy(place=policy_of("").place)
    assert opened(paths, policy_of("")) == opened(paths, Policy()) == set()
    assert "signed by nobody" in refusal(paths["ours"], Policy())


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("[[keys]]\nkey = {ours}", {"ours"}),
        ("[[keys]]\nkey = {ours}\n[[keys]]\nkey = {theirs}", {"ours", "theirs"}),
        ("allow_unsigned = true", {"ours", "theirs", "unsigned"}),
        ("allow_unsigned = true\nrevoked = [<theirs>]", {"ours", "unsigned"}),
        ("revoked = [{ours}]\n[[keys]]\nkey = {ours}", set()),
        ("[[keys]]\nkey = {ours}\nrevoked = true\n[[keys]]\nkey = {theirs}", {"theirs"}),
        ("allow_unsigned = true\n[[keys]]\nkey = {ours}\nrevoked = true", {"theirs", "unsigned"}),
        ("[at_least]\ntiny = '1.2.3'\n[[keys]]\nkey = {ours}", {"ours"}),
        ("[at_least]\ntiny = '1.2.4'\n[[keys]]\nkey = {ours}", set()),
        ("[at_least]\nother = '9.0.0'\ntiny = '1.0.0'\n[[keys]]\nkey = {ours}", {"ours"}),
        ("[at_least]\nother = '9.0.0'\n[[keys]]\nkey = {ours}", {"ours"}),
        ("only_listed = true\n[at_least]\nother = '9.0.0'\n[[keys]]\nkey = {ours}", set()),
        ("only_listed = true\n[at_least]\ntiny = '0.0.0'\n[[keys]]\nkey = {ours}", {"ours"}),
        ("only_listed = true\n[[keys]]\nkey = {ours}", set()),
        ("allow_unsigned = true\n[at_least]\ntiny = '1.2.4'", set()),
    ],
)
def test_which_bundles_a_policy_lets_in(policy_of, paths, text, opens):
    assert opened(paths, policy_of(text)) == opens


def test_a_bundle_says_which_rule_has_let_it_in(policy_of, paths, keys):
    policy = policy_of("isolated = true\n[at_least]\ntiny = '1.2.0'\n[[keys]]\nkey = {ours}\n"
                       "expires = 2999-12-31")  # fmt: skip
    [admission] = open_bundle(paths["ours"], policy=policy).admissions
    assert admission.place == policy.place
    assert admission.rule == (
        f"signed by {fingerprint_of(keys['ours'])} (ours), trusted until 2999-12-31;"
        " tiny 1.2.0 or later; golden vectors first in a child process"
    )
    [admission] = open_bundle(paths["ours"], policy=Policy(allow_unsigned=True)).admissions
    assert admission.rule == "unsigned bundles are allowed"


def test_a_refusal_names_the_file_and_its_rule(policy_of, paths, keys):
    ours, theirs = (fingerprint_of(keys[name]) for name in ("ours", "theirs"))
    policy = policy_of("[at_least]\ntiny = '2.0.0'\n[[keys]]\nkey = {ours}\n")
    asked = f"as {policy.place} asks"
    assert refusal(paths["theirs"], policy) == (
        f"Expected a bundle signed by {ours}, {asked}, got one by {theirs}."
    )
    assert refusal(paths["unsigned"], policy).endswith(", got one without a signature.")
    assert refusal(paths["ours"], policy) == (
        f"Expected tiny 2.0.0 or later, {asked}, got tiny 1.2.3."
    )
    policy = policy_of("only_listed = true\n[at_least]\nother = '1.0.0'\n[[keys]]\nkey = {ours}\n")
    assert refusal(paths["ours"], policy) == (
        f"Expected a model that {policy.place} lists (other), got tiny."
    )
    policy = policy_of("allow_unsigned = true\nrevoked = [<ours>]")
    assert refusal(paths["ours"], policy) == (
        f"Expected a bundle by a key that is not revoked, got one by {ours},"
        f" which {policy.place} revokes."
    )


def test_a_key_is_trusted_until_the_end_of_its_last_day(policy_of, paths, today, keys):
    policy = policy_of("[[keys]]\nkey = {ours}\nexpires = 2027-06-30")
    for day in ((1970, 1, 1), (2027, 6, 30)):
        today(*day)
        assert opened(paths, policy) == {"ours"}
    today(2027, 7, 1)
    assert refusal(paths["ours"], policy) == (
        "Expected a bundle by a key that has not expired, got one by"
        f" {fingerprint_of(keys['ours'])} (ours), trusted until 2027-06-30, as {policy.place}"
        " says: this device's clock says 2027-07-01."
    )
    # Then its signature counts as none.
    assert opened(paths, policy._replace(allow_unsigned=True)) == {"ours", "theirs", "unsigned"}


def test_the_clock_is_this_devices_in_utc():
    from satchel.bundle.policy import _today

    assert abs(_today() - datetime.datetime.now(datetime.UTC).date()) <= datetime.timedelta(days=1)


def test_keys_may_be_in_files_beside_the_policy(policy_of, paths, keys, tmp_path):
    file = write_policy(tmp_path / "keys" / "both.pub", "".join(
        pair.public.decode() for pair in keys.values()
    ))  # fmt: skip
    policy = policy_of('[[keys]]\nfile = "keys/both.pub"\nexpires = 2999-01-01')
    assert [each.expires.year for each in policy.keys] == [2999, 2999]
    assert opened(paths, policy) == {"ours", "theirs"}
    assert policy_of(f'[[keys]]\nfile = "{file}"').keys[0].expires is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keys = 1", "Expected a list for keys"),
        ("keys = [1]", "Expected a table for keys[0]"),
        ("[[keys]]", "Expected one of key and file for keys[0]"),
        ("[[keys]]\nkey = {ours}\nfile = 'a'", "Expected one of key and file for keys[0]"),
        ("[[keys]]\nkey = 1", "Expected a text for keys[0].key"),
        ("[[keys]]\nkey = 'ssh-rsa AAAA'", "Expected an ssh-ed25519 key or PEM"),
        ("[[keys]]\nkey = ''", "keys in "),
        ("[[keys]]\nkey = {ours}\nexpiry = 2027-01-01", "got 'keys[0].expiry'"),
        ("[[keys]]\nkey = {ours}\nexpires = '2027-01-01'", "Expected a date such as 2030-12-31"),
        ("[[keys]]\nkey = {ours}\nexpires = 2027-01-01T00:00:00Z", "Expected a date such as"),
        ("[[keys]]\nkey = {ours}\nrevoked = 1", "Expected true or false for keys[0].revoked"),
        ("[[keys]]\nkey = {ours}\n[[keys]]\nkey = {ours}", "Expected each key once in "),
        ("[[keys]]\nfile = 'missing.pub'", "missing.pub': No such file"),
        ("[[keys]]\nfile = '.'", "Is a directory"),
        ("revoked = <ours>", "Expected a list for revoked"),
        ("revoked = [1]", "Expected a text for revoked[0]"),
        ("revoked = ['SHA256:short']", "Expected an ssh-ed25519 key or PEM"),
        ("at_least = '1.0.0'", "Expected a table of versions by name for at_least"),
        ("[at_least]\ntiny = 1.0", "Expected a text for at_least.tiny"),
        ("[at_least]\ntiny = '1.0'", "a version such as '1.2.0' for at_least.tiny"),
        ("[at_least]\n'a b' = '1.0.0'", "Expected a model's name and a version"),
        ("[at_least]\na.b = '1.0.0'", "Expected a text for at_least.a"),
        ("only_listed = 1", "Expected true or false for only_listed"),
        ("allow_unsigned = 'true'", "Expected true or false for allow_unsigned"),
        ("isolated = 'no'", "Expected true or false for isolated"),
        ("isolated = 0x" + "f" * 9000, "Expected true or false for isolated"),
        ("isolate = true", "Expected only the fields keys, revoked, at_least, only_listed"),
        ("isolated", "Expected TOML in "),
        ("isolated = true\nisolated = true", "Expected TOML in "),
        ("a = " + "[" * 30_000, "Expected TOML in "),
        ("a = 2027-02-31", "Expected TOML in "),
        ("#" * MAX_POLICY_BYTES + "#", f"Expected at most {MAX_POLICY_BYTES:,} bytes"),
        ("\ufeffisolated = true", "Expected TOML in "),
    ],
)
def test_a_wrong_policy_is_one_line_and_opens_nothing(keys, paths, text, said):
    place = device_policy(in_full(text, keys))
    for policy in (None, Policy(allow_unsigned=True)):
        message = refusal(paths["ours"], policy, InputError)
        assert said in message
        assert str(place.parent) in message


def test_a_policy_that_is_no_utf_8_opens_nothing(paths):
    device_policy("").write_bytes(b"# \xff\n")
    assert "Expected TOML in " in refusal(paths["ours"], None, InputError)


@pytest.mark.parametrize("wrong", ["folder", "pipe", "link to nothing", "folder to nothing"])
def test_what_is_no_file_in_the_place_of_a_policy_opens_nothing(paths, wrong):
    place = device_policy("")
    place.unlink()
    if wrong == "folder":
        place.mkdir()
    elif wrong == "pipe":
        os.mkfifo(place)
    elif wrong == "link to nothing":
        place.symlink_to("not mounted")
    else:
        place.parent.rmdir()
        place.parent.symlink_to("not mounted")
    assert "Expected a policy, got " in refusal(paths["ours"], None, InputError)


@needs_modes
@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_policy_or_its_keys_that_others_may_write_open_nothing(paths, keys, mode):
    place = device_policy('[[keys]]\nfile = "ours.pub"')
    file = write_policy(place.parent / "ours.pub", keys["ours"].public.decode())
    assert open_bundle(paths["ours"]).admissions
    for each in (place, file):
        each.chmod(mode)
        message = refusal(paths["ours"], None, InputError)
        assert message.endswith(f"{each.name}': others may write it (mode {mode:04o}).")
        each.chmod(0o644)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files away")
def test_a_policy_of_another_user_than_root_opens_nothing(paths):
    place = device_policy("allow_unsigned = true")
    os.chown(place, 1234, 0)
    assert refusal(paths["ours"], None, InputError).endswith("it belongs to the user 1234.")


def test_without_any_policy_every_bundle_opens_and_no_reader_of_policies_is_loaded(paths):
    assert {name for name, path in paths.items() if open_bundle(path).admissions == ()} == {*paths}
    program = (
        f"import sys; from satchel import open_bundle; open_bundle({str(paths['unsigned'])!r});"
        "print(*{'tomllib', 'satchel.bundle.policy', 'satchel.bundle.trust'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.fixture
def user_file(no_policy):
    """Return a function that writes the user's own policy."""
    return lambda text: write_policy(no_policy / "config" / "satchel" / "policy.toml", text)


def test_the_policies_are_read_anew_for_each_opening(paths):
    place = device_policy("allow_unsigned = true")
    assert opened(paths, None) == {*paths}
    device_policy("")
    assert opened(paths, None) == set()
    place.unlink()
    assert open_bundle(paths["ours"]).admissions == ()


def test_the_devices_policy_holds_besides_every_other(
    paths, keys, user_file, tmp_path, monkeypatch
):
    device_policy(in_full("[[keys]]\nkey = {ours}\n[[keys]]\nkey = {theirs}", keys))
    assert opened(paths, None) == {"ours", "theirs"}
    # No other file and no argument allows what the device does not.
    user_file("allow_unsigned = true")
    assert opened(paths, None) == {"ours", "theirs"}
    assert opened(paths, Policy(allow_unsigned=True)) == {"ours", "theirs"}
    lax = write_policy(tmp_path / "lax.toml", "allow_unsigned = true")
    monkeypatch.setenv("SATCHEL_POLICY", str(lax))
    assert opened(paths, None) == {"ours", "theirs"}
    # Each of them adds its conditions.
    user_file(in_full("[[keys]]\nkey = {ours}", keys))
    monkeypatch.delenv("SATCHEL_POLICY")
    assert opened(paths, None) == {"ours"}
    assert len(open_bundle(paths["ours"]).admissions) == 2


def test_what_the_caller_says_goes_before_the_variable_and_that_before_the_users_file(
    paths, keys, user_file, tmp_path, monkeypatch
):
    user_file(in_full("[[keys]]\nkey = {ours}", keys))
    assert opened(paths, None) == {"ours"}
    named = write_policy(tmp_path / "p.toml", in_full("[[keys]]\nkey = {theirs}", keys))
    monkeypatch.setenv("SATCHEL_POLICY", str(named))
    assert opened(paths, None) == {"theirs"}
    key = read_trust(_public(keys["ours"], tmp_path)).keys[0]
    assert opened(paths, Policy(keys=(TrustedKey(key),))) == {"ours"}
    monkeypatch.setenv("SATCHEL_POLICY", "")
    assert opened(paths, None) == {"ours"}


def test_a_file_that_the_variable_names_and_that_is_not_there_opens_nothing(paths, monkeypatch):
    monkeypatch.setenv("SATCHEL_POLICY", "missing.toml")
    assert "'missing.toml': No such file" in refusal(paths["ours"], None, InputError)


def test_a_home_that_a_service_may_not_look_into_holds_no_policy_and_etc_does(monkeypatch):
    def closed(place):
        raise PermissionError(13, "Permission denied", place)

    def closed_home(place):
        raise PermissionError if "config" in place else FileNotFoundError

    monkeypatch.setattr("os.lstat", closed)
    message = "Expected to find out whether .* is there, got: Permission denied"
    with pytest.raises(InputError, match=message):
        policies_here()
    monkeypatch.setattr("os.lstat", closed_home)
    assert policies_here() == ()


def test_trust_is_a_condition_besides_the_policy(paths, keys, tmp_path):
    device_policy(in_full("[[keys]]\nkey = {ours}\n[[keys]]\nkey = {theirs}", keys))
    ours = _public(keys["ours"], tmp_path)
    assert open_bundle(paths["ours"], trust=ours).admissions
    with pytest.raises(TrustError):
        open_bundle(paths["theirs"], trust=ours)
    device_policy(in_full("[[keys]]\nkey = {theirs}", keys))
    with pytest.raises(TrustError, match="asks"):
        open_bundle(paths["ours"], trust=ours)


def test_several_releases_are_each_for_their_model(paths, keys, tmp_path):
    ours = _public(keys["ours"], tmp_path)
    both = read_trust(ours, at_least=["other@9.0.0", "tiny@1.2.3"])
    assert both.at_least == (Release("other", (9, 0, 0)), Release("tiny", (1, 2, 3)))
    assert open_bundle(paths["ours"], trust=both).signer is not None
    for asked, said in {
        ("other@9.0.0", "tiny@1.2.4"): "Expected tiny 1.2.4 or later, got tiny 1.2.3.",
        ("tiny@1.2.0", "tiny@2.0.0"): "Expected tiny 2.0.0 or later, got tiny 1.2.3.",
        ("a@9.0.0", "b@1.0.0"): "Expected a 9.0.0, b 1.0.0 or later, got tiny 1.2.3.",
    }.items():
        with pytest.raises(TrustError) as caught:
            open_bundle(paths["ours"], trust=read_trust(ours, at_least=asked))
        assert str(caught.value) == said


def test_a_card_whose_signer_is_refused_is_not_even_parsed(tmp_path, keys):
    path = tmp_path / "odd.satchel"
    path.write_bytes(pack({"card.json": b"{ this is no card"}))
    refusal(path, Policy())
    with pytest.raises(CardError):
        open_bundle(path, policy=Policy(allow_unsigned=True))


def test_an_open_bundle_is_held_to_a_policy_that_is_passed(paths, install_engines):
    install_engines(litert=np.float32([[0.25, 0.625, 0.125]]))
    bundle = open_bundle(paths["unsigned"])
    assert ImageClassifier(bundle).bundle is bundle
    with pytest.raises(TrustError):
        ImageClassifier(bundle, policy=Policy())
    found = ImageClassifier(bundle, policy=Policy(allow_unsigned=True)).bundle
    assert [each.rule for each in found.admissions] == ["unsigned bundles are allowed"]
    with pytest.raises(TrustError):
        ImageClassifier(paths["unsigned"], policy=Policy())


ISOLATED = Policy(allow_unsigned=True, isolated=True)


def test_no_model_opens_before_its_golden_vectors_have_passed_in_a_child(digits_path):
    bundle = open_bundle(digits_path, policy=ISOLATED)
    with pytest.raises(EngineError, match="in a child process, as a policy here asks"):
        open_model(bundle)
    classifier = ImageClassifier(bundle)
    assert bundle.proven == {(classifier.model.entry.file, classifier.model.engine_name)}
    assert open_model(bundle).entry == classifier.model.entry
    with pytest.raises(EngineError, match="got an open engine"):
        ImageClassifier(bundle, engine=classifier.model._engine)


def test_a_model_that_does_not_pass_in_the_child_does_not_open(digits_path, monkeypatch):
    monkeypatch.setattr("satchel.limits.ISOLATED_DEADLINE_S", 0.01)
    bundle = open_bundle(digits_path, policy=ISOLATED)
    with pytest.raises(EngineError, match=r"within 0\.01 s"):
        ImageClassifier(bundle)
    assert bundle.proven == set()
    with pytest.raises(EngineError, match="in a child process"):
        open_model(bundle)


def test_the_guide_shows_a_policy_and_names_every_field(policy_of, paths, keys, tmp_path):
    guide = Path(__file__).parents[3] / "docs" / "guides" / "policy.md"
    text = guide.read_text(encoding="utf-8")
    write_policy(tmp_path / "release.pub", keys["ours"].public.decode())
    policy = policy_of(re.search(r"^```toml\n(.*?)^```$", text, re.M | re.S)[1])
    assert policy.at_least == (Release("digits_mlp", (1, 2, 0)),)
    assert opened(paths, policy) == {"ours"}
    rows = {found.strip("[]") for found in re.findall(r"^\| `([\w.\[\]]+)` \|", text, re.M)}
    tables = {"keys.key", "keys.file", "keys.expires", "keys.revoked"}
    assert rows == {*Policy._fields} - {"place"} | tables


def _public(pair, folder):
    path = folder / f"{fingerprint_of(pair)[7:12].replace('/', '_')}.pub"
    path.write_bytes(pair.public)
    return path
