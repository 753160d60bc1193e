"""The offsets that a group has committed, asked for by a consumer of the group that never joins it.

Not by an admin client: where the group's coordinator moves or is away, librdkafka 2.16 ends the whole process in
`list_consumer_group_offsets`, by an assertion (librdkafka #4605) or a null pointer (#5040).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.runtime.clients.access import REFUSED
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin, KafkaConsumer
from kstream_cli.runtime.clients.settling import once_settled
from kstream_cli.runtime.cluster.group_description import GroupDescription, describe_group
from kstream_cli.task.partition import Partition

ANSWER_SECONDS = 8.0
TURN_SECONDS = 1.0
"""A consumer that the cluster refuses waits, and says why beside it."""
MOST = 500
"""Partitions in one request: the client looks each one of the answer up among them all."""
COMMITTED_OFFSETS = "__consumer_offsets"


class GroupOffsets:
    """Used by one thread; to be closed. `topics` are all those of the cluster, with their numbers of partitions."""

    def __init__(self, clients: ClientSupplier, config: Config, admin: KafkaAdmin, group: str | None = None) -> None:
        """`group`: by default the application's."""
        self._clients = clients
        self._config = config
        self._admin = admin
        self._group = config.application_id if group is None else group
        self._consumer: KafkaConsumer | None = None

    def offsets(self, topics: Mapping[str, int]) -> dict[Partition, int]:
        """Partition -> the offset that the group has committed; see `entries`."""
        return {key: each.offset for key, each in self.entries(topics).items()}

    def entries(self, topics: Mapping[str, int], *, described: GroupDescription | None = None) -> dict[Partition, Any]:
        """Partition -> what the group has committed, with its metadata; of a group that nobody has heard of, nothing.

        `described` is the group, where the caller has asked for it. Raises StreamsError where nobody tells.
        """
        partitions = (TopicPartition(topic, number) for topic, count in topics.items() for number in range(count))
        try:
            if COMMITTED_OFFSETS not in topics and not self._is_known(described):
                # Nobody has ever committed on this cluster: the first question for a coordinator would make the topic.
                return {}
            found = [each for some in _parts(partitions) for each in self._committed(some)]
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise StreamsError(
                f"the committed offsets of {self._group} are not known: {error.args[0].str()}"
            ) from error
        return {(each.topic, each.partition): each for each in found if each.offset >= 0}

    def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def __enter__(self) -> GroupOffsets:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _committed(self, partitions: list[TopicPartition]) -> Sequence[Any]:
        consumer = self._consumer = self._consumer or self._clients.consumer(self._settings())
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return once_settled(lambda: consumer.committed(partitions, TURN_SECONDS), ANSWER_SECONDS)
            except KafkaException as error:
                if error.args[0].code() != KafkaError._TIMED_OUT or time.monotonic() > deadline:
                    raise
            event = consumer.poll(0)
            if event is not None and event.error() is not None and event.error().code() in REFUSED:
                raise KafkaException(event.error())

    def _settings(self) -> dict[str, Any]:
        # What a transaction in progress will commit is not waited for.
        named = {"group.id": self._group, "client.id": f"{self._group}-offsets-consumer"}
        return {**self._config.consumer("restore"), **named, "isolation.level": "read_uncommitted"}

    def _is_known(self, described: GroupDescription | None) -> bool:
        """Whether the brokers have the group: the embedded one keeps offsets in no topic."""
        found = describe_group(self._admin, self._group, ANSWER_SECONDS) if described is None else described
        return bool(found.protocol_type)


def _parts(partitions: Iterator[TopicPartition]) -> Iterator[list[TopicPartition]]:
    while some := list(islice(partitions, MOST)):
        yield some
