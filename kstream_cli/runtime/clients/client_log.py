"""librdkafka's log lines in Python's logging, without its repetitions."""

from __future__ import annotations

import logging
import re

from kstream_cli.logs import logger

REPEAT_SECONDS = 30.0
MOST_REMEMBERED = 1_000

_WHO_AND_WHEN = re.compile(r"\[[^\]]*\]|\(after [^)]*\)")
"""The client and thread of a line, and how long an attempt took: what differs where the same is said again."""


class Seldom(logging.Filter):
    """Lets a line pass that no client has said in the last 30 s: a broker that is away is tried many times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said = _WHO_AND_WHEN.sub("", record.getMessage())
        last = self._passed.get(said)
        if last is not None and record.created - last < REPEAT_SECONDS:
            return False
        if len(self._passed) >= MOST_REMEMBERED:
            self._passed.clear()
        self._passed[said] = record.created
        return True


client_log = logger("kstream_cli.librdkafka")
client_log.addFilter(Seldom())
# Where nobody has set logging up, what a client says of a broker that is away is not for standard error.
client_log.addHandler(logging.NullHandler())
