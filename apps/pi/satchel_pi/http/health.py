"""How the service is: which models work, which new versions were refused, and what it holds."""

import os
import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from satchel_pi.http.process_memory import resident_bytes
from satchel_pi.http.service import Service

Status: TypeAlias = Literal["ok", "degraded", "failing", "stopping"]


class Load(NamedTuple):
    """The jobs of the service at one moment, and the memory that it takes."""

    uptime_s: float
    running: int
    """The inputs that run now."""
    queued: int
    """The inputs that wait for a worker."""
    waiting: int
    """The most inputs that may wait."""
    workers: int
    service_bytes: int | None
    """The memory of the process that serves. None if the system does not say it."""
    worker_bytes: int | None
    """The memory of all workers together. None if none is a process of its own."""


def status_of(service: Service) -> Status:
    """Return the state of the whole service."""
    if service.stopping:
        return "stopping"
    works = [each.status == "ok" for each in service.models.values()]
    if not any(works):
        return "failing"
    whole = all(works) and not service.failures and not service.refused
    return "ok" if whole else "degraded"


def is_up(status: Status) -> bool:
    """Return whether the service answers requests for some model."""
    return status in ("ok", "degraded")


def load_of(service: Service) -> Load:
    """Return the jobs of the service now, and its memory, for which it reads a file a process."""
    pool = service.pool
    children = [resident_bytes(each) for each in pool.process_ids if each is not None]
    known = [each for each in children if each is not None]
    return Load(
        uptime_s=time.monotonic() - service.started,
        running=pool.pending - pool.queued,
        queued=pool.queued,
        waiting=pool.waiting,
        workers=len(pool.process_ids),
        service_bytes=resident_bytes(os.getpid()),
        worker_bytes=sum(known) if known else None,
    )


def to_json(service: Service, *, told: bool) -> dict[str, Any]:
    """Return the health as ``/healthz`` says it to programs.

    A supervisor without the token is not ``told`` names and reasons, only the status.
    """
    return {
        "status": status_of(service),
        "models": _models(service) if told else {},
        "refused": [each._asdict() for each in service.refused] if told else [],
        "testing": _testing(service) if told else [],
    }


def _models(service: Service) -> Mapping[str, Any]:
    models = {
        name: {
            "status": each.status,
            "why": each.failure,
            "golden_vectors": each.vectors,
            "version": each.card.version,
        }
        for name, each in service.models.items()
    }
    for name, why in service.failures.items():
        models[name] = {"status": "not served", "why": why, "golden_vectors": 0, "version": ""}
    return models


def _testing(service: Service) -> list[dict[str, Any]]:
    new = service.testing
    if new is None:
        return []
    seconds = round(time.monotonic() - new.started, 1)
    return [{"model": new.model, "version": new.version, "seconds": seconds}]
