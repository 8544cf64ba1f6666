"""Tells systemd how the service is: ready, reloading, stopping, and still alive.

The protocol is one datagram to the socket that ``NOTIFY_SOCKET`` names, so no library is needed:
https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import os
import socket
import time
from collections.abc import Callable, Mapping


class ServiceManager:
    """The service manager that has started this process, or none. No method raises for none."""

    def __init__(self, address: str, watchdog_s: float | None, say: Callable[[str], None]) -> None:
        """Use the socket at ``address``; an empty one stands for no service manager.

        ``say`` gets a line if the socket takes nothing, once.
        """
        # An abstract name of Linux begins with a NUL, which no variable can hold.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s
        """The longest time between two signs of life. None if nobody waits for them."""
        self._say = say
        self._failed = False

    def ready(self) -> None:
        """Say that the service has started, or has reloaded."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the service reloads until ``ready`` is called.

        The time lets systemd know which of its requests this answers (``Type=notify-reload``).
        """
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Give a sign of life to the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, words: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                # systemd that is busy must not stop the service.
                sender.setblocking(False)
                sender.sendto(words.encode(), self._address)
        except OSError as error:
            if not self._failed:
                self._failed = True
                self._say(f"Expected the service manager to listen, got: {error.strerror}.")


def service_manager(
    say: Callable[[str], None], *, environment: Mapping[str, str] = os.environ
) -> ServiceManager:
    """Return the service manager that ``environment`` names.

    ``say`` gets a line if it does not listen.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        # Other kinds of addresses are for virtual machines.
        return ServiceManager("", None, say)
    return ServiceManager(address, _watchdog_s(environment), say)


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return the time that the watchdog waits for this process. None if it does not."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    if not (microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0):
        return None
    return int(microseconds) / 1e6
