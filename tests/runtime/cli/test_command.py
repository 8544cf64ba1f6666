"""The ``satchel`` command: its help, its exit codes, and one line for whatever is wrong."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import satchel
from helpers.tiny_bundles import encode_png
from satchel.cli.command import CHECK_FAILED, OK, WRONG_USE, Command, did_you_mean
from satchel.cli.commands import OWN, SIBLINGS, how_to_install

IMAGE = np.full((1, 2, 4, 3), 100, np.float32)
SCORES = np.float32([[0.25, 0.625, 0.125]])
ENGINES = {"litert": SCORES, "onnx": np.uint8([[64, 160, 32]])}


def test_help_lists_every_command_and_how_to_get_the_missing_ones(satchel_says):
    code, out, _ = satchel_says("--help")
    text = "\n".join(out)
    assert code == OK
    for name, command in OWN.items():
        assert name in text
        assert command.summary.split(";")[0] in " ".join(text.split())
    for name, home in SIBLINGS.items():
        assert any(name in line and f"pip install ./{home}" in line for line in out)


@pytest.mark.parametrize("name", OWN)
def test_every_commands_help_has_an_example(satchel_says, name):
    code, out, _ = satchel_says(name, "--help")
    assert code == OK
    assert out[-1].strip() == OWN[name].example
    assert OWN[name].example.startswith(f"satchel {name} ")


def test_no_command_at_all_prints_the_help_and_is_wrong_use(satchel_says):
    code, out, _ = satchel_says()
    assert code == WRONG_USE
    assert out[0].startswith("usage: satchel")


def test_the_version_is_the_packages(satchel_says):
    assert satchel_says("--version")[:2] == (OK, [f"satchel {satchel.__version__}"])


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_missing_sibling_is_named_with_what_to_install(satchel_says, name):
    code, _, err = satchel_says(name, "something")
    assert code == WRONG_USE
    assert how_to_install(name) in err[-1]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["rnu"], "Expected a command, got 'rnu' (did you mean 'run'?) (see satchel --help)"),
        (["Info"], "Expected a command, got 'Info' (did you mean 'info'?)"),
        (["trian"], "(did you mean 'train'?)"),
        (["run", "a", "b", "--decoding", "exat"], "(did you mean 'exact'?)"),
    ],
)
def test_a_mistyped_word_gets_the_nearest_known_one_offered(satchel_says, words, hint):
    code, out, err = satchel_says(*words)
    assert (code, out, len(err)) == (WRONG_USE, [], 1)
    assert hint in err[0]


def test_a_word_that_is_near_to_nothing_gets_nothing_offered(satchel_says):
    assert satchel_says("zebra")[2] == [
        "satchel: Expected a command, got 'zebra' (see satchel --help)"
    ]
    assert did_you_mean("zebra", ["digits", "mnist"]) == ""
    assert did_you_mean("", []) == ""


def test_all_missing_arguments_are_named_at_once(satchel_says):
    assert "required: BUNDLE, INPUT" in satchel_says("run")[2][0]


@pytest.fixture
def sibling(monkeypatch):
    """Install a sibling that adds ``verify``."""
    module = SimpleNamespace(
        add_arguments=lambda parser: parser.add_argument("thing"),
        run=lambda args: CHECK_FAILED if args.thing == "bad" else OK,
    )
    monkeypatch.setitem(sys.modules, "a_sibling.verify", module)
    command = Command("verify things", "satchel verify x", module="a_sibling.verify")
    point = SimpleNamespace(name="verify", load=lambda: command)
    monkeypatch.setattr("satchel.cli.program.installed", lambda: {"verify": point})


def test_an_installed_sibling_adds_its_command(satchel_says, sibling):
    assert satchel_says("verify", "good")[0] == OK
    assert satchel_says("verify", "bad")[0] == CHECK_FAILED
    _, out, _ = satchel_says("--help")
    assert any("verify things" in line for line in out)
    assert not any("verify" in line and "pip install" in line for line in out)
    assert any("train" in line and "pip install ./train" in line for line in out)


def test_a_sibling_that_does_not_load_leaves_the_other_commands_alone(
    satchel_says, one_line_error, monkeypatch, image_path
):
    def load():
        raise ImportError("no tensorflow")

    point = SimpleNamespace(name="verify", load=load)
    monkeypatch.setattr("satchel.cli.program.installed", lambda: {"verify": point})
    assert satchel_says("info", image_path)[0] == OK
    expected = "Expected an installed verify, got one that does not load (no tensorflow)"
    assert expected in one_line_error("verify", "x")
    code, out, _ = satchel_says("--help")
    assert code == OK
    assert "one that does not load" in " ".join(" ".join(out).split())


@pytest.mark.parametrize(
    "words",
    [
        ["walk"], ["run"], ["run", "x.satchel"], ["info"], ["info", "a", "b"], ["selftest"],
        ["run", "x.satchel", "y.png", "--top", "0"], ["run", "x.satchel", "y.png", "--top", "-1"],
        ["run", "x.satchel", "y.png", "--top", "two"], ["run", "x.satchel", "y", "--top", "²"],
        ["run", "x.satchel", "y.png", "--threads", "0"], ["run", "x.satchel", "y.png", "--walk"],
        ["run", "x.satchel", "y.jpg", "--decoding", "fast"],
    ],
)  # fmt: skip
def test_wrong_words_are_wrong_use_without_a_traceback(satchel_says, words):
    code, out, err = satchel_says(*words)
    assert code == WRONG_USE
    assert out == []
    assert len(err) == 1
    assert err[0].startswith("satchel")
    assert err[0].endswith("--help)")


def test_an_option_that_makes_no_sense_for_the_task_is_one_line(
    one_line_error, install_engines, image_path, generator_path, style_path, tmp_path
):
    install_engines(**ENGINES)
    for path in (generator_path, style_path):
        assert "Expected --out DIR for " in one_line_error("run", path, "1")
        words = ("1", "--out", tmp_path / "out", "--top", "3")
        assert "Expected no --top for " in one_line_error("run", path, *words)
    words = ("x.png", "--out", tmp_path / "out")
    assert "Expected no --out for image-cl" in one_line_error("run", image_path, *words)
    assert "Expected no --text for " in one_line_error("run", image_path, "x.png", "--text")
    assert not (tmp_path / "out").exists()


def test_an_out_that_cannot_be_a_folder_is_one_line(
    one_line_error, install_engines, generator_path, tmp_path
):
    install_engines(litert=IMAGE)
    (tmp_path / "file").touch()
    words = ("1", "--out", tmp_path / "file")
    assert "Expected a folder to write to" in one_line_error("run", generator_path, *words)


@pytest.mark.parametrize("command", ["run", "info", "selftest"])
def test_a_missing_bundle_is_one_line(one_line_error, command, tmp_path):
    words = [command, tmp_path / "none.satchel", *(["x.png"] if command == "run" else [])]
    assert "none.satchel" in one_line_error(*words)


@pytest.mark.parametrize("command", ["run", "info", "selftest"])
@pytest.mark.parametrize("at", [5, 100, -100, -5])
def test_a_flipped_byte_is_one_line(one_line_error, install_engines, command, image_path, at):
    install_engines(**ENGINES)
    changed = bytearray(image_path.read_bytes())
    changed[at] ^= 1
    image_path.write_bytes(changed)
    words = [command, image_path, *(["x.png"] if command == "run" else [])]
    assert "Expected" in one_line_error(*words)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"PK\3\4", b"hello\nworld\n"])
def test_a_file_that_is_no_bundle_is_one_line(one_line_error, tmp_path, content):
    path = tmp_path / "other.file"
    path.write_bytes(content)
    one_line_error("info", path)


def test_a_missing_engine_is_one_line_with_what_to_install(
    one_line_error, install_engines, image_path
):
    install_engines()
    for words in (["run", image_path, "x.png"], ["selftest", image_path]):
        assert "pip install -U ai-edge-litert" in one_line_error(*words)


def test_an_unknown_model_and_an_unknown_engine_are_one_line(
    one_line_error, install_engines, image_path
):
    install_engines(**ENGINES)
    for words in (["run", image_path, "x.png"], ["selftest", image_path]):
        assert "float32.tflite" in one_line_error(*words, "--model", "float16.tflite")
        assert "tflite_runtime" in one_line_error(*words, "--engine", "tensorrt")


def test_an_answer_that_is_not_as_the_card_says_is_one_line(
    one_line_error, install_engines, image_path, images
):
    install_engines(litert=np.float32([[0.5, 0.5]]))
    assert "(1, 3)" in one_line_error("run", image_path, images / "b.png")


@pytest.mark.parametrize("name", ["missing.png", "a_damaged.jpg", "note.md", "deeper"])
def test_a_single_bad_image_is_one_line_and_a_failed_check(
    one_line_error, install_engines, image_path, images, monkeypatch, name
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    if name == "deeper":
        (images / "deeper" / "a.PNG").write_bytes(b"damaged")
    one_line_error("run", image_path, name, code=CHECK_FAILED)


def test_a_bad_image_among_good_ones_does_not_stop_them(
    satchel_says, install_engines, image_path, images, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(images)
    code, out, err = satchel_says("run", image_path, "note.md", "b.png", "x.png", "b.png")
    assert (code, len(out), len(err)) == (CHECK_FAILED, 2, 2)


def test_an_image_whose_name_is_not_utf_8_is_answered(
    satchel_says, install_engines, image_path, tmp_path, monkeypatch
):
    install_engines(**ENGINES)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd").mkdir()
    with open(os.fsencode(tmp_path / "odd") + b"/\xff.png", "wb") as file:
        file.write(encode_png(np.zeros((2, 2), np.uint8)))
    code, out, _ = satchel_says("run", image_path, "odd")
    assert code == OK
    assert len(out) == 1


def test_a_line_of_standard_input_that_is_not_utf_8_does_not_stop_the_others(
    satchel_says, install_engines, text_path, monkeypatch
):
    install_engines(litert=np.float32([[0.75]]))
    lines = io.TextIOWrapper(io.BytesIO(b"caf\xe9\ngood\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", lines)
    code, out, err = satchel_says("run", text_path, "-")
    assert (code, len(out)) == (CHECK_FAILED, 1)
    assert err == [
        "satchel run: Expected UTF-8 in a text, got the byte 0xe9 at character 3 of 'caf\\udce9':"
        " save it as UTF-8."
    ]


def test_a_text_of_two_lines_is_still_shown_on_one(satchel_says, install_engines, text_path):
    install_engines(litert=np.float32([[0.75]]))
    _, out, _ = satchel_says("run", text_path, "good\nbad\x1b[2J")
    assert len(out) == 1
    assert "\x1b" not in out[0]


def test_a_path_too_long_for_the_system_is_one_line(one_line_error):
    one_line_error("info", "x" * 5000)


def test_an_interrupt_is_one_line_and_130(one_line_error, image_path, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("satchel.cli.info.read_entries", interrupt)
    assert "interrupted" in one_line_error("info", image_path, code=130)


def piped_to_no_one(program):
    """Return the exit code and the errors of a program whose output nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    # A pipe is buffered by default, whatever the developer's shell says.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=60,
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(image_path):
    program = f"""
import sys
from satchel.cli import info
from satchel.cli.program import main
describe = info.card_to_json
def describe_and_flush(card):
    print("first", flush=True)
    return describe(card)
info.card_to_json = describe_and_flush
sys.exit(main(["info", {str(image_path)!r}, "--json"]))
"""
    assert piped_to_no_one(program) == (141, b"")


def test_a_reader_that_never_reads_ends_a_short_command_quietly(image_path):
    program = f"""
import sys
from satchel.cli.program import main
sys.exit(main(["info", {str(image_path)!r}, "--json"]))
"""
    assert piped_to_no_one(program) == (141, b"")


def test_a_text_file_that_is_missing_is_no_sentence(satchel_says, install_engines, text_path):
    install_engines(litert=np.float32([[0.75]]))
    code, out, err = satchel_says("run", text_path, "./missing.txt")
    assert (code, out) == (CHECK_FAILED, [])
    assert "missing.txt" in err[0]


@pytest.mark.parametrize(
    "word", ["revews/", "and/or", "reviews/1.txt", "missing.txt", "notes.md", "good.Great"]
)
def test_what_looks_like_a_path_and_is_not_there_is_no_sentence(
    one_line_error, satchel_says, install_engines, text_path, word
):
    install_engines(litert=np.float32([[0.75]]))
    said = one_line_error("run", text_path, word, code=CHECK_FAILED)
    assert f"Expected a file or folder that exists, got {word.rstrip('/')!r}:" in said
    assert said.endswith("add --text if it is a text to classify.")
    code, out, _ = satchel_says("run", text_path, word, "--text", "--top", "1")
    assert (code, out) == (OK, [f"{word}\tpositive 0.750"])


@pytest.mark.parametrize(
    "word", ["good", "a/b or c", "U.S.A", "3.5", "e.g.", "Well...yes", "good, see notes.txt"]
)
def test_what_does_not_look_like_a_path_is_a_sentence(
    satchel_says, install_engines, text_path, word
):
    install_engines(litert=np.float32([[0.75]]))
    assert satchel_says("run", text_path, word)[0] == OK


def test_text_takes_a_file_that_is_there_as_a_text(
    satchel_says, install_engines, text_path, monkeypatch
):
    seam = install_engines(litert=np.float32([[0.75]]))
    monkeypatch.chdir(text_path.parent)
    Path("good").write_text("bad bad bad")
    assert satchel_says("run", text_path, "good", "--text")[0] == OK
    assert seam.engines["litert"].inputs[0][0, :3].tolist() == [1, 3, 0]


def test_an_empty_text_is_a_text(satchel_says, install_engines, text_path):
    install_engines(litert=np.float32([[0.75]]))
    code, out, _ = satchel_says("run", text_path, "", "--top", "1")
    assert (code, out) == (OK, ["\tpositive 0.750"])


def test_a_label_that_the_terminal_cannot_show_is_escaped():
    program = """
from types import SimpleNamespace
import sys
from satchel.cli.commands import OWN
from satchel.cli.command import Command
from satchel.cli.program import main
sys.modules["saying"] = SimpleNamespace(
    add_arguments=lambda parser: None, run=lambda args: print("ü") or 0
)
OWN["say"] = Command("", "", "saying")
main(["say"])
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert said.stdout == b"\\xfc\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [["info"], ["info", "--json"]])
def test_a_full_disk_is_one_line(image_path, words):
    program = f"""
import sys
from satchel.cli.program import main
sys.exit(main([*{words!r}, {str(image_path)!r}]))
"""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == WRONG_USE
    assert done.stderr == b"satchel info: the system says No space left on device\n"
