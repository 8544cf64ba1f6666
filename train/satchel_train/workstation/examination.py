"""Adds the workstation to what ``satchel doctor`` shows."""

import sys
from typing import NamedTuple

from satchel.device import Finding
from satchel_train.workstation.findings import diagnose_workstation, gpu_in_words
from satchel_train.workstation.probes import Workstation, probe_workstation


class Examination(NamedTuple):
    """What ``satchel doctor`` shows besides the device."""

    rows: list[tuple[str, str]]
    """Rows of the table: a word of at most 8 letters, and what was found."""
    fields: dict[str, object]
    """What ``--json`` has besides."""
    findings: list[Finding]


def examine() -> Examination:
    """Return the rows, the fields and the findings about this workstation.

    Raises ValueError if the backend prints something else than what was asked.
    """
    # The import of a backend takes seconds; the table below replaces this line.
    waits = sys.stderr.isatty()
    if waits:
        print("asking Keras for its devices", end="", file=sys.stderr, flush=True)
    try:
        workstation = probe_workstation()
    finally:
        if waits:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return Examination(
        rows(workstation),
        {"workstation": workstation._asdict()},
        diagnose_workstation(workstation),
    )


def rows(workstation: Workstation) -> list[tuple[str, str]]:
    """Return the rows of the table about a workstation."""
    backend = workstation.packages.get(workstation.backend) or workstation.packages.get(
        f"{workstation.backend}-cpu", "not installed"
    )
    others = [
        f"{name} {version}"
        for name, version in workstation.packages.items()
        if name not in (workstation.backend, f"{workstation.backend}-cpu")
    ]
    memory = workstation.memory_bytes
    return [
        ("keras", f"{workstation.keras or 'none'} on {workstation.backend} {backend}"),
        *[("beside", ", ".join(others))] * bool(others),
        ("gpu", gpu_in_words(workstation)),
        ("cores", str(workstation.cores)),
        ("ram", "unknown" if memory is None else f"{memory / 2**30:,.1f} GiB"),
        ("disk", f"{workstation.free_bytes / 2**30:,.1f} GiB free for {workstation.cache}"),
    ]
