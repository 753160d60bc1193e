"""How many records may wait in a task before their partition is paused (`buffered.records.per.partition`)."""

from __future__ import annotations

from typing import Any

from kstream_cli.config import Config

DEFAULT_RECORDS = 50_000
"""Where the setting is not given. Pausing throws away what librdkafka has fetched ahead, so it is to be rare."""
DEFAULT_BYTES = 32 * 1024 * 1024
"""The same in bytes, by the size of the newest record; as many records as the setting's default may always wait."""


class PauseLimit:
    """The limit of each partition of an application."""

    def __init__(self, config: Config) -> None:
        self._least = config.buffered_records_per_partition
        self._most = self._least if "buffered.records.per.partition" in config.original else DEFAULT_RECORDS

    def is_exceeded(self, waiting: int, newest: Any) -> bool:
        """Whether too many records wait; `newest` is the message of the last one."""
        if waiting <= self._least:
            return False
        return waiting > self._most or waiting * len(newest.value() or b"") > DEFAULT_BYTES


__all__ = ["PauseLimit"]
