"""A process that classifies for months does not grow: a short soak, and proof that it sees."""

import importlib.util
import json
import mmap
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from satchel.engines.engine import installed_engines

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"
ENGINES = installed_engines()

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc"),
    pytest.mark.skipif(not ENGINES, reason="needs an engine"),
]


@pytest.fixture(scope="module")
def measure():
    """Return the soak's ``soak``."""
    specification = importlib.util.spec_from_file_location("soak", SOAK)
    module = importlib.util.module_from_spec(specification)
    # NamedTuple looks its module up.
    sys.modules["soak"] = module
    specification.loader.exec_module(module)
    yield module.soak
    del sys.modules["soak"]


def test_some_hundred_classifications_and_some_openings_leave_nothing_behind():
    words = ["--classifications", "600", "--opens", "3", "--json"]
    done = subprocess.run(
        [sys.executable, SOAK, *words], capture_output=True, text=True, check=False
    )
    stages = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(stages) == 5 * len(ENGINES), done.stderr
    assert [stage["what"] for stage in stages if stage["grew"]] == []
    assert done.returncode == 0
    assert sum(stage["times"] for stage in stages) == 600 + 3 * 2 * len(ENGINES)


def test_the_soak_sees_memory_that_no_python_object_holds(measure):
    held = []

    def leak():
        # Pages of their own, touched: an allocation may be of memory that another test gave back.
        memory = mmap.mmap(-1, 1 << 16)
        memory[::4096] = b"x" * 16
        held.append(memory)

    stage = measure("leak", leak, 200)
    assert stage.grown_bytes > 5 << 20
    assert stage.grew


def test_the_soak_sees_a_few_objects_more_each_time(measure):
    held = []
    stage = measure("leak", lambda: held.extend(object() for _ in range(20)), 1_000)
    assert stage.traced_bytes > 32 << 10
    assert stage.grew


def test_the_soak_sees_a_file_that_stays_open(measure):
    held = []
    stage = measure("leak", lambda: held.append(SOAK.open()), 20)
    for file in held:
        file.close()
    assert stage.handles >= 20
    assert stage.grew


def test_the_soak_sees_a_thread_that_stays(measure):
    done = threading.Event()
    threads = []

    def leak():
        threads.append(threading.Thread(target=done.wait, daemon=True))
        threads[-1].start()

    stage = measure("leak", leak, 20)
    done.set()
    for thread in threads:
        thread.join()
    assert stage.threads >= 20
    assert stage.grew


def test_the_soak_passes_what_does_not_grow(measure):
    stage = measure("nothing", lambda: bytearray(1 << 16), 1_000)
    assert not stage.grew
    assert (stage.handles, stage.threads) == (0, 0)
