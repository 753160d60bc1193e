"""Whether all there is of some input partitions was read, by what their leaders say just now."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import Any

from kstream_cli.runtime.restore.changelog_ends import ChangelogEnds
from kstream_cli.task.partition import Partition

AGAIN_SECONDS = 0.5
"""So long after an answer that was no proof, the leaders are asked again."""
FRESH_SECONDS = 2.0
"""A later answer may be about a time before this machine was asleep."""


class InputEnds:
    """Used by one stream thread. What was fetched last proves nothing: a broker may be away, the machine have slept.

    Records of open transactions count: they may yet come. So do those that wait in the client.
    """

    def __init__(self, ends: ChangelogEnds, positions: Mapping[Partition, int]) -> None:
        self._ends = ends
        self._positions = positions
        self._asked: dict[tuple[Partition, ...], tuple[float, dict[Partition, Future[Any]]]] = {}

    def is_read(self, inputs: Collection[Partition]) -> bool:
        """True where it is proved; asks in the background, so that the first answer is False."""
        positions, now = self._positions, time.monotonic()
        if any(key not in positions for key in inputs):
            return False
        which = tuple(inputs)
        asked_at, answers = self._asked.get(which, (0.0, {}))
        if not answers:
            if now - asked_at >= AGAIN_SECONDS:
                self._asked[which] = now, self._ends.ask(inputs)
            return False
        if not all(answer.done() for answer in answers.values()):
            return False
        self._asked[which] = asked_at, {}
        if now - asked_at > FRESH_SECONDS:
            return False
        for key, answer in answers.items():
            end = self._ends.told(key, answer)
            # The embedded broker may tell an end that was a while ago.
            if end is None or end > positions[key]:
                return False
        del self._asked[which]
        return True
