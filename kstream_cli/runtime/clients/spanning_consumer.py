"""A consumer whose topics may be in several clusters: home's, in its group, and one beside it for each other cluster.

What is committed stays at home: the offset of a partition elsewhere is committed for that of the topic's stand-in, with
the membership that the group knows. So it fences, and goes into a transaction, as any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from confluent_kafka import KafkaError, TopicPartition

from kstream_cli.clusters import cluster_of, in_cluster, name_of, stand_in, stood_for
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.records_by_partition import Fetched, fetch
from kstream_cli.runtime.clients.renamed import Renamed, by_cluster, in_its_cluster, renamed, told_by

log = logger(__name__)

TURN_SECONDS = 0.01
"""How long one of several consumers is waited for at a time."""
OF_PARTITIONS = frozenset(
    {
        KafkaError._PARTITION_EOF,
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    }
)
"""What another cluster's consumer says of its partitions; it is in no group, so that all else is for the log."""


class SpanningConsumer:
    """As KafkaConsumer; topics of other clusters have their cluster in front. `make` makes a consumer of a cluster."""

    def __init__(self, home: KafkaConsumer, make: Callable[[str], KafkaConsumer], application_id: str) -> None:
        self._home = home
        self._make = make
        self._application_id = application_id
        self._others: dict[str, KafkaConsumer] = {}
        self._assigned: dict[str, set[tuple[str, int]]] = {}
        """Cluster -> what its consumer reads."""

    # Records

    def fetch(self, count: int, seconds: float) -> Fetched:
        """Up to `count` records that have arrived, of each cluster, and events; see records_by_partition."""
        if not self._others:
            return fetch(self._home, count, seconds)
        found = self._fetch(self._home, None, count, 0.0), *self._fetched(count, 0.0)
        deadline = time.monotonic() + seconds
        while not any(runs or events for runs, events in found) and (left := deadline - time.monotonic()) > 0:
            turn = min(TURN_SECONDS, left)
            found = self._fetch(self._home, None, count, turn), *self._fetched(count, turn)
        return [run for runs, _ in found for run in runs], [event for _, events in found for event in events]

    def poll(self, timeout: float, /) -> Any:
        return self._home.poll(timeout)

    def consume(self, num_messages: int, timeout: float, /) -> list[Any]:
        raise NotImplementedError("a consumer of several clusters is asked to fetch")

    def _fetched(self, count: int, seconds: float) -> list[Fetched]:
        return [self._fetch(each, cluster, count, seconds) for cluster, each in self._others.items()]

    def _fetch(self, consumer: KafkaConsumer, cluster: str | None, count: int, seconds: float) -> Fetched:
        runs, events = fetch(consumer, count, seconds)
        if cluster is None:
            return runs, events
        kept = []
        for event in events:
            if event.error().code() in OF_PARTITIONS:
                kept.append(told_by(cluster, event))
            else:
                log.info("cluster %s: consumer: %s", cluster, event.error().str())
        return [((in_cluster(topic, cluster), number), run) for (topic, number), run in runs], kept

    # The group, which is home's

    def subscribe(self, topics: list[str], **callbacks: Callable[..., None]) -> None:
        """The callbacks are given this consumer: what they assign may be anywhere."""

        def told(callback: Callable[..., None]) -> Callable[..., None]:
            return lambda _, partitions: callback(self, partitions)

        self._home.subscribe(topics, **{name: told(callback) for name, callback in callbacks.items()})

    def unsubscribe(self) -> None:
        self._home.unsubscribe()

    def consumer_group_metadata(self) -> Any:
        return self._home.consumer_group_metadata()

    def memberid(self) -> str | None:
        return self._home.memberid()

    def commit(self, *, offsets: list[TopicPartition], asynchronous: Literal[False]) -> Any:
        return self._home.commit(offsets=self.at_home(offsets), asynchronous=asynchronous)

    def committed(self, partitions: list[TopicPartition], timeout: float, /) -> Sequence[Any]:
        """The offsets that home keeps for a stand-in are those of the topic that it stands for."""
        asked = list({(each.topic, each.partition): each for each in self.at_home(partitions)}.values())
        found = self._home.committed(asked, timeout)
        return [Renamed(each, topic=stood_for(each.topic, self._application_id)) for each in found]

    def at_home(self, partitions: Iterable[TopicPartition]) -> list[TopicPartition]:
        """The partitions under which home keeps the offsets of these."""
        return at_home(partitions, self._application_id)

    # Partitions

    def assign(self, partitions: list[TopicPartition], /) -> None:
        wanted = by_cluster(partitions)
        self._home.assign(wanted.pop(None, []))
        for cluster in [*self._others, *(each for each in wanted if each is not None)]:
            given = wanted.get(cluster, [])
            self._assigned[cluster] = {(each.topic, each.partition) for each in given}
            self._of(cluster).assign(given)

    def incremental_assign(self, partitions: list[TopicPartition], /) -> None:
        wanted = by_cluster(partitions)
        # Also of nothing: within a rebalance this is what librdkafka waits for.
        self._home.incremental_assign(wanted.pop(None, []))
        for cluster, given in wanted.items():
            assert cluster is not None
            self._assigned.setdefault(cluster, set()).update((each.topic, each.partition) for each in given)
            self._of(cluster).incremental_assign(given)

    def incremental_unassign(self, partitions: list[TopicPartition], /) -> None:
        wanted = by_cluster(partitions)
        for cluster in [each for each in wanted if each is not None]:
            read = self._assigned.get(cluster, set())
            given = [each for each in wanted.pop(cluster) if (each.topic, each.partition) in read]
            read.difference_update((each.topic, each.partition) for each in given)
            if given:
                self._of(cluster).incremental_unassign(given)
        if None in wanted or not partitions:
            self._home.incremental_unassign(wanted.get(None, []))

    def fetch_again(self, cluster: str) -> None:
        """Have a cluster that was away tell anew where its partitions end: read on from where each of them is."""
        consumer = self._of(cluster)
        read = [TopicPartition(*key) for key in sorted(self._assigned.get(cluster, ()))]
        at = [each for each in (consumer.position(read) if read else []) if each.offset >= 0]
        if at:
            places = [TopicPartition(each.topic, each.partition, each.offset) for each in at]
            consumer.incremental_unassign(places)
            consumer.incremental_assign(places)

    def pause(self, partitions: list[TopicPartition], /) -> None:
        for cluster, given in by_cluster(partitions).items():
            self._of(cluster).pause(given)

    def resume(self, partitions: list[TopicPartition], /) -> None:
        for cluster, given in by_cluster(partitions).items():
            self._of(cluster).resume(given)

    def seek(self, partition: TopicPartition, /) -> None:
        self._of(cluster_of(partition.topic)).seek(in_its_cluster(partition))

    def position(self, partitions: list[TopicPartition], /) -> list[Any]:
        return self._asked(partitions, lambda consumer, given: consumer.position(given))

    def get_watermark_offsets(self, partition: TopicPartition, *given: Any, **named: Any) -> Any:
        return self._of(cluster_of(partition.topic)).get_watermark_offsets(in_its_cluster(partition), *given, **named)

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float, /) -> list[Any]:
        return self._asked(partitions, lambda consumer, given: consumer.offsets_for_times(given, timeout))

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> Any:
        if topic is None:
            return self._home.list_topics(timeout=timeout)
        answer = self._of(cluster_of(topic)).list_topics(name_of(topic), timeout)
        return Renamed(answer, topics={topic: answer.topics[name_of(topic)]})

    def close(self) -> None:
        for consumer in self._others.values():
            consumer.close()
        self._home.close()

    def _asked(
        self, partitions: Sequence[TopicPartition], ask: Callable[[KafkaConsumer, list[TopicPartition]], Iterable[Any]]
    ) -> list[Any]:
        """The answers about partitions, in their order."""
        found: Mapping[tuple[str, int], Any] = {
            (in_cluster(each.topic, cluster), each.partition): each
            for cluster, given in by_cluster(partitions).items()
            for each in ask(self._of(cluster), given)
        }
        return [Renamed(found[each.topic, each.partition], topic=each.topic) for each in partitions]

    def _of(self, cluster: str | None) -> KafkaConsumer:
        if cluster is None:
            return self._home
        if cluster not in self._others:
            self._others[cluster] = self._make(cluster)
        return self._others[cluster]


def at_home(partitions: Iterable[TopicPartition], application_id: str) -> list[TopicPartition]:
    """The partitions under which home keeps the offsets of these."""
    return [
        each if cluster_of(each.topic) is None else renamed(each, stand_in(each.topic, application_id))
        for each in partitions
    ]
