"""New versions in a service that runs: taken without a gap, refused, and rolled back."""

import shutil
import signal
import socket
import sys

import pytest

from helpers.services import ZOO
from helpers.versions import put, version_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGHUP")

NAME = "mnist_mlp"
PATH = f"/v1/models/{NAME}:predict"
IMAGE = (ZOO / "seven.png").read_bytes()
ONE = ("--workers", "1")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "bundles"
    folder.mkdir()
    shutil.copy(ZOO / "mnist.satchel", folder)
    return folder


def version(started):
    answer = started.post(PATH, IMAGE)
    assert answer.status == 200
    assert answer.json["predictions"][0]["label"] == "7"
    return answer.json["version"]


def hang_up(started):
    started.process.process.send_signal(signal.SIGHUP)


def test_a_watched_folder_is_served_and_its_new_version_takes_over(serve_bundles, folder):
    started = serve_bundles("--watch", folder, *ONE)
    assert version(started) == "1.0.0"
    put(folder, "new.satchel", version_of("mnist", "1.1.0"))
    started.process.line(f"serves {NAME} 1.1.0, no longer 1.0.0")
    assert version(started) == "1.1.0"
    health = started.get("/healthz").json
    assert health["status"] == "ok"
    assert health["refused"] == []
    assert health["models"][NAME]["version"] == "1.1.0"
    assert health["models"][NAME]["golden_vectors"] > 0
    started.process.end(signal.SIGKILL)
    assert version(serve_bundles("--watch", folder, *ONE)) == "1.1.0"


def test_a_broken_version_is_refused_and_the_old_one_goes_on(serve_bundles, folder):
    started = serve_bundles("--watch", folder, *ONE)
    put(folder, "new.satchel", version_of("mnist", "1.1.0", wrong=True))
    line = started.process.line("without .*new.satchel: Expected full_int8")
    assert version(started) == "1.0.0"
    health = started.get("/healthz")
    assert (health.status, health.json["status"]) == (200, "degraded")
    assert health.json["models"][NAME]["status"] == "ok"
    [refused] = health.json["refused"]
    assert refused["source"].endswith("new.satchel")
    assert refused["why"] in line


def test_a_roll_back_reaches_a_service_that_runs(serve_bundles, start_satchel, folder):
    started = serve_bundles("--watch", folder, *ONE)
    put(folder, "new.satchel", version_of("mnist", "1.1.0"))
    started.process.line(f"serves {NAME} 1.1.0")
    done = start_satchel("serve", "--watch", folder, "--rollback", NAME)
    assert done.process.wait(60) == 0
    assert (
        done.process.stdout.read()
        .decode()
        .startswith(f"{NAME} goes back to 1.0.0, no longer 1.1.0: a service that watches")
    )
    started.process.line(f"serves {NAME} 1.0.0, no longer 1.1.0")
    assert version(started) == "1.0.0"
    wrong = start_satchel("serve", "--watch", folder, "--rollback", "nobody")
    assert wrong.process.wait(60) == 2
    assert wrong.line(rf"Expected a model that .* keeps \({NAME}\), got 'nobody'")


def test_sighup_reads_the_bundles_of_the_command_line_again(serve_bundles, tmp_path):
    path = tmp_path / "mnist.satchel"
    shutil.copy(ZOO / "mnist.satchel", path)
    late = tmp_path / "late.satchel"
    started = serve_bundles(path, late, *ONE)
    assert started.get("/healthz").json["models"][str(late)]["status"] == "not served"
    shutil.copy(ZOO / "imdb_lasso.satchel", late)
    hang_up(started)
    started.process.line("serves imdb_lasso 1.0.0")
    health = started.get("/healthz").json
    assert (health["status"], list(health["models"])) == ("ok", [NAME, "imdb_lasso"])
    put(tmp_path, "mnist.satchel", version_of("mnist", "1.1.0"))
    hang_up(started)
    started.process.line(f"serves {NAME} 1.1.0, no longer 1.0.0")
    assert version(started) == "1.1.0"
    put(tmp_path, "mnist.satchel", version_of("mnist", "1.0.0"))
    hang_up(started)
    started.process.line(f"Expected {NAME} 1.1.0 or later, got 1.0.0")
    assert version(started) == "1.1.0"
    assert started.process.end() == 0


def test_the_service_manager_is_told_of_start_reload_and_end(serve_bundles, folder, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        words = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        started = serve_bundles("--watch", folder, *ONE, **words)

        def next_state():
            while (said := listener.recv(4096).decode()) == "WATCHDOG=1":
                continue
            return said

        assert next_state() == "READY=1"
        assert listener.recv(4096) == b"WATCHDOG=1"
        assert listener.recv(4096) == b"WATCHDOG=1"
        put(folder, "new.satchel", version_of("mnist", "1.1.0"))
        hang_up(started)
        assert next_state().startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert next_state() == "READY=1"
        assert version(started) == "1.1.0"
        started.process.process.send_signal(signal.SIGTERM)
        assert next_state() == "STOPPING=1"
        assert started.process.process.wait(60) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Expected a bundle to serve or --watch DIR, got none."),
        (["--watch", "DIR", "a.satchel"], "Expected bundles or --watch DIR, got both"),
        (["--rollback", "m"], "Expected --rollback NAME with --watch DIR alone"),
        (["--watch", "/no/such", "--port", "0"], "Expected a folder of bundles, got '/no/such'"),
    ],
)
def test_wrong_words_are_refused_in_one_line(start_satchel, words, said):
    done = start_satchel("serve", *words)
    assert done.process.wait(60) == 2
    assert done.line("Expected").startswith(f"satchel serve: {said}")


def test_an_empty_folder_is_not_served(start_satchel, tmp_path):
    done = start_satchel("serve", "--watch", tmp_path, "--port", "0")
    assert done.process.wait(60) == 1
    assert done.line("Expected a bundle to serve in ")
