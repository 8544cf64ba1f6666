"""What the guides show runs as it is printed, and is typed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"

CV2 = """
import numpy as np

COLOR_BGR2RGB = 4
cvtColor = lambda frame, code: frame[..., ::-1]


class VideoCapture:
    def __init__(self, index):
        self.frames = iter([np.zeros((480, 640, 3), np.uint8)])

    def read(self):
        frame = next(self.frames, None)
        return frame is not None, frame

    def release(self):
        print("released")
"""


def save(guide, folder):
    """Write the files that a guide shows, as a reader would, and return their names."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", text, re.M | re.S)
    for name, code in blocks:
        (folder / name).write_text(code, encoding="utf-8")
    return [name for name, _ in blocks]


@pytest.fixture
def application(tmp_path):
    assert save("testing-your-application.md", tmp_path) == ["door.py", "test_door.py"]
    return tmp_path


@pytest.fixture
def streams(tmp_path):
    assert save("threads-and-streams.md", tmp_path) == ["watch.py", "one_each.py"]
    for name in ("digits.satchel", "seven.png"):
        shutil.copy(ROOT / "tests" / "golden" / name, tmp_path)
    return tmp_path


def run(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guides_application_passes_its_tests_as_shown(application):
    found = run(application, "pytest", "-q", "-p", "no:cacheprovider", "test_door.py")
    assert "3 passed" in found


def test_a_broken_application_fails_the_guides_tests(application):
    door = application / "door.py"
    door.write_text(door.read_text().replace("> 0.5", "> 0.25").replace("return\n", "raise\n"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_door.py"],
        cwd=application, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 failed, 1 passed" in done.stdout


def test_the_guides_application_is_typed_with_the_fake_and_with_the_real_classifier(application):
    pytest.importorskip("mypy")
    (application / "main.py").write_text(
        "from door import Door, watch\n"
        "from satchel import ImageClassifier\n"
        "classifier = ImageClassifier('cats.satchel')\n"
        "Door(classifier).look('cat.jpg')\n"
        "watch(classifier, ['cat.jpg'])\n"
    )
    run(application, "mypy", "--strict", "--config-file=", "door.py", "test_door.py", "main.py")


def test_the_guides_camera_is_watched_until_it_is_unplugged_and_released(streams):
    (streams / "cv2.py").write_text(CV2)
    done = subprocess.run(
        [sys.executable, "watch.py"], cwd=streams, capture_output=True, text=True, check=False
    )
    assert re.fullmatch(r"(?s)(released\n)?frame 0: \d, 0 dropped\n(released\n)?", done.stdout)
    assert "released" in done.stdout
    assert done.stderr.endswith(
        "OSError: Expected a frame from the camera, got none: is it plugged in?\n"
    )


def test_the_guides_threads_each_have_a_classifier_of_their_own(streams):
    (streams / "main.py").write_text(
        "import threading\n"
        "from one_each import classify\n"
        "labels = []\n"
        "def work(): labels.append(classify('seven.png'))\n"
        "workers = [threading.Thread(target=work) for _ in range(4)]\n"
        "for worker in workers: worker.start()\n"
        "for worker in workers: worker.join()\n"
        "print(*labels)\n"
    )
    assert run(streams, "main").split() == ["7"] * 4
