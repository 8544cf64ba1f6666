"""Every situation that ``satchel doctor`` knows, its finding and its remedy."""

import json

import pytest

from satchel.cli.command import CHECK_FAILED, OK
from satchel.cli.program import main
from satchel.device.doctor import diagnose
from satchel.device.probes import CameraProbe, EngineProbe, Probes

LITERT = EngineProbe("litert", "2.3.0", None)
TFLITE = EngineProbe("tflite_runtime", "2.14.0", None)
WEBCAM = CameraProbe("/dev/video0", "HD Webcam", readable=True)
PI_4 = Probes(
    python=(3, 11, 2),
    bits=64,
    system="Linux",
    machine="aarch64",
    board="Raspberry Pi 4 Model B Rev 1.4",
    numpy="2.4.6",
    pillow="13.0.0",
    engines=(LITERT,),
    available_bytes=3 << 30,
    cameras=(),
    picamera2=True,
    state="/home/pi/.local/state/satchel",
    state_problem=None,
)
PI_2 = PI_4._replace(
    bits=32,
    machine="armv7l",
    board="Raspberry Pi 2 Model B Rev 1.1",
    numpy="1.24.2",
    pillow="9.4.0",
    engines=(TFLITE,),
)
SERVER = PI_4._replace(machine="x86_64", board=None, picamera2=False, cameras=(WEBCAM,))

FINDINGS = {
    "an old Python": (PI_4._replace(python=(3, 9, 2)), "got 3.9.2", "Raspberry Pi OS 12", True),
    "32-bit programs on a 64-bit kernel": (
        PI_2._replace(machine="aarch64"),
        "got a 32-bit one",
        "64-bit Raspberry Pi OS, or use tflite-runtime",
        False,
    ),
    "the first Raspberry Pi": (PI_2._replace(machine="armv6l"), "got ARMv6", "Zero 2 W", True),
    "no engine": (PI_4._replace(engines=()), "none installed", "pip install ai-edge-litert", True),
    "no engine on 32 bits": (
        PI_2._replace(engines=()),
        "none installed",
        "apt install python3-numpy, then pip install tflite-runtime",
        True,
    ),
    "no engine on 32 bits for this Python": (
        PI_2._replace(engines=(), python=(3, 13, 5)),
        "none installed",
        "no engine has 32-bit wheels for Python 3.13",
        True,
    ),
    "no engine for 32 bits other than Arm's": (
        SERVER._replace(engines=(), bits=32, machine="i686"),
        "none installed",
        "Use a 64-bit system",
        True,
    ),
    "tflite-runtime under NumPy 2": (
        PI_2._replace(numpy="2.0.0"),
        "NumPy 1 for tflite_runtime 2.14.0, which is built for it, got 2.0.0",
        "pip install 'numpy<2'",
        True,
    ),
    "tflite-runtime under NumPy 2 beside an engine that runs": (
        PI_4._replace(engines=(LITERT, TFLITE)),
        "NumPy 1 for tflite_runtime 2.14.0",
        "pip install 'numpy<2'",
        False,
    ),
    "an engine for a newer processor": (
        PI_4._replace(engines=(LITERT._replace(problem="killed by SIGILL"),)),
        "litert 2.3.0 to load, got: killed by SIGILL",
        "another engine",
        True,
    ),
    "an engine that does not load": (
        PI_4._replace(engines=(LITERT._replace(problem="ImportError: libc.so.6"),)),
        "litert 2.3.0 to load, got: ImportError: libc.so.6",
        "again, or another engine: pip install ai-edge-litert",
        True,
    ),
    "little memory": (
        PI_4._replace(available_bytes=100 << 20),
        "128 MiB of memory available for a model and an image, got 100",
        "boot without a desktop",
        False,
    ),
    "no Pillow": (PI_4._replace(pillow=None), "Expected Pillow", "pip install Pillow", False),
    "no Pillow on 32 bits": (
        PI_2._replace(pillow=None),
        "Expected Pillow",
        "sudo apt install python3-pil",
        False,
    ),
    "an old Pillow": (
        PI_4._replace(pillow="9.0.1"),
        "Pillow 9.4 or newer, got 9.0.1",
        "pip install Pillow",
        False,
    ),
    "a camera of another user's": (
        SERVER._replace(cameras=(WEBCAM._replace(readable=False),)),
        "may read /dev/video0, got one who may not",
        "usermod -aG video",
        False,
    ),
    "no camera": (SERVER._replace(cameras=()), "got neither a /dev/video*", "connect it", False),
    "a Pi's camera that this Python cannot use": (
        PI_4._replace(picamera2=False, cameras=(WEBCAM,)),
        "picamera2 for the Pi's own camera",
        "apt install python3-picamera2, in an environment made with --system-site-packages",
        False,
    ),
    "a user without a home": (
        PI_4._replace(state=None),
        "got a user without a home",
        "Set SATCHEL_STATE",
        False,
    ),
    "a state folder that is read-only": (
        PI_4._replace(state_problem="Read-only file system (/home/pi)"),
        "'/home/pi/.local/state/satchel', got: Read-only file system (/home/pi)",
        "Set SATCHEL_STATE",
        False,
    ),
}


@pytest.mark.parametrize("probes", [PI_4, PI_2, SERVER], ids=["Pi 4", "Pi 2", "server"])
def test_nothing_is_found_on_a_device_in_order(probes):
    assert diagnose(probes) == []


@pytest.mark.parametrize(
    ("probes", "message", "remedy", "stops"), FINDINGS.values(), ids=FINDINGS.keys()
)
def test_a_situation_has_one_finding_with_its_remedy(probes, message, remedy, stops):
    [found] = diagnose(probes)
    assert message in found.message
    assert remedy in found.remedy
    assert found.stops == stops
    assert found.message.endswith(".")


def test_memory_that_the_system_does_not_tell_is_no_finding():
    assert diagnose(PI_4._replace(available_bytes=None)) == []


def test_what_stops_everything_is_found_first():
    found = diagnose(PI_2._replace(machine="aarch64", engines=(), pillow=None))
    assert [finding.about for finding in found] == ["engines", "system", "pillow"]
    assert "pip install tflite-runtime" in found[0].remedy


@pytest.fixture
def doctor_says(monkeypatch, capsys):
    """Return a function that runs the command on the given device: exit code and output."""
    monkeypatch.setattr("satchel.cli.commands.installed", dict)

    def run(probes, *words):
        monkeypatch.setattr("satchel.device.probes.probe", lambda: probes)
        return main(["doctor", *words]), capsys.readouterr().out

    return run


def test_a_device_in_order_is_a_table_and_exit_code_0(doctor_says):
    code, said = doctor_says(PI_4)
    assert code == OK
    assert said.splitlines() == [
        "python   3.11.2, 64-bit",
        "system   Linux, aarch64, Raspberry Pi 4 Model B Rev 1.4",
        "engines  litert 2.3.0",
        "numpy    2.4.6",
        "pillow   13.0.0",
        "memory   3,072 MiB available",
        "camera   picamera2",
        "state    /home/pi/.local/state/satchel",
        "",
        "bundles run here",
    ]


def test_a_note_leaves_the_exit_code_0(doctor_says):
    code, said = doctor_says(PI_2._replace(machine="aarch64", cameras=(WEBCAM,)))
    assert code == OK
    assert "aarch64 with 32-bit programs" in said
    assert "/dev/video0 HD Webcam, picamera2" in said
    assert "note     Expected a 64-bit system" in said


def test_what_stops_a_bundle_is_exit_code_1(doctor_says):
    bare = PI_4._replace(engines=(), pillow=None, available_bytes=None, picamera2=False, state=None)
    code, said = doctor_says(bare)
    assert code == CHECK_FAILED
    assert "problem  Expected an engine, got none installed.\n         pip install" in said
    assert "memory   unknown" in said
    assert said.splitlines()[-1] == "no bundle runs here before the problem above is remedied"


def test_json_has_every_probe_and_every_finding(doctor_says):
    code, said = doctor_says(SERVER._replace(engines=()), "--json")
    told = json.loads(said)
    assert code == CHECK_FAILED
    assert told.keys() == {*Probes._fields, "findings"}
    assert told["cameras"] == [{"path": "/dev/video0", "name": "HD Webcam", "readable": True}]
    assert [finding["stops"] for finding in told["findings"]] == [True]
    assert json.loads(doctor_says(PI_4, "--json")[1])["engines"] == [LITERT._asdict()]
