"""Asks a cluster again while it elects a leader or a coordinator, as it does when a topic or a group is new."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

T = TypeVar("T")

SETTLING = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)
"""What brokers answer until the election is over."""
PAUSE_SECONDS = 0.2


def once_settled(ask: Callable[[], T], seconds: float) -> T:
    """What `ask` gives, asked again for up to `seconds` while an election is under way.

    Raises KafkaException where `ask` raises it for another reason, or still does at the end.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in SETTLING or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)
