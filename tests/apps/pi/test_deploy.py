"""The installer and its unit, below a folder that stands for the system."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.policies import fingerprint_of, line_of, signed_by, write_policy
from helpers.services import ROOT, ZOO
from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.card import card_to_json, parse_card
from satchel.bundle.policy import Policy
from satchel.bundle.policy_file import read_policy
from satchel.bundle.reading import digest
from satchel.bundle.signing import new_key_pair
from satchel.errors import InputError
from satchel_pi.commands.service_arguments import read_token

DEPLOY = ROOT / "apps" / "pi" / "deploy"
REAL = Path(sys.executable).parent / "satchel"
"""The installed command, for tests in which the installer opens real bundles"""
BUNDLES = "var/lib/private/satchel/bundles"
PYTHON = """#!/bin/sh
# Stands for Python: what it is asked for goes to a log, an environment is a folder with programs.
echo "$@" >>"$PYTHON_LOG"
case $2 in
    venv)
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        printf '#!/bin/sh\\nexec "$SATCHEL" "$@"\\n' >"$4/bin/satchel"
        chmod +x "$4/bin/python" "$4/bin/satchel"
        ;;
esac
"""


@pytest.fixture
def install(tmp_path):
    """Return a function that runs the installer below ``system``, with a Python that is none."""
    packages = tmp_path / "dist"
    packages.mkdir()
    for name in ("satchel-0.1.0", "satchel_pi-0.1.0", "satchel_train-0.1.0"):
        (packages / f"{name}-py3-none-any.whl").touch()
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def run(*words, root="system", satchel="true", **environment):
        return subprocess.run(
            ["sh", DEPLOY / "install.sh", "--root", tmp_path / root, *map(str, words)],
            env={
                **os.environ,
                "PYTHON": str(python),
                "PYTHON_LOG": str(tmp_path / "log"),
                # Stands for the program that is installed, or is the real one.
                "SATCHEL": str(satchel),
                **environment,
            },
            # As cautious as a root may be.
            umask=0o077, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def install(*words):
        done = run("--packages", packages, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    install.run = run
    install.system = tmp_path / "system"
    install.log = tmp_path / "log"
    install.packages = packages
    return install


def tree(folder):
    """Return what is below a folder: name to mode and content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode & 0o777,
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted(folder.rglob("*"))
    }


def test_what_is_installed(install):
    install("--port", "8081", ZOO / "mnist.satchel", ZOO / "imdb_lasso.satchel")
    found = tree(install.system)
    assert found["etc/systemd/system/satchel.service"] == (
        0o644, (DEPLOY / "satchel.service").read_bytes(),
    )  # fmt: skip
    assert found["var/lib/private"][0] == 0o700
    assert found[f"{BUNDLES}/mnist.satchel"] == (0o644, (ZOO / "mnist.satchel").read_bytes())
    assert found["etc/satchel/serve.conf"][1].decode().splitlines()[1] == (
        "SATCHEL_SERVE=--host 127.0.0.1 --port 8081 --watch /var/lib/satchel/bundles"
    )
    mode, token = found["etc/satchel/token"]
    assert mode == 0o600
    assert re.fullmatch(rb"[0-9a-f]{64}", token)
    assert read_token(install.system / "etc/satchel/token").is_secret(token.decode())
    for folder in ("opt/satchel", BUNDLES, "opt/satchel/bin", "etc/satchel"):
        assert found[folder][0] == 0o755
    asked = install.log.read_text()
    assert "-m venv --system-site-packages" in asked
    assert "satchel-0.1.0-py3-none-any.whl[litert,images] " in asked
    assert "satchel_pi-0.1.0-py3-none-any.whl" in asked


def test_installing_twice_leaves_what_once_leaves(install):
    words = ("--camera", "--also", "--queue 16", ZOO / "mnist.satchel")
    install(*words)
    once = tree(install.system)
    install(*words)
    assert tree(install.system) == once
    assert b"--camera --queue 16 --watch" in once["etc/satchel/serve.conf"][1]
    assert "etc/systemd/system/satchel.service.d/camera.conf" in once


def test_installing_without_the_camera_takes_it_away(install):
    install(ZOO / "mnist.satchel")
    without = tree(install.system)
    install("--camera", ZOO / "mnist.satchel")
    install(ZOO / "mnist.satchel")
    assert tree(install.system) == without


def test_uninstalling_leaves_what_was_there_before(install):
    (install.system / "etc/systemd/system").mkdir(parents=True)
    (install.system / "etc/systemd/system/other.service").write_text("[Unit]\n")
    (install.system / "opt").mkdir()
    before = tree(install.system)
    install("--camera", ZOO / "mnist.satchel")
    assert tree(install.system) != before
    for _ in range(2):
        done = install.run("--uninstall")
        assert (done.returncode, done.stdout) == (0, "satchel is removed\n")
        assert tree(install.system) == before


def test_uninstalling_leaves_the_policy_of_the_device(install):
    policy = write_policy(install.system / "etc/satchel/policy.toml", "allow_unsigned = true")
    install(ZOO / "mnist.satchel")
    assert install.run("--uninstall").returncode == 0
    assert [each.name for each in (install.system / "etc/satchel").iterdir()] == [policy.name]


def test_a_bundle_that_is_left_out_goes_with_its_versions(install):
    install(ZOO / "mnist.satchel", ZOO / "imdb_lasso.satchel")
    kept = install.system / BUNDLES / "versions" / "mnist_mlp" / "record.json"
    kept.parent.mkdir(parents=True)
    kept.touch()
    # The same bundles again keep what a roll-back needs.
    install(ZOO / "mnist.satchel", ZOO / "imdb_lasso.satchel")
    assert kept.is_file()
    install(ZOO / "imdb_lasso.satchel")
    found = [path.name for path in (install.system / BUNDLES).iterdir()]
    assert found == ["imdb_lasso.satchel"]


def test_an_update_only_adds_bundles_that_pass(install, refused, wrong):
    install("--port", "8081", ZOO / "mnist.satchel")
    asked = install.log.read_text()
    before = tree(install.system)
    done = install.run("--update", ZOO / "imdb_lasso.satchel", satchel=REAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"satchel takes {ZOO / 'imdb_lasso.satchel'}: its journal" in done.stdout
    after = tree(install.system)
    added = after.pop(f"{BUNDLES}/imdb_lasso.satchel")
    assert added == (0o644, (ZOO / "imdb_lasso.satchel").read_bytes())
    assert after == before
    assert install.log.read_text() == asked
    assert "its self-test fails." in refused("--update", wrong)


def test_an_update_obeys_the_trust_that_the_service_was_installed_with(install, refused, ours):
    install("--also", "--trust /etc/satchel/ours.pub", ZOO / "mnist.satchel")
    write_policy(install.system / "etc/satchel/ours.pub", ours.public.decode())
    line = refused("--update", ZOO / "imdb_lasso.satchel")
    assert "got one without a signature." in line


@pytest.fixture(scope="module")
def ours():
    return new_key_pair("ours")


@pytest.fixture
def refused(install):
    """Return a function: the one line that refuses an installation, which leaves all as it was."""

    def refused(*words, **environment):
        before = tree(install.system) if install.system.exists() else None
        words = ("--packages", install.packages, *words)
        done = install.run(*words, satchel=REAL, **environment)
        assert done.returncode == 1
        assert (tree(install.system) if install.system.exists() else None) == before
        [line] = done.stderr.splitlines()
        assert line.startswith("install.sh: Expected a bundle that this device opens and that pass")
        assert line.endswith(" All is as it was.")
        return line

    return refused


@pytest.fixture
def wrong(tmp_path):
    """A bundle whose golden vectors are of another model."""
    files = unpack((ZOO / "mnist.satchel").read_bytes())
    card = parse_card(files.pop(CARD_NAME))
    files[card.golden] = re.sub(
        rb'"scores": ?\[[^]]*\]', b'"scores": [' + b"0.1, " * 9 + b"0.1]", files[card.golden]
    )
    card = card._replace(files={**card.files, card.golden: digest(files[card.golden])})
    path = tmp_path / "wrong.satchel"
    path.write_bytes(pack({CARD_NAME: card_to_json(card), **files}))
    return path


def test_a_bundle_that_opens_and_passes_is_installed_and_the_policy_is_said(
    install, ours, tmp_path
):
    write_policy(install.system / "etc/satchel/policy.toml", f"[[keys]]\nkey = {line_of(ours)}")
    signed = tmp_path / "signed.satchel"
    signed.write_bytes(signed_by(ours, (ZOO / "imdb_lasso.satchel").read_bytes()))
    done = install.run("--packages", install.packages, signed, satchel=REAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("signed.satchel: /")
    assert f"policy.toml: signed by {fingerprint_of(ours)} (ours)" in done.stdout
    assert (install.system / BUNDLES / "signed.satchel").is_file()
    assert not [name for name in tree(install.system) if name.endswith((".before", ".new"))]


@pytest.mark.parametrize("earlier", [False, True])
def test_garbage_is_not_installed_and_everything_stays(install, refused, wrong, tmp_path, earlier):
    if earlier:
        install("--port", "8081", "--camera", ZOO / "mnist.satchel")
    garbage = tmp_path / "mnist.satchel"
    garbage.write_bytes(b"garbage")
    assert "got '" + str(garbage) in refused("--port", "8082", ZOO / "imdb_lasso.satchel", garbage)
    assert "its self-test fails." in refused(wrong)


def test_what_the_policy_or_the_words_for_the_service_refuse_is_not_installed(
    install, refused, ours, tmp_path
):
    install(ZOO / "mnist.satchel")
    bundle = ZOO / "imdb_lasso.satchel"
    policy = write_policy(install.system / "etc/satchel/policy.toml", "[[keys]]\nkey = ''")
    assert "keys in '" in refused(bundle)
    write_policy(policy, f"[[keys]]\nkey = {line_of(ours)}")
    assert "policy.toml asks, got one without a signature." in refused(bundle)
    write_policy(policy, "allow_unsigned = true")
    write_policy(install.system / "etc/satchel/ours.pub", ours.public.decode())
    line = refused("--also", "--queue 16 --trust /etc/satchel/ours.pub", bundle)
    assert "got one without a signature." in line
    signed = tmp_path / "signed.satchel"
    signed.write_bytes(signed_by(ours, bundle.read_bytes()))
    also = "--trust /etc/satchel/ours.pub --at-least imdb_lasso@9.0.0"
    assert "Expected imdb_lasso 9.0.0 or later" in refused("--also", also, signed)


def test_the_example_of_a_policy_trusts_only_the_key_beside_it(ours, tmp_path):
    place = write_policy(tmp_path / "policy.toml", (DEPLOY / "policy.toml").read_text())
    with pytest.raises(InputError, match=r"release\.pub"):
        read_policy(place)
    write_policy(tmp_path / "release.pub", ours.public.decode())
    policy = read_policy(place)
    assert [each.key.fingerprint for each in policy.keys] == [fingerprint_of(ours)]
    assert policy._replace(keys=()) == Policy(place=str(place))
    # The lines that are switched off are right, too, but for the key.
    text = re.sub(r"(?m)^# (\w+ = .*|\[\[keys\]\])$", r"\1", place.read_text())
    text = text.replace('"ssh-ed25519 AAAA... factory"', line_of(new_key_pair("factory")))
    policy = read_policy(write_policy(place, text))
    assert (len(policy.keys), len(policy.revoked), len(policy.at_least)) == (1, 1, 1)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_step_that_fails_later_is_undone_too(install, earlier):
    if earlier:
        install("--port", "8081", ZOO / "mnist.satchel")
        shutil.rmtree(install.system / "etc/systemd")
    (install.system / "etc").mkdir(parents=True, exist_ok=True)
    (install.system / "etc/systemd").write_text("in the way")
    before = tree(install.system)
    done = install.run("--packages", install.packages, "--port", "8082", ZOO / "imdb_lasso.satchel")
    assert done.returncode not in (0, 2)
    assert done.stderr.splitlines()[-1] == (
        "install.sh: Expected every step to work, got one that failed: all is as it was."
    )
    assert tree(install.system) == before


def test_a_wheel_that_does_not_install_is_undone_too(install, tmp_path):
    install("--port", "8081", ZOO / "mnist.satchel")
    python = install.system / "opt/satchel/bin/python"
    python.write_text('#!/bin/sh\ntouch "${0%/bin/python}/half"; exit 3\n')
    before = tree(install.system)
    done = install.run("--packages", install.packages, ZOO / "imdb_lasso.satchel")
    assert done.returncode == 3
    assert tree(install.system) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Expected a bundle to serve, got none"),
        (["no-such.satchel"], "Expected a bundle, got 'no-such.satchel'"),
        (["--port", "x", "b"], "Expected a number as --port, got 'x'"),
        (["--port"], "Expected a value behind --port, got none"),
        (["--host", "a b", "b"], "Expected an address as --host, got 'a b'"),
        (["--engine", "a;b", "b"], "as --engine, got 'a;b'"),
        (["--also", "a\nb", "b"], "Expected one line behind --also"),
        ([str(ZOO / "seven.png")], "Expected a file name that ends with .satchel, got"),
        (["--update"], "Expected a bundle to serve, got none"),
        (["--update", str(ZOO / "mnist.satchel")], "Expected an installed service to update"),
        (["--walk"], "Expected an option of --help, got --walk"),
        (["--uninstall", "b"], "Expected no bundle with --uninstall, got b"),
        ([str(ZOO / "mnist.satchel")] * 2, "Expected bundles of different file names, got two"),
        (["--packages", "/nothing", str(ZOO / "mnist.satchel")], "Expected a folder of wheels"),
    ],
)
def test_wrong_words_are_refused_in_one_line_and_nothing_is_written(install, words, said):
    done = install.run(*words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not install.system.exists()


def test_an_odd_file_name_is_refused(install, tmp_path):
    odd = tmp_path / "a b.satchel"
    shutil.copy(ZOO / "mnist.satchel", odd)
    done = install.run(odd)
    assert done.returncode == 2
    assert "Expected a file name of letters" in done.stderr


def test_the_script_passes_shellcheck():
    found = shutil.which("shellcheck")
    if found is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        [found, DEPLOY / "install.sh"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def systemd_analyze():
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed")
    return found


def verify(systemd_analyze, system):
    """Return what systemd says of the unit below ``system``."""
    for name in ("sysinit.target", "basic.target", "shutdown.target", "system.slice"):
        (system / "etc/systemd/system" / name).write_text("[Unit]\n")
    # The unit asks the service to reload by it.
    (system / "bin").mkdir()
    shutil.copy("/bin/kill", system / "bin")
    return subprocess.run(
        [systemd_analyze, f"--root={system}", "verify", "satchel.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("camera", [(), ("--camera",)])
def test_systemd_knows_every_word_of_the_unit(install, systemd_analyze, camera):
    install(*camera, ZOO / "mnist.satchel")
    done = verify(systemd_analyze, install.system)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_word_that_systemd_does_not_know_is_found(install, systemd_analyze):
    install(ZOO / "mnist.satchel")
    unit = install.system / "etc/systemd/system/satchel.service"
    unit.write_text(unit.read_text().replace("ProtectHome", "ProtectHouse"))
    found = verify(systemd_analyze, install.system).stderr
    # Its words differ between releases.
    assert "'ProtectHouse'" in found


@pytest.mark.parametrize(("camera", "least"), [((), 20), (("--camera",), 25)])
def test_systemd_finds_little_that_is_exposed(install, systemd_analyze, camera, least):
    install(*camera, ZOO / "mnist.satchel")
    done = subprocess.run(
        [
            systemd_analyze, f"--root={install.system}", "security", "--offline=true",
            f"--threshold={least}", "satchel.service",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]
    assert "Overall exposure level for satchel.service" in done.stdout


def test_the_words_in_the_unit_are_words_of_the_command():
    """What systemd will start is parsed by the command line itself."""
    import argparse

    from satchel_pi.commands import serve

    unit = (DEPLOY / "satchel.service").read_text()
    [line] = re.findall(
        r"^ExecStart=/opt/satchel/bin/satchel serve (.*) \$SATCHEL_SERVE$", unit, re.M
    )
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    args = parser.parse_args([*line.split(), "--host", "0.0.0.0", "--camera", "x.satchel"])
    args = parser.parse_args([*line.split(), "--watch", "/var/lib/satchel/bundles"])
    assert args.token_file == Path("${CREDENTIALS_DIRECTORY}/token")
