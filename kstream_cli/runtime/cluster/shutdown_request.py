"""How one instance asks all others of its application to shut down: a marker that each of them looks at now and then.

Java sends an error code through its own partition assignor; librdkafka's takes nothing along. So the marker is an
offset, committed for the group `<application.id>-shutdown`, which never has members: its number is the time of the
request. An instance obeys a marker that was not there yet when it started, so a later start is not hindered by it, and
no clocks are compared. The broker forgets it as it does any group without members (offsets.retention.minutes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer

log = logger(__name__)

READ_SECONDS = 5.0
WRITE_ATTEMPTS = 3
REFUSED = frozenset({KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED})


def shutdown_group(application_id: str) -> str:
    """The group whose one committed offset is the marker."""
    return f"{application_id}-shutdown"


class ShutdownRequest:
    """Looked at by one thread of an instance, with a consumer of that group which reads and joins nothing.

    An admin client would do, too, but librdkafka's crashes the process where the group's coordinator is just moving.
    """

    def __init__(self, consumer: KafkaConsumer, topic: str, clock: Callable[[], int]) -> None:
        self._consumer = consumer
        self._topic = topic
        """A source topic of the application: its members may read it, so they may commit for it."""
        self._clock = clock
        self._known: int | None = None
        """The marker that was there at the first look, or librdkafka's number for none."""
        self._is_refused = False

    def look(self) -> bool:
        """Whether an instance has asked for it since the first look."""
        try:
            [entry] = self._consumer.committed([TopicPartition(self._topic, 0)], READ_SECONDS)
        except KafkaException as failure:
            self._note(failure.args[0])
            return False
        if entry.error is not None:
            self._note(entry.error)
            return False
        if self._known is None:
            self._known = entry.offset
        is_new: bool = entry.offset >= 0 and entry.offset != self._known
        return is_new

    def send(self) -> bool:
        """Ask all instances; False when the cluster did not take the marker."""
        marker = TopicPartition(self._topic, 0, self._clock())
        problem = ""
        for _ in range(WRITE_ATTEMPTS):
            try:
                self._consumer.commit(offsets=[marker], asynchronous=False)
            except KafkaException as failure:
                problem = failure.args[0].str()
            else:
                log.warning("all instances of the application are told to shut down")
                return True
        log.error("the other instances of the application cannot be told to shut down: %s", problem)
        return False

    def close(self) -> None:
        self._consumer.close()

    def _note(self, error: Any) -> None:
        if error.code() in REFUSED and not self._is_refused:
            self._is_refused = True
            text = "a shutdown of the whole application would not reach this instance: its marker cannot be read: %s"
            log.warning(text, error.str())
        log.debug("the marker of a shutdown cannot be read: %s", error.str())
