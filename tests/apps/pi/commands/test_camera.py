"""The command `satchel camera`, and the options of a camera in `satchel serve`."""

import json
import re
import signal
import time

import pytest

from helpers.policies import device_policy, write_policy
from helpers.services import ZOO, png, read_stream
from satchel.cli.program import main
from satchel_pi.commands import CAMERA

MNIST = ZOO / "mnist.satchel"
SLOW = ("--rate", "3")
"""So slow that no frame is dropped on a machine that does other work"""


@pytest.fixture
def digits(tmp_path):
    """A folder of a seven, a damaged file and a seven."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for name in ("0.png", "2.png"):
        (folder / name).write_bytes((ZOO / "seven.png").read_bytes())
    (folder / "1.png").write_bytes(b"damaged")
    return folder


def says(capsys, *words):
    try:
        code = main([str(word) for word in words])
    except SystemExit as stop:
        code = stop.code
    printed = capsys.readouterr()
    return code, printed.out.splitlines(), [
        line for line in printed.err.splitlines() if line.startswith("satchel")
    ]  # fmt: skip


def test_help_has_an_example(capsys):
    code, out, _ = says(capsys, "camera", "--help")
    assert (code, out[-1].strip()) == (0, CAMERA.example)


def test_the_label_is_printed_when_it_changes_and_errors_are_said(capsys, digits):
    code, out, err = says(capsys, "camera", MNIST, "--source", digits, "--rate", "10")
    assert (code, out) == (0, ["7 0.996"])
    assert [line[:52] for line in err] == ["satchel camera: Expected an image (BMP, GIF, JPEG, P"]


def test_json_is_a_line_a_frame(capsys, digits):
    code, out, _ = says(capsys, "camera", MNIST, "--source", digits, "--rate", "10", "--json")
    lines = [json.loads(line) for line in out]
    assert (code, [each["frame"] for each in lines]) == (0, [0, 1, 2])
    assert lines[0]["predictions"][0]["label"] == "7"
    assert (lines[0]["model"], lines[0]["version"]) == ("mnist_mlp", "1.0.0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lines[0]["time"])
    assert "smoothed" not in lines[0]
    assert lines[1]["error"].startswith("Expected an image")


def test_json_with_smoothing_has_the_labels_of_the_frame_and_the_smoothed_ones(capsys, tmp_path):
    (tmp_path / "0.png").write_bytes((ZOO / "seven.png").read_bytes())
    (tmp_path / "1.png").write_bytes(png(level=0))
    words = ("--source", tmp_path, "--rate", "10", "--json", "--smooth", "10")
    code, out, _ = says(capsys, "camera", MNIST, *words)
    first, last = map(json.loads, out)
    assert code == 0
    assert first["smoothed"] == first["predictions"]
    assert last["smoothed"][0]["label"] == "7"
    assert last["predictions"][0]["label"] != "7"


def test_a_label_runs_a_command(capsys, digits, tmp_path):
    done = tmp_path / "done"
    code, _, _ = says(
        capsys, "camera", MNIST, "--source", digits, "--rate", "10", "--on-label", "7",
        "--run", f"sh -c 'echo $SATCHEL_LABEL > {done}'",
    )  # fmt: skip
    assert (code, done.read_text()) == (0, "7\n")


def test_an_odd_frame_starts_no_command_when_scores_are_smoothed(capsys, tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for name in "012":
        (folder / f"{name}.png").write_bytes((ZOO / "seven.png").read_bytes())
    (folder / "3.png").write_bytes(png(level=0))
    words = ("camera", MNIST, "--source", folder, *SLOW)
    _, out, _ = says(capsys, *words, "--json")
    odd = json.loads(out[-1])["predictions"][0]["label"]
    done = tmp_path / "done"
    react = ("--on-label", odd, "--least-score", "0", "--run", f"touch {done}")
    says(capsys, *words, *react, "--smooth", "60")
    assert not done.exists()
    says(capsys, *words, *react)
    assert done.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--on-label", "7"], "Expected --on-label and --run together, got one of them."),
        (["--run", "true"], "Expected --on-label and --run together, got one of them."),
        (["--on-label", "cat", "--run", "true"], "Expected a label of mnist_mlp: 0, 1,"),
        (["--on-label", "7", "--run", "no-such-program"], "Expected a program that is installed"),
        (["--source", "nothing"], "Expected a source: a number or /dev/videoN"),
        (["--event-score", "0.5"], "Expected --events FILE with --event-score, it is missing."),
        (["--event-margin", "0"], "Expected --events FILE with --event-margin, it is missing."),
        (["--json", "--events", "-"], "Expected --json or --events -, got both: write the events"),
        (
            ["--source", str(ZOO), "--events", "/nothing/events.jsonl"],
            "Expected a file for events in a folder that can be written, got"
            " '/nothing/events.jsonl': No such file or directory. '-' is standard output.",
        ),
        (["--source", str(ZOO), "--events", str(ZOO)], "it is not a regular file."),
    ],
)
def test_wrong_words_are_refused_in_one_line(capsys, words, said):
    code, out, [line] = says(capsys, "camera", MNIST, *words)
    assert (code, out) == (2, [])
    assert said in line


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--least-score", "2"], "expected a probability from 0 to 1, got '2'"),
        (["--cooldown", "0"], "expected seconds above 0, at most 86400, got '0'"),
        (["--rate", "0"], "expected seconds above 0, at most 86400, got '0'"),
        (["--smooth", "0"], "got '0': without --smooth nothing is smoothed"),
        (["--smooth", "-1"], "got '-1': without --smooth nothing is smoothed"),
        (["--smooth", "nan"], "got 'nan': without --smooth nothing is smoothed"),
        (["--event-score", "1.01"], "expected a probability from 0 to 1, got '1.01'"),
        (["--event-margin", "-0.1"], "expected a probability from 0 to 1, got '-0.1'"),
        (["--event-score", "half"], "expected a probability from 0 to 1, got 'half'"),
    ],
)
def test_words_out_of_range_are_wrong_use(capsys, words, expected):
    code, out, lines = says(capsys, "camera", MNIST, *words)
    assert (code, out) == (2, [])
    assert f"{expected} (see satchel camera --help)" in lines[-1]


def test_a_bundle_of_texts_watches_no_camera(capsys):
    code, _, [line] = says(capsys, "camera", ZOO / "imdb_lasso.satchel")
    assert code == 2
    assert "Expected a bundle for image-classification" in line


def test_a_camera_is_watched_by_what_the_policy_allows(capsys, start_satchel, digits, tmp_path):
    place = device_policy("isolated = true")
    code, _, lines = says(capsys, "camera", MNIST, "--source", digits)
    assert code == 2
    assert lines[0] == f"satchel camera: opens what {place} allows"
    assert lines[1].endswith(f"as {place} asks, got one without a signature.")
    # A process does not know the device that this test believes to be on.
    own = write_policy(tmp_path / "policy.toml", "isolated = true\nallow_unsigned = true")
    words = ("--source", digits, "--json")
    found = start_satchel("camera", MNIST, *words, SATCHEL_POLICY=str(own))
    assert json.loads(found.process.stdout.readline())["frame"] == 0


def test_sigterm_ends_watching_in_order(start_satchel, digits):
    found = start_satchel("camera", MNIST, "--source", digits, "--rate", "20", "--loop", "--json")
    assert json.loads(found.process.stdout.readline())["frame"] == 0
    assert found.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_watching_a_camera_that_is_not_there_ends_at_once(start_satchel, number, code):
    pytest.importorskip("cv2")
    found = start_satchel("camera", MNIST, "--source", "/dev/video99")
    line = found.line("satchel camera: ")
    assert line == (
        "satchel camera: Expected a camera as /dev/video99, it does not open. Trying again."
    )
    before = time.monotonic()
    assert found.end(number) == code
    assert time.monotonic() - before < 4
    assert found.process.stderr.read() == "satchel camera: interrupted\n" * (code == 130)


def test_a_page_beside_the_terminal(start_satchel, digits):
    found = start_satchel(
        "camera", MNIST, "--source", digits, "--rate", "20", "--loop", "--page", "--port", "0"
    )
    port = int(re.search(r":(\d+)/$", found.line("satchel camera: serves mnist_mlp at"))[1])
    events = read_stream(port, "/v1/camera/events", lambda got: got.count(b"data: ") >= 2)
    assert b'"label": "7"' in events
    assert b"data-live" in read_stream(port, "/", lambda got: b"</html>" in got)
    assert found.process.stdout.readline() == b"7 0.996\n"
    assert found.end(signal.SIGTERM) == 0


def test_serve_with_a_camera(serve_bundles, digits):
    started = serve_bundles(MNIST, "--camera", "--source", digits, "--rate", "20", "--loop")
    events = read_stream(started.port, "/v1/camera/events", lambda got: b'"label": "7"' in got)
    # It names the model and not its file.
    assert b'"model": "mnist_mlp", "version": "1.0.0"' in events
    assert b"mnist.satchel" not in events
    assert started.process.end(signal.SIGTERM) == 0


def test_events_are_appended_to_a_file(capsys, digits, tmp_path):
    place = tmp_path / "events.jsonl"
    words = ("camera", MNIST, "--source", digits, *SLOW, "--events", place)
    code, out, err = says(capsys, *words)
    assert (code, out, len(err)) == (0, ["7 0.996"], 1)
    says(capsys, *words)
    events = [json.loads(line) for line in place.read_text().splitlines()]
    assert [each["event"] for each in events] == ["begin", "end"] * 2
    begin, end = events[:2]
    assert begin == {
        "time": begin["time"], "event": "begin", "label": "7", "score": 0.996094,
        "smoothed_score": 0.996094, "frame": 0, "source": str(digits), "model": "mnist_mlp",
        "version": "1.0.0", "duration_s": None, "reason": None,
    }  # fmt: skip
    # The damaged frame between them ends nothing.
    assert (end["frame"], end["reason"]) == (2, "stopped")
    assert 0.5 < end["duration_s"] < 30
    assert end["time"] > begin["time"]


def test_events_on_standard_output_are_alone_there(capsys, digits):
    code, out, err = says(capsys, "camera", MNIST, "--source", digits, *SLOW, "--events", "-")
    assert (code, len(err)) == (0, 1)
    assert [json.loads(line)["event"] for line in out] == ["begin", "end"]


def test_sigterm_ends_the_events(start_satchel, digits):
    found = start_satchel(
        "camera", MNIST, "--source", digits, "--rate", "20", "--loop", "--events", "-"
    )
    assert json.loads(found.process.stdout.readline())["event"] == "begin"
    assert found.end(signal.SIGTERM) == 0
    assert json.loads(found.process.stdout.readline())["reason"] == "stopped"


def test_the_page_gets_smoothed_labels(serve_bundles, tmp_path):
    for name in "0124578":
        (tmp_path / f"{name}.png").write_bytes((ZOO / "seven.png").read_bytes())
    for name in "36":
        (tmp_path / f"{name}.png").write_bytes(png(level=0))

    def labels(*words):
        started = serve_bundles(
            MNIST, "--workers", "1", "--camera", "--source", tmp_path, "--rate", "20", "--loop",
            *words,
        )  # fmt: skip
        found = read_stream(
            started.port, "/v1/camera/events", lambda got: got.count(b"data: ") >= 20
        )
        events = [json.loads(each) for each in re.findall(rb"data: (.*)\n\n", found)]
        return {each["predictions"][0]["label"] for each in events}

    assert len(labels()) > 1
    assert labels("--smooth", "60") == {"7"}


def test_a_service_with_a_camera_records_events(serve_bundles, digits, tmp_path):
    place = tmp_path / "events.jsonl"
    started = serve_bundles(
        MNIST, "--workers", "1", "--camera", "--source", digits, *SLOW, "--events", place
    )
    # The frames end by themselves, and so does the event.
    line = started.process.line("Expected more frames of")
    assert line.endswith("got its end: --loop begins a folder or a video again.")
    assert [json.loads(each)["event"] for each in place.read_text().splitlines()] == [
        "begin", "end"
    ]  # fmt: skip
    # What cannot be decoded is said.
    assert any("Expected an image" in each for each in started.process.said)
    assert started.get("/healthz").json["status"] == "ok"


@pytest.mark.parametrize("option", ["--source", "--smooth", "--events", "--event-score"])
def test_options_of_the_camera_need_the_camera(capsys, option):
    code, _, [line] = says(capsys, "serve", MNIST, option, "1")
    assert code == 2
    assert line.endswith(f"Expected --camera with {option}, it is missing.")


def test_a_page_with_a_json_log_writes_nothing_else_but_what_the_engine_prints(
    start_satchel, tmp_path
):
    (tmp_path / "note.png").write_text("no image")
    found = start_satchel(
        "camera", MNIST, "--source", tmp_path, "--rate", "20", "--loop", "--page", "--port", "0",
        "--log", "json",
    )  # fmt: skip
    found.line("serves mnist_mlp at")
    found.line("Expected an image")
    found.end()
    more = found.process.stderr.read().splitlines()
    # LiteRT prints a line of its own in the process that runs it, which is this one with a camera.
    lines = [line for line in [*found.said, *more] if not line.startswith("INFO: Created ")]
    assert {json.loads(line)["level"] for line in lines} == {"info"}
