"""Takes the group's decisions from librdkafka's callbacks to the thread's tasks.

The callbacks run inside the consumer's poll, on the stream thread. An error in one is kept and raised after the poll:
raised inside, it would leave librdkafka half-way through a rebalance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException

from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.task_manager import TaskManager

log = logger(__name__)


class RebalanceListener:
    """The on_assign, on_revoke and on_lost of one stream thread's subscription."""

    def __init__(
        self, tasks: TaskManager, set_state: Callable[[ThreadState], None], look_at_topics: Callable[[], None]
    ) -> None:
        self._tasks = tasks
        self._set_state = set_state
        self._look_at_topics = look_at_topics
        self._error: BaseException | None = None

    def on_assign(self, consumer: KafkaConsumer, partitions: Sequence[Any]) -> None:
        """Note the new tasks; they take their partitions once their state is restored."""
        consumer.incremental_assign([])
        self._guarded(lambda: self._tasks.assign(self._tasks_of(partitions)))
        if partitions:
            log.info("assigned: tasks %s", _names(self._tasks_of(partitions)))
        # It may be new topics, or partitions, that another member saw first.
        self._look_at_topics()
        self._set_state(ThreadState.PARTITIONS_ASSIGNED)

    def on_revoke(self, consumer: KafkaConsumer, partitions: Sequence[Any]) -> None:
        """Commit, and only then give the tasks back."""
        log.info("revoked: tasks %s", _names(self._tasks_of(partitions)))
        self._set_state(ThreadState.PARTITIONS_REVOKED)
        self._guarded(lambda: self._tasks.revoke(self._tasks_of(partitions)))
        _complete(consumer)

    def on_lost(self, consumer: KafkaConsumer, partitions: Sequence[Any]) -> None:
        """Another member has the tasks already: what was not committed is theirs to do again."""
        log.warning(
            "lost: tasks %s: this member was too slow for its group, or cut off from it",
            _names(self._tasks_of(partitions)),
        )
        self._set_state(ThreadState.PARTITIONS_REVOKED)
        self._guarded(lambda: self._tasks.lose(self._tasks_of(partitions)))
        _complete(consumer)

    def raise_error(self) -> None:
        """Raise what went wrong in a callback."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _tasks_of(self, partitions: Sequence[Any]) -> list[Any]:
        return self._tasks.placement.tasks((each.topic, each.partition) for each in partitions)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:
            self._error = self._error or error


def _complete(consumer: KafkaConsumer) -> None:
    """Tell librdkafka that the callback has given back what there was to give back."""
    try:
        consumer.incremental_unassign([])
    except KafkaException as failure:
        log.debug("%s", failure.args[0].str())


def _names(tasks: Sequence[Any]) -> str:
    return ", ".join(map(str, tasks)) or "none"
