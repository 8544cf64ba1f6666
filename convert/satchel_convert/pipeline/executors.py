"""Chooses who runs the samples through the models: this process, several, or a Ray cluster."""

from satchel_convert.errors import ConversionError
from satchel_convert.settings import MAX_WORKERS, is_ray_address
from satchel_convert.verification.predictions import Executor, one_process
from satchel_convert.verification.ray_cluster import ray_tasks
from satchel_convert.verification.workers import processes


def open_executor(*, workers: int, ray: str | None) -> Executor:
    """Return an executor of shards of samples: ``workers`` processes, or a Ray cluster.

    ``ray`` is HOST:PORT of the cluster. Raises ConversionError if both are given, for a number out
    of range, and for a cluster that cannot be reached.
    """
    if not 1 <= workers <= MAX_WORKERS:
        raise ConversionError(f"Expected 1 to {MAX_WORKERS} workers, got {workers}.")
    if ray is None:
        return processes(workers) if workers > 1 else one_process
    if workers > 1:
        raise ConversionError("Expected workers or ray, got both: a cluster has its own workers.")
    if not is_ray_address(ray):
        raise ConversionError(f"Expected HOST:PORT of a Ray cluster, got {ray!r:.80}.")
    return ray_tasks(ray)
