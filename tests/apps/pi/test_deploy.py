"""The installer and its unit, below a folder that stands for the system."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.services import ROOT, ZOO
from satchel_pi.commands.service_arguments import read_token

DEPLOY = ROOT / "apps" / "pi" / "deploy"
PYTHON = """#!/bin/sh
# Stands for Python: what it is asked for goes to a log, an environment is a folder with programs.
echo "$@" >>"$PYTHON_LOG"
case $2 in
    venv)
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        printf '#!/bin/sh\\n' >"$4/bin/satchel"
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

    def run(*words, root="system"):
        return subprocess.run(
            ["sh", DEPLOY / "install.sh", "--root", tmp_path / root, *map(str, words)],
            env={**os.environ, "PYTHON": str(python), "PYTHON_LOG": str(tmp_path / "log")},
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
    assert found["opt/satchel/bundles/mnist.satchel"][1] == (ZOO / "mnist.satchel").read_bytes()
    assert found["etc/satchel/serve.conf"][1].decode().splitlines()[1] == (
        "SATCHEL_SERVE=--host 127.0.0.1 --port 8081 /opt/satchel/bundles/mnist.satchel"
        " /opt/satchel/bundles/imdb_lasso.satchel"
    )
    mode, token = found["etc/satchel/token"]
    assert mode == 0o600
    assert re.fullmatch(rb"[0-9a-f]{64}", token)
    assert read_token(install.system / "etc/satchel/token").is_secret(token.decode())
    for folder in ("opt/satchel", "opt/satchel/bundles", "opt/satchel/bin", "etc/satchel"):
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
    assert b"--camera --queue 16 /opt" in once["etc/satchel/serve.conf"][1]
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
        (["--walk"], "Expected an option of --help, got --walk"),
        (["--uninstall", "b"], "Expected no bundle with --uninstall, got b"),
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
    assert args.token_file == Path("${CREDENTIALS_DIRECTORY}/token")
