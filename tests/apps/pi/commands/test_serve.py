"""The service as a process: how it starts, what it refuses to start with, and how it ends."""

import argparse
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from helpers.policies import device_policy, line_of, signed_by, write_policy
from helpers.services import ZOO, png
from satchel.bundle.archive import CARD_NAME, pack, unpack
from satchel.bundle.card import card_to_json, parse_card
from satchel.bundle.reading import digest, open_bundle
from satchel.bundle.signing import new_key_pair
from satchel.cli.program import main
from satchel_pi.commands import SERVE
from satchel_pi.commands.service_arguments import add_service_arguments, settings_of
from satchel_pi.http.loaded_model import LoadedModel, LoadOptions, load_bundle
from satchel_pi.http.service import Settings

MNIST = ZOO / "mnist.satchel"


@pytest.fixture
def says(capsys):
    """Return a function that runs a command line to its end: exit code and lines of errors."""

    def run(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code
        lines = capsys.readouterr().err.splitlines()
        return code, [line for line in lines if line.startswith("satchel")]

    return run


@pytest.fixture
def wrong(tmp_path):
    """A bundle whose golden vectors are of another model."""
    files = unpack(MNIST.read_bytes())
    card = parse_card(files.pop(CARD_NAME))
    golden = card.golden
    files[golden] = re.sub(
        rb'"scores": ?\[[^]]*\]', b'"scores": [' + b"0.1, " * 9 + b"0.1]", files[golden]
    )
    card = card._replace(name="wrong", files={**card.files, golden: digest(files[golden])})
    path = tmp_path / "wrong.satchel"
    path.write_bytes(pack({CARD_NAME: card_to_json(card), **files}))
    return path


def test_help_has_an_example(capsys):
    assert main(["serve", "--help"]) == 0
    assert capsys.readouterr().out.rstrip().endswith(SERVE.example)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_public_address_without_a_token_is_refused_in_one_line(says, host):
    code, lines = says("serve", MNIST, "--host", host)
    assert code == 2
    assert lines == [
        f"satchel serve: Expected --token-file FILE to listen on {host}, which other machines"
        " can reach, got no token."
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "Expected a token file"),
        (b"short", "16 characters or more without spaces in"),
        (b"two words of some length", "16 characters or more without spaces in"),
        (b"\xff" * 20, "Expected a token of ASCII"),
        (b"x" * 5000, "16 characters or more without spaces in"),
    ],
)
def test_a_wrong_token_file_is_refused_in_one_line(says, tmp_path, content, said):
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    code, [line] = says("serve", MNIST, "--host", "0.0.0.0", "--token-file", path)
    assert code == 2
    assert said in line


def test_a_port_that_is_taken_is_said_in_one_line(says):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, [line] = says("serve", MNIST, "--port", port)
    assert code == 2
    assert line.startswith(f"satchel serve: Expected to listen on 127.0.0.1 port {port}, got")


@pytest.mark.parametrize(
    "words",
    [
        *(["--port", port] for port in ("70000", "x")),
        *(["--keep-answers", number] for number in ("-1", "1001", "ten", "²")),
        ["--queue", "0"],
        ["--timeout", "nan"],
    ],
)
def test_wrong_words_are_wrong_use(says, words):
    assert says("serve", MNIST, *words)[0] == 2


def test_a_service_keeps_as_many_answers_as_its_command_line_says():
    parser = argparse.ArgumentParser()
    add_service_arguments(parser)
    assert settings_of(parser.parse_args([])).kept_answers == Settings().kept_answers == 10
    assert settings_of(parser.parse_args(["--keep-answers", "0"])).kept_answers == 0


def test_a_camera_for_a_bundle_of_texts_is_refused(says):
    code, [line] = says("serve", ZOO / "imdb_lasso.satchel", "--camera", "--port", "0")
    assert code == 2
    assert "Expected a first bundle for image-classification with --camera" in line


def test_a_source_without_a_camera_is_refused(says):
    code, lines = says("serve", MNIST, "--source", "0")
    assert (code, lines) == (
        2, ["satchel serve: Expected --camera with --source, it is missing."],
    )  # fmt: skip


def test_without_any_bundle_that_passes_the_service_does_not_start(says, wrong, tmp_path):
    code, lines = says("serve", wrong, tmp_path / "none.satchel", "--port", "0")
    assert code == 1
    assert lines[0].startswith(
        f"satchel serve: without {tmp_path / 'none.satchel'}: Expected a bun"
    )
    assert lines[1].startswith(
        "satchel serve: without wrong: Expected full_int8.tflite on litert to"
    )


def test_a_bundle_that_fails_its_self_test_is_left_out_and_said_to_be(serve_bundles, wrong):
    started = serve_bundles(wrong, MNIST)
    assert started.process.line("without wrong: Expected full_int8")
    health = started.get("/healthz")
    assert (health.status, health.json["status"]) == (200, "degraded")
    assert health.json["models"]["wrong"]["status"] == "not served"
    assert "it is off by" in health.json["models"]["wrong"]["why"]
    assert started.post("/v1/models/wrong:predict", png()).status == 404
    assert started.post("/v1/models/mnist_mlp:predict", png()).status == 200


def test_isolated_and_trusted_opening(tmp_path):
    assert isinstance(load_bundle(open_bundle(MNIST), LoadOptions(isolated=True)), LoadedModel)


def test_the_service_opens_what_the_policy_of_the_device_allows(says, serve_bundles, tmp_path):
    pair = new_key_pair("ours")
    signed = tmp_path / "signed.satchel"
    signed.write_bytes(signed_by(pair, MNIST.read_bytes()))
    text = f"isolated = true\n[[keys]]\nkey = {line_of(pair)}"
    place = device_policy(text)
    code, lines = says("serve", MNIST, "--port", "0")
    assert code == 1
    assert lines[0] == f"satchel serve: opens what {place} allows"
    assert lines[1].endswith(f"as {place} asks, got one without a signature.")
    loaded = load_bundle(open_bundle(signed), LoadOptions())
    assert loaded.runner.bundle.proven == {(loaded.runner.model.entry.file, "litert")}
    # A process does not know the device that this test believes to be on.
    own = write_policy(tmp_path / "policy.toml", text)
    started = serve_bundles(signed, ZOO / "imdb_lasso.satchel", SATCHEL_POLICY=str(own))
    assert started.process.line(f"opens what {own} allows")
    assert started.process.line("without .*imdb_lasso.satchel: Expected a bundle signed by SHA")
    assert started.post("/v1/models/mnist_mlp:predict", png()).status == 200


def test_a_service_with_a_wrong_policy_does_not_start(says):
    place = device_policy("allow_unsigned = 1")
    code, lines = says("serve", MNIST, "--port", "0")
    assert code == 2
    assert lines == [
        f"satchel serve: Expected true or false for allow_unsigned in '{place}', got a value"
        " of type int."
    ]


def test_sigterm_answers_what_was_accepted_and_ends_in_order(serve_bundles):
    started = serve_bundles(ZOO / "imdb_lstm.satchel", "--workers", "1")
    text = b"A dull film, and an awful waste of time. " * 40
    found = []

    def ask():
        answer = started.post("/v1/models/imdb_lstm:predict", text, "text/plain")
        found.append(answer.status)

    batch = {"texts": [text.decode()] * 60}
    clients = [threading.Thread(target=ask) for _ in range(8)]
    long = threading.Thread(
        target=lambda: found.append(
            started.post("/v1/models/imdb_lstm:predictBatch", batch, "application/json").status
        )
    )
    long.start()
    for each in clients:
        each.start()
    # A body of which a part has come is accepted as well.
    slow = socket.create_connection(("127.0.0.1", started.port), timeout=30)
    head = [
        "POST /v1/models/imdb_lstm:predict HTTP/1.1", "Host: localhost", "Content-Type: text/plain",
        f"Content-Length: {len(text)}", "", "",
    ]  # fmt: skip
    slow.sendall("\r\n".join(head).encode() + text[:10])
    time.sleep(0.3)
    started.process.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    slow.sendall(text[10:])
    answer = slow.recv(65536)
    slow.close()
    for each in [long, *clients]:
        each.join(30)
    assert started.process.process.wait(30) == 0
    assert found == [200] * 9
    assert answer.startswith(b"HTTP/1.1 200")
    with pytest.raises(ConnectionRefusedError):
        started.get("/healthz")


def test_an_idle_service_ends_at_once(serve_bundles):
    started = serve_bundles(MNIST)
    idle = socket.create_connection(("127.0.0.1", started.port))
    before = time.monotonic()
    assert started.process.end(signal.SIGTERM) == 0
    assert time.monotonic() - before < 5
    idle.close()


def test_importing_the_commands_loads_no_web_stack():
    """The help of ``satchel`` lists these words on every device; it should not wait for them."""
    program = (
        "import sys, satchel_pi.commands.serve, satchel_pi.commands.camera;"
        "print([name for name in ('starlette', 'uvicorn', 'jinja2', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
