"""The memory of a process, from the files of Linux."""

import mmap
from pathlib import Path


def resident_bytes(process_id: int) -> int | None:
    """Return the memory that a process has, None if it has ended or the system does not say it."""
    try:
        statm = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii")
    except OSError:
        return None
    return int(statm.split()[1]) * mmap.PAGESIZE
