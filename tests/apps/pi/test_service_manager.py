"""What systemd is told, at a socket that stands for its own."""

import os
import socket
import time

import pytest

from satchel_pi.service_manager import service_manager


@pytest.fixture
def manager(tmp_path):
    """Return a function that receives what the service manager of an environment was told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        manager = service_manager(
            pytest.fail, environment={"NOTIFY_SOCKET": str(tmp_path / "notify")}
        )
        manager.receive = lambda: listener.recv(4096).decode()
        yield manager


def test_each_state_is_one_datagram(manager):
    manager.ready()
    manager.alive()
    manager.stopping()
    assert [manager.receive() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_a_reload_states_its_time(manager):
    before = time.monotonic_ns() // 1000
    manager.reloading()
    state, moment = manager.receive().splitlines()
    assert state == "RELOADING=1"
    name, value = moment.split("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= time.monotonic_ns() // 1000


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="abstract names are Linux's")
def test_an_abstract_name_is_reached():
    name = f"satchel-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        listener.settimeout(5)
        service_manager(pytest.fail, environment={"NOTIFY_SOCKET": "@" + name}).ready()
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_waits_as_the_environment_says(environment, seconds):
    found = service_manager(pytest.fail, environment={"NOTIFY_SOCKET": "/x", **environment})
    assert found.watchdog_s == seconds


def test_without_a_service_manager_nothing_is_said():
    for environment in ({}, {"NOTIFY_SOCKET": "vsock:2:1"}, {"WATCHDOG_USEC": "1000000"}):
        found = service_manager(pytest.fail, environment=environment)
        found.ready()
        assert found.watchdog_s is None


def test_one_that_does_not_listen_is_said_once(tmp_path):
    said = []
    found = service_manager(said.append, environment={"NOTIFY_SOCKET": str(tmp_path / "none")})
    found.ready()
    found.alive()
    assert said == ["Expected the service manager to listen, got: No such file or directory."]
