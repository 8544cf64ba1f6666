"""Describes this device and its state, and runs child processes that protect this process."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.device.child_process import (
        Child as Child,
        Ending as Ending,
        last_words as last_words,
        limit_this_process as limit_this_process,
        reply_stream as reply_stream,
        start_child as start_child,
    )
    from satchel.device.doctor import Finding as Finding, diagnose as diagnose
    from satchel.device.hardware import (
        Device as Device,
        this_device as this_device,
        usable_cores as usable_cores,
    )
    from satchel.device.health import Health as Health, read_health as read_health
    from satchel.device.probes import probe as probe

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "child_process": [
            "Child",
            "Ending",
            "last_words",
            "limit_this_process",
            "reply_stream",
            "start_child",
        ],
        "doctor": ["Finding", "diagnose"],
        "hardware": ["Device", "this_device", "usable_cores"],
        "health": ["Health", "read_health"],
        "probes": ["probe"],
    },
)
