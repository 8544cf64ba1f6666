"""The guard around a connection, where a service is too slow itself."""

import asyncio
import time
from types import SimpleNamespace

from satchel_pi.http.connection_guard import ConnectionSlots, GuardedConnection


class Transport:
    def __init__(self):
        self.written = b""

    def get_extra_info(self, name):
        return None

    def write(self, content):
        self.written += content

    def can_write_eof(self):
        return False

    def is_closing(self):
        return False

    def close(self):
        pass


def test_a_client_is_not_blamed_for_a_service_that_was_busy():
    statuses = []

    async def connect():
        inner = SimpleNamespace(
            cycle=None, connection_made=lambda _: None, connection_lost=lambda _: None
        )
        slots = ConnectionSlots(1)
        guard = GuardedConnection(
            inner,
            head_timeout_s=0.3,
            slots=slots,
            refused=lambda kind, _, __: statuses.append(kind.status),
        )
        guard.connection_made(Transport())
        assert slots.taken == 1
        # Nothing is read meanwhile: the whole request may have come.
        time.sleep(0.6)
        await asyncio.sleep(0.05)
        assert statuses == []
        await asyncio.sleep(0.4)
        assert statuses == [408]
        assert slots.taken == 0
        guard.connection_lost(None)
        assert slots.taken == 0

    asyncio.run(connect())
