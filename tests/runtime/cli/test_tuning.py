"""``satchel bench`` and ``satchel tune``: what they print, and what is in use afterwards."""

import json

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_FILES
from satchel.bundle.reading import open_bundle
from satchel.cli.command import CHECK_FAILED, OK, WRONG_USE, Command
from satchel.errors import EngineError
from satchel.inference.tuned_choice import Choice, recall
from satchel.tuning.benchmark import Answered, Benched
from satchel.tuning.tuner import Candidate, Outcome, Tuning

FAST, SLOW, LOSSY, BROKEN, LATE = (
    Candidate("full_int8.onnx", "onnx", 2),
    Candidate("float32.tflite", "litert", 1),
    Candidate("float32.tflite", "litert", 2),
    Candidate("full_int8.onnx", "onnx", 1),
    Candidate("full_int8.onnx", "onnx", 4),
)
OUTCOMES = [
    Outcome(SLOW, "slower", 0.05, 11),
    Outcome(LOSSY, "refused", None, 0, "it loses 7.50 pp of accuracy, above 1.00"),
    Outcome(BROKEN, "failed", None, 0, "its process ended by SIGSEGV: \x1b[2J"),
    Outcome(FAST, "chosen", 0.02, 40),
    Outcome(LATE, "not measured", None, 0, "the budget was spent"),
]
TUNING = Tuning(OUTCOMES, Choice(*FAST, 0.02, "2026-11-23"), SLOW, 12.5)


@pytest.fixture
def tuned(monkeypatch):
    """Return a function that has ``tune`` find what it is given."""

    def find(found):
        monkeypatch.setattr("satchel.tuning.tuner.tune", lambda path, **words: found)

    return find


def test_tune_prints_every_candidate_and_remembers_the_fastest(satchel_says, tuned, image_path):
    tuned(TUNING)
    code, out, err = satchel_says("tune", image_path)
    assert (code, err) == (OK, [])
    assert out[1].split() == ["float32.tflite", "litert", "1", "0.050", "11", "slower"]
    assert out[2].endswith("refused: it loses 7.50 pp of accuracy, above 1.00")
    # What an engine says is printed as text.
    assert out[3].endswith("failed: its process ended by SIGSEGV: \\x1b[2J")
    assert out[4].endswith("chosen")
    assert out[5].endswith("not measured: the budget was spent")
    assert out[-1] == (
        "From now on full_int8.onnx in onnx with 2 threads, 2.50 times as fast as"
        " float32.tflite in litert with 1 thread, on this device."
    )
    digest = open_bundle(image_path).card_digest
    assert recall(digest)[:3] == FAST


def test_tune_writes_a_line_of_json_for_each_candidate(satchel_says, tuned, image_path):
    tuned(TUNING)
    code, out, _ = satchel_says("tune", image_path, "--json")
    rows = [json.loads(line) for line in out]
    assert code == OK
    assert [row["state"] for row in rows] == [each.state for each in OUTCOMES]
    assert rows[0] == {
        "file": "float32.tflite", "engine": "litert", "threads": 1, "state": "slower",
        "latency_ms": 0.05, "rounds": 11, "reason": "",
    }  # fmt: skip


def test_tune_that_keeps_the_default_says_so(satchel_says, tuned, image_path):
    outcomes = [Outcome(SLOW, "chosen", 0.05, 11)]
    tuned(Tuning(outcomes, Choice(*SLOW, 0.05, "2026-11-23"), SLOW, 1.0))
    _, out, _ = satchel_says("tune", image_path)
    assert out[-1] == (
        "From now on float32.tflite in litert with 1 thread, as without a choice, on this device."
    )


def test_tune_claims_no_gain_over_a_default_that_was_not_measured(satchel_says, tuned, image_path):
    tuned(TUNING._replace(default=LATE))
    _, out, _ = satchel_says("tune", image_path)
    assert out[-1] == "From now on full_int8.onnx in onnx with 2 threads, on this device."


def test_tune_says_when_it_had_too_little_time_to_be_sure(satchel_says, tuned, image_path):
    tuned(TUNING._replace(outcomes=[OUTCOMES[0], OUTCOMES[3]._replace(rounds=2)]))
    _, out, _ = satchel_says("tune", image_path)
    assert out[-1] == "After 2 rounds that is a guess: --budget SECONDS gives it more."
    tuned(TUNING._replace(outcomes=[OUTCOMES[0], OUTCOMES[3]._replace(rounds=3)]))
    _, out, _ = satchel_says("tune", image_path)
    assert out[-1].startswith("From now on")


def test_tune_without_a_choice_fails_and_leaves_the_older_one(satchel_says, tuned, image_path):
    tuned(TUNING)
    satchel_says("tune", image_path)
    tuned(Tuning([OUTCOMES[2]], None, SLOW, 1.0))
    code, out, _ = satchel_says("tune", image_path)
    assert code == CHECK_FAILED
    assert out[-1].startswith("Nothing was chosen")
    assert recall(open_bundle(image_path).card_digest)[:3] == FAST


def test_a_choice_is_forgotten(satchel_says, tuned, image_path):
    tuned(TUNING)
    satchel_says("tune", image_path)
    assert satchel_says("tune", image_path, "--forget")[:2] == (OK, ["forgotten"])
    assert satchel_says("tune", image_path, "--forget")[:2] == (
        OK,
        ["nothing was remembered of this bundle here"],
    )
    assert recall(open_bundle(image_path).card_digest) is None


def test_info_says_what_is_in_use(satchel_says, tuned, image_path, install_engines):
    install_engines(litert=None, onnx=None)
    _, out, _ = satchel_says("info", image_path)
    expected = (
        "default  float32.tflite in litert with 1 thread: the first that runs here, not tuned"
    )
    assert expected in out
    tuned(TUNING)
    satchel_says("tune", image_path)
    _, out, _ = satchel_says("info", image_path)
    assert "default  full_int8.onnx in onnx with 2 threads: tuned 2026-11-23" in out
    install_engines()
    _, out, _ = satchel_says("info", image_path)
    assert "default  nothing: no engine here runs it" in out


def test_run_takes_what_was_tuned(satchel_says, tuned, image_path, install_engines):
    seam = install_engines(litert=None, onnx=np.uint8([[64, 128, 64]]))
    image = image_path.parent / "picture.png"
    image.write_bytes(IMAGE_FILES["golden/0.png"])
    tuned(TUNING)
    satchel_says("tune", image_path)
    code, out, _ = satchel_says("run", image_path, image, "--json")
    assert code == OK
    assert json.loads(out[0])["engine"] == "onnx"
    assert seam.opened[-1][2] == 2


def test_a_place_that_cannot_be_remembered_in_is_one_line(
    satchel_says, tuned, image_path, monkeypatch, tmp_path
):
    (tmp_path / "state").write_text("no folder")
    monkeypatch.setenv("SATCHEL_STATE", str(tmp_path / "state"))
    tuned(TUNING)
    code, out, err = satchel_says("tune", image_path)
    assert (code, out) == (WRONG_USE, [])
    assert len(err) == 1
    assert "Expected a folder to write to" in err[0]


def test_a_terminal_sees_whose_turn_it_is_and_a_pipe_does_not(
    satchel_says, image_path, monkeypatch
):
    def found(path, *, budget_s, watch, trust):
        watch(FAST)
        return TUNING

    monkeypatch.setattr("satchel.tuning.tuner.tune", found)
    assert satchel_says("tune", image_path)[2] == []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _, _, err = satchel_says("tune", image_path)
    # Cleared before the table is printed.
    assert err == ["", "\x1b[Kmeasuring full_int8.onnx in onnx with 2 threads", "\x1b[K"]


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf", "1e9", ""])
@pytest.mark.parametrize("words", [("tune", "--budget"), ("bench", "--seconds")])
def test_seconds_that_are_none_are_wrong_use(satchel_says, image_path, words, seconds):
    code, out, err = satchel_says(words[0], image_path, words[1], seconds)
    assert (code, out) == (WRONG_USE, [])
    assert len(err) == 1
    assert "expected seconds above 0" in err[0]


def test_bench_prints_a_row_for_each_model(satchel_says, digits_path):
    code, out, err = satchel_says("bench", digits_path, "--seconds", "0.05")
    assert (code, err) == (OK, [])
    assert out[0].split()[:3] == ["model", "engine", "threads"]
    assert [line.split()[0].partition(".")[0] for line in out[1:3]] == ["float32", "full_int8"]
    numbers = out[1].replace(",", "").split()[3:]
    assert len(numbers) == 8
    assert all(float(number) > 0 for number in numbers if number != "-")
    assert out[-1]


def test_bench_writes_json_and_a_card(satchel_says, digits_path, tmp_path):
    page = tmp_path / "digits.md"
    words = ("--chosen", "--seconds", "0.05", "--json", "--card", page)
    code, out, err = satchel_says("bench", digits_path, *words)
    assert (code, err) == (OK, [])
    [row] = map(json.loads, out)
    assert row["threads"] == 1
    assert row["failure"] is None
    assert row["profile"]["latency"]["p50_ms"] > 0
    assert set(row["profile"]["after"]) == {
        "temperature_c", "clock_mhz", "clock_limit_mhz", "throttled",
    }  # fmt: skip
    assert page.read_text().startswith("# digits_mlp 1.0.0 on ")


def test_bench_fails_where_a_model_does(satchel_says, image_path, monkeypatch, tmp_path):
    broken = Benched("float32.tflite", "litert", "2.3.0", 1, None, "it broke\x1b[2J")
    monkeypatch.setattr("satchel.tuning.benchmark.bench", lambda path, **words: [broken])
    code, out, _ = satchel_says("bench", image_path)
    assert code == CHECK_FAILED
    assert out[1].endswith("FAILED: it broke\\x1b[2J")
    code, out, _ = satchel_says("bench", image_path, "--json", "--card", tmp_path / "card.md")
    assert code == CHECK_FAILED
    assert json.loads(out[0])["profile"] is None
    assert "it broke" in (tmp_path / "card.md").read_text()


@pytest.mark.parametrize("others", [{}, {"compare": Command("", "", "none")}])
def test_samples_need_the_converter(satchel_says, image_path, monkeypatch, others):
    """Without one, and with one that is older than ``--evaluation``."""
    monkeypatch.setattr("satchel.cli.commands.installed", lambda: others)
    monkeypatch.setattr("satchel.cli.commands.load", lambda point: point)
    monkeypatch.setattr("satchel.tuning.benchmark.bench", None)
    code, out, err = satchel_says("bench", image_path, "--evaluation", "photos")
    assert (code, out) == (WRONG_USE, [])
    assert "Expected satchel-convert, which reads the samples of --evaluation, got none" in err[0]
    assert err[0].endswith("pip install ./convert.")


def test_bench_prints_what_a_model_answers(satchel_says, image_path, monkeypatch):
    answered = Answered(8, 6, (0.35, 0.97), 1.5, 2.25)
    found = Benched("float32.tflite", "litert", "2.3.0", 1, None, "it broke", answered)
    monkeypatch.setattr("satchel.tuning.benchmark.bench", lambda path, **words: [found])
    _, out, _ = satchel_says("bench", image_path)
    assert out[-1].split(maxsplit=4) == [
        "float32.tflite", "litert", "1.500", "2.250",
        "75.00% (6 of 8), 95 % from 35.00% to 97.00%",
    ]  # fmt: skip
    _, out, _ = satchel_says("bench", image_path, "--json")
    assert json.loads(out[0])["answered"] == {
        "samples": 8, "right": 6, "accuracy_ci95": [0.35, 0.97], "p50_ms": 1.5, "p95_ms": 2.25,
    }  # fmt: skip


@pytest.mark.parametrize("words", [("--model", "a"), ("--engine", "onnx"), ("--threads", "2")])
def test_what_is_chosen_is_not_asked_for_too(satchel_says, image_path, words):
    code, out, err = satchel_says("bench", image_path, "--chosen", *words)
    assert (code, out) == (WRONG_USE, [])
    assert "got both" in err[0]


def test_a_card_that_cannot_be_written_is_told_before_anything_is_measured(
    satchel_says, image_path, monkeypatch, tmp_path
):
    def refuse(path, **words):
        raise EngineError("measured all the same")

    monkeypatch.setattr("satchel.tuning.benchmark.bench", refuse)
    code, _, err = satchel_says("bench", image_path, "--card", tmp_path / "none" / "card.md")
    assert code == WRONG_USE
    assert "Expected a folder to write 'card.md' to" in err[0]


@pytest.mark.parametrize("command", ["bench", "tune"])
def test_a_missing_or_damaged_bundle_is_one_line(satchel_says, command, tmp_path, image_path):
    changed = bytearray(image_path.read_bytes())
    changed[-100] ^= 1
    image_path.write_bytes(changed)
    for path in (tmp_path / "none.satchel", image_path):
        code, out, err = satchel_says(command, path)
        assert (code, out) == (WRONG_USE, [])
        assert len(err) == 1
        assert err[0].startswith(f"satchel {command}: Expected")
