"""How many partitions the topics have that a thread writes to, for those records whose partition is chosen here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException

from kstream_cli.errors import ProducerError, TaskCorruptedError

KEPT_SECONDS = 60.0


class PartitionCounts(dict[str, int]):
    """Topic -> how many partitions it has; the brokers are asked when it is first looked up here.

    `forget_old`, called now and then, has them asked again each minute. While they are away, their last word counts.
    """

    def __init__(
        self, look_up: Callable[[str], tuple[int, Any]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`look_up` gives what the brokers say, and what is wrong with the topic instead."""
        super().__init__()
        self._look_up = look_up
        self._clock = clock
        self._oldest = clock()
        self._said_last: dict[str, int] = {}

    def __missing__(self, topic: str) -> int:
        if not self:
            self._oldest = self._clock()
        try:
            count, error = self._look_up(topic)
        except KafkaException as failure:
            if topic not in self._said_last:
                raise TaskCorruptedError(f"topic {topic!r} cannot be looked up: {failure.args[0].str()}") from failure
            count, error = self._said_last[topic], None
        if error is not None:
            raise ProducerError(f"topic {topic!r} cannot be written to: {error.str()}")
        self[topic] = self._said_last[topic] = count
        return count

    def forget_old(self) -> None:
        """Forget all, where one of them was asked for a minute ago."""
        if self._clock() - self._oldest >= KEPT_SECONDS:
            self.clear()
