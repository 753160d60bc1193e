"""The identity of this process in its application, kept in the state directory.

Under exactly-once it is part of the transactional ids: a process that comes back after a crash fences its own earlier
producers at once, instead of waiting until their open transactions time out.
"""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from kstream_cli.config.state_directory import write_beside
from kstream_cli.errors import StateDirectoryLockedError
from kstream_cli.runtime.restore.state_lock import StateLock

FILE = "kafka-streams-process-metadata"


class ProcessId:
    """Read or made by `acquire`, for this process alone until `release`."""

    def __init__(self, application_directory: Path) -> None:
        self._directory = application_directory
        self._lock = StateLock(application_directory)

    def acquire(self) -> str:
        """The id in the directory; a passing one while another process on this machine uses that.

        Raises StoreError where it cannot be kept.
        """
        try:
            self._lock.acquire()
        except StateDirectoryLockedError:
            return str(uuid4())
        path = self._directory / FILE
        try:
            return str(json.loads(path.read_text())["processId"])
        except (OSError, ValueError, KeyError, TypeError):
            process_id = str(uuid4())
            write_beside(path, json.dumps({"processId": process_id, "version": 1}))
            return process_id

    def release(self) -> None:
        self._lock.release()
