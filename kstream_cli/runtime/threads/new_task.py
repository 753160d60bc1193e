"""A task that was assigned to a thread and does not run yet."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from kstream_cli.logs import logger
from kstream_cli.runtime.clients.standstill import Standstill
from kstream_cli.runtime.restore.state_lock import StateLock
from kstream_cli.task.partition import Partition
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId

log = logger(__name__)


class NewTask:
    """`task` is there once it has its state directory, `committed` once its offsets are known."""

    def __init__(self, task_id: TaskId, lock: StateLock) -> None:
        self.id = task_id
        self.lock = lock
        self.since = time.monotonic()
        self.standstill = Standstill(log)
        self.task: StreamTask | None = None
        self.committed: Mapping[Partition, tuple[int, str | None]] | None = None

    def waits_for(self, cluster: str | None) -> bool:
        """Whether there is a cluster to wait for, which is told now and then."""
        if cluster is not None:
            self.standstill.waits(f"task {self.id} waits for cluster {cluster}, which does not answer")
        return cluster is not None


def metadata_of(found: Any) -> str | None:
    """What was committed beside an offset; confluent-kafka reads on behind what other clients than it committed."""
    try:
        metadata: str | None = found.metadata
        return metadata
    except UnicodeDecodeError as error:
        return error.object.decode("ascii", "replace")
