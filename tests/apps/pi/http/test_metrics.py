"""What is looked at when Prometheus asks."""

from satchel.device.health import Health
from satchel_pi.http.metrics import Metrics


def page(health):
    metrics = Metrics(lambda: 3, dropped_frames=lambda: 7, health=lambda: health)
    return metrics.page().decode().splitlines()


def test_temperature_and_throttling_are_there_where_the_system_says_them():
    lines = page(Health(51.5, 1500.0, 1800.0, 0x50000))
    assert "satchel_temperature_celsius 51.5" in lines
    assert f"satchel_throttled {float(0x50000)}" in lines
    assert "satchel_dropped_frames_total 7.0" in lines
    assert "satchel_queue_depth 3.0" in lines


def test_what_the_system_does_not_say_is_not_there():
    lines = page(Health(None, None, None, None))
    assert not any("temperature" in line or "throttled" in line for line in lines)
