"""The machines of one training: their addresses, their connection and its loss.

Only worker 0 writes the checkpoint and the model folder. To resume a training, every worker reads
the checkpoint at the same path.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from satchel_train.errors import SettingsError, WorkersError
from satchel_train.training_loop.replicas import Replicas

NCCL_LOSS = "remote process exited"
"""What NVIDIA's library for collectives says of a lost process, as an internal error."""


@dataclass(frozen=True)
class Cluster:
    """All workers of one training, and the position of this process among them."""

    addresses: tuple[str, ...]
    """The ``host:port`` of each worker, in the same order on every machine."""
    index: int


def read_cluster(addresses: str | None, index: int | None) -> Cluster | None:
    """Return the cluster of ``--workers`` and ``--worker``, or that of $TF_CONFIG, or None.

    Raises SettingsError for addresses or an index that do not make a cluster of two or more.
    """
    if addresses is None:
        return _read_tf_config(os.environ.get("TF_CONFIG"))
    each = tuple(addresses.split(","))
    if len(each) < 2 or len(set(each)) < len(each) or not all(map(_is_address, each)):
        raise SettingsError(
            f"Expected HOST:PORT,HOST:PORT,... for --workers, all different, got {addresses!r}."
        )
    if index is None or not 0 <= index < len(each):
        raise SettingsError(
            f"Expected --worker 0 to {len(each) - 1}, which of --workers this is; got {index}."
        )
    return Cluster(each, index)


class Workers(Replicas):
    """The connection to the other workers, open until the process ends."""

    def __init__(self, cluster: Cluster) -> None:
        """Wait for every worker of ``cluster``. Nothing may have used TensorFlow before.

        Raises WorkersError if one of them does not connect.
        """
        self.cluster = cluster
        with self.reporting():
            super().__init__(_connect(cluster))

    @property
    def writes(self) -> bool:
        """Whether this worker writes the checkpoint and the model folder."""
        return self.cluster.index == 0

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Make a context that raises WorkersError where another worker is lost.

        Every other error passes through as it is.
        """
        try:
            yield
        except Exception as error:
            if not _is_loss(error):
                raise
            addresses = ", ".join(self.cluster.addresses)
            raise WorkersError(
                f"Expected all of the workers {addresses} to take part, one was lost or never"
                " came: the checkpoint of the last epoch is kept, start all of them again with"
                " --resume."
            ) from error


@cache
def _connect(cluster: Cluster) -> Any:
    """Return the strategy of ``cluster``, always the same, because TensorFlow connects once."""
    import tensorflow

    task = {"type": "worker", "index": cluster.index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": cluster.addresses}, "task": task})
    return tensorflow.distribute.MultiWorkerMirroredStrategy()


def _is_loss(error: Exception) -> bool:
    """Return whether ``error`` says that another process ended, or that it did not answer."""
    from tensorflow import errors

    codes = (
        errors.UnavailableError,
        errors.AbortedError,
        errors.CancelledError,
        errors.DeadlineExceededError,
    )
    return isinstance(error, codes) or (
        isinstance(error, errors.InternalError) and NCCL_LOSS in str(error)
    )


def _read_tf_config(text: str | None) -> Cluster | None:
    if not text:
        return None
    try:
        config = json.loads(text)
        addresses, task = tuple(config["cluster"]["worker"]), config["task"]
        index = int(task["index"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            "Expected the addresses of workers and this one's index in $TF_CONFIG,"
            f" got {text[:80]!r}."
        ) from error
    if len(addresses) == 1:
        return None
    if task.get("type") != "worker" or not 0 <= index < len(addresses):
        raise SettingsError(
            f"Expected worker 0 to {len(addresses) - 1} in $TF_CONFIG,"
            f" got {task.get('type')} {index}."
        )
    return Cluster(addresses, index)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and 0 < int(port) < 65536
