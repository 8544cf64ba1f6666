"""What is looked at when Prometheus asks."""

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from helpers.services import ZOO
from satchel.device.health import Health
from satchel.errors import EngineError
from satchel_pi.http.metrics import Metrics
from satchel_pi.http.worker_pool import WorkerPool, thread_workers


def page(health):
    pool = WorkerPool(thread_workers(1), waiting=1)
    metrics = Metrics(lambda: pool, dropped_frames=lambda: 7, health=lambda: health)
    return metrics.page().decode().splitlines()


def test_temperature_and_throttling_are_there_where_the_system_says_them():
    lines = page(Health(51.5, 1500.0, 1800.0, 0x50000))
    assert "satchel_temperature_celsius 51.5" in lines
    assert f"satchel_throttled {float(0x50000)}" in lines
    assert "satchel_dropped_frames_total 7.0" in lines


def test_what_the_system_does_not_say_is_not_there():
    lines = page(Health(None, None, None, None))
    assert not any("temperature" in line or "throttled" in line for line in lines)


def test_each_model_is_told_with_its_self_test(serve, image):
    started = serve(images=[EngineError("once"), "cat"], failures={"broken": "it is off"})

    def lines():
        page = started.get("/metrics").content.decode()
        return [line for line in page.splitlines() if line.startswith("satchel_")]

    started.post("/v1/models/fake:predict", image)
    found = lines()
    assert (
        'satchel_model_info{engine="FakeEngine",file="fake.tflite",model="fake",'
        'task="image-classification",version="0.0.0"} 1.0'
    ) in found
    assert 'satchel_selftest_passed{model="fake"} 1.0' in found
    assert 'satchel_selftest_passed{model="broken"} 0.0' in found
    assert 'satchel_golden_vectors{model="fake"} 8.0' in found
    assert 'satchel_model_working{model="fake"} 0.0' in found
    assert 'satchel_model_working{model="words"} 1.0' in found
    assert not any("broken" in line and "model_info" in line for line in found)
    started.post("/v1/models/fake:predict", image)
    assert 'satchel_model_working{model="fake"} 1.0' in lines()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process")
def test_the_memory_of_the_service_and_of_each_worker_is_told(serve_bundles):
    started = serve_bundles(ZOO / "mnist.satchel", "--workers", "2")
    page = started.get("/metrics").content.decode()
    [service] = re.findall(r"^process_resident_memory_bytes (\S+)$", page, re.M)
    workers = re.findall(
        r'^satchel_worker_resident_memory_bytes\{worker="(\d)"\} (\S+)$', page, re.M
    )
    assert [number for number, _ in workers] == ["0", "1"]
    for size_bytes in (service, *(each for _, each in workers)):
        assert 10 << 20 < float(size_bytes) < 1 << 30


def test_a_worker_that_has_ended_has_no_memory():
    pool = WorkerPool(thread_workers(1), waiting=1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pool._workers[0] = SimpleNamespace(process_id=ended.pid)
    page = Metrics(lambda: pool).page().decode()
    assert not re.search(r"^satchel_worker_resident_memory_bytes\{", page, re.M)
