"""The emulation's own rules, without an emulator."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

import pytest

from satchel.bundle.archive import CARD_NAME, pack
from satchel.bundle.card import card_to_json
from satchel.bundle.reading import digest, open_bundle
from satchel.engines.engine import installed_engines
from satchel.selftest.vectors import golden_vectors

GOLDEN = Path(__file__).parents[1] / "golden"
DOCTOR = {"command": "doctor", "code": 0, "said": "bundles run here"}


@pytest.fixture
def script(monkeypatch):
    """Return a function that imports a script of this folder, as it is run: from its folder."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return import_module


def inside(program, *words):
    """Return the JSON that ``program`` prints, line by line, in a process that may fork."""
    command = [sys.executable, "-c", program, *map(str, words)]
    ended = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_each_model_is_told_with_its_difference_or_the_reason_of_its_refusal(tmp_path):
    bundle = open_bundle(GOLDEN / "reviews.satchel")
    refused = "float32.onnx"
    card = bundle.card
    files = {**bundle.files, refused: b"no model"}
    files.pop("report.html")
    models = tuple(
        entry._replace(size_bytes=len(files[refused])) if entry.file == refused else entry
        for entry in card.models
    )
    listed = {name: digest(content) for name, content in files.items()}
    damaged = card._replace(models=models, files=listed)
    path = tmp_path / "damaged.satchel"
    path.write_bytes(pack({CARD_NAME: card_to_json(damaged), **files}))
    system, *told = inside("import inside; inside.main()", path)
    assert system["engines"].keys() == set(installed_engines())
    assert {(each["file"], each["outcome"]) for each in told} == {
        (entry.file, "refused" if entry.file == refused else "passed") for entry in models
    }
    for each in told:
        if each["outcome"] == "passed":
            assert 0 <= each["difference"] <= each["tolerance"]
            assert each["vectors"] == len(golden_vectors(bundle))
        else:
            assert each["detail"].startswith("Expected an ONNX model")


@pytest.mark.parametrize(
    ("ending", "detail"),
    [("os.kill(os.getpid(), 9)", "SIGKILL"), ("os._exit(3)", "exit code 3")],
    ids=["killed", "ended"],
)
def test_a_model_that_ends_its_process_is_told_as_a_crash_and_the_next_are_run(ending, detail):
    program = (
        "import inside, json, os\n"
        f"inside.examine = lambda job: {ending} if job == 'bad' else {{'outcome': job}}\n"
        "jobs = [('good',), ('bad',), ('better',), ('bad',)]\n"
        "print(json.dumps(list(inside.tell_all(jobs))))"
    )
    crashed = {"outcome": "crashed", "detail": detail}
    assert inside(program) == [[{"outcome": "good"}, crashed, {"outcome": "better"}, crashed]]


def found(script, **model):
    told = {
        "bundle": "mnist_mlp",
        "file": "full_int8.tflite",
        "engine": "litert",
        "promised": True,
        "outcome": "passed",
        "vectors": 8,
        "difference": 0.01,
        "tolerance": 0.02,
        **model,
    }
    system = {"python": "3.11.2", "machine": "aarch64", "numpy": "2.4.6", "pillow": "13.0.0"}
    tests = {"passed": 500, "skipped": 10, "failed": 0}
    engines = {told["engine"]: "2.3.0"}
    return script("run").Found(
        "Cortex-A7", "Raspberry Pi 2", {**system, "engines": engines}, tests, [told], [DOCTOR]
    )


def test_what_passes_is_no_problem(script):
    assert list(script("run").problems(found(script))) == []


def test_what_is_promised_and_does_not_pass_is_a_problem(script):
    [line] = script("run").problems(found(script, outcome="failed", difference=0.5))
    assert line == "Cortex-A7: mnist_mlp full_int8.tflite on litert: failed 0.5"


def test_what_is_not_promised_may_be_refused(script):
    refused = found(script, outcome="refused", detail="too new", promised=False)
    assert list(script("run").problems(refused)) == []


def test_a_failing_test_is_a_problem(script):
    failing = found(script)
    failing.tests["failed"] = 2
    assert list(script("run").problems(failing)) == ["Cortex-A7: 2 tests failed"]


def test_a_command_that_fails_is_a_problem(script):
    failing = replace(found(script), commands=[{**DOCTOR, "code": 2, "said": "no such file"}])
    assert list(script("run").problems(failing)) == ["Cortex-A7: satchel doctor: no such file"]


def test_cpuinfo_names_the_part_that_chooses_the_kernels(script):
    run = script("run")
    for processor in run.PROCESSORS:
        assert run.cpuinfo(processor).count(f"CPU part\t: {processor.part:#x}\n") == 4


def test_what_a_machine_wrote_to_its_serial_line_is_read(script):
    said = (
        "[    0.0] Booting\ntotal 233160\nbundles run here\n"
        'ended {"code": 0, "peak_kib": 35812}\n/seven.png\t7 0.996\n'
        'ended {"code": 1, "peak_kib": 52480}\n[   80.0] reboot: Power down\n'
    )
    assert script("machine").read(said) == {
        "given_mib": 256,
        "total_kib": 233160,
        "runs": [
            {"printed": "bundles run here", "code": 0, "peak_kib": 35812},
            {"printed": "/seven.png\t7 0.996", "code": 1, "peak_kib": 52480},
        ],
    }


def test_a_machine_that_does_not_start_is_told_with_its_last_words(script):
    machine = script("machine")
    with pytest.raises(machine.UnavailableError, match="Kernel panic"):
        machine.read("[    1.2] Kernel panic - not syncing: VFS\n")


def test_what_is_missing_to_build_a_root_is_told(script, tmp_path):
    roots = script("roots")
    with pytest.raises(roots.UnavailableError, match=r"no-such-command: .*No such file"):
        roots.run(["no-such-command"])
    with pytest.raises(roots.UnavailableError, match=r"^sh: it is not there$"):
        roots.run(["sh", "-c", "echo it is not there >&2; exit 1"])


def test_a_machine_without_apt_has_no_roots(script, tmp_path, monkeypatch):
    roots = script("roots")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(roots.UnavailableError, match="Debian's apt-get"):
        roots.unpack_packages("arm64", ("busybox",), tmp_path / "root")


def test_the_page_has_a_row_for_each_model_and_a_reason_for_each_that_did_not_pass(script):
    crashed = found(script, file="float32.tflite", outcome="crashed", detail="SIGSEGV")
    del crashed.models[0]["difference"]
    whole = asdict(found(script))
    whole["models"] += crashed.models
    runs = [
        {"printed": "bundles run here", "code": 0, "peak_kib": 30 * 1024},
        *[{"printed": "INFO: on\n/seven.png\t7 0.996", "code": 0, "peak_kib": 51 * 1024}] * 2,
    ]
    machine = {"given_mib": 256, "total_kib": 228 * 1024, "runs": runs}
    page = script("page").page(
        {"qemu": "7.2.22", "found": [whole]}, machine, date="2026-11-23", commit="abc1234"
    )
    assert "on 2026-11-23, at commit abc1234, with qemu 7.2.22." in " ".join(page.split())
    assert "| litert 2.3.0 | 500 passed, 10 skipped, 0 failed |" in page
    assert "| mnist_mlp | `full_int8.tflite` | 0.0200 | 0.0100 |" in page
    assert "| command | Cortex-A7 |\n|---|---|\n| `satchel doctor` | `bundles run here` |" in page
    assert "| mnist_mlp | `float32.tflite` | 0.0200 | *crashes* |" in page
    assert "- mnist_mlp `float32.tflite` on Cortex-A7, litert, crashed: `SIGSEGV`." in page
    assert "| `satchel run zoo/mnist.satchel seven.png` | 0 | 51 | `/seven.png 7 0.996` |" in page


def test_the_count_of_tests_is_that_of_pytests_report(script, tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text(
        '<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>'
    )
    assert script("run").read_report(report) == {"passed": 4, "skipped": 3, "failed": 3}
