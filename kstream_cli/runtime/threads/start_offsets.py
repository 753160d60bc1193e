"""Where an input partition starts when the group has no offset for it: as the source or the configuration says.

A partition that came while the application runs starts at its beginning, also with `latest`: all its records are later
than the start of the application, and those from before it was noticed would be skipped otherwise (KAFKA-12261).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaException, TopicPartition

from kstream_cli.config import Config
from kstream_cli.config.offset_reset import OffsetReset, offset_reset
from kstream_cli.errors import BrokerUnavailableError, LostOffsetsError
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.cluster.assignment import CurrentPlacement
from kstream_cli.task.sources import source_of
from kstream_cli.topology.nodes import SourceNode
from kstream_cli.topology.topology import Topology

log = logger(__name__)

POLICIES: Mapping[str, int] = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END}
ASK_SECONDS = 10.0
TRIES = 3


class StartOffsets:
    """The policy is looked up once per topic; where it is a duration, `consumer` is asked for each partition."""

    def __init__(self, topology: Topology, config: Config, consumer: KafkaConsumer, topics: CurrentPlacement) -> None:
        self._config = config
        self._topics = topics
        self._consumer = consumer
        self._topology = topology
        self._sources = {node.name: node for node in topology.nodes.values() if isinstance(node, SourceNode)}
        self._by_topic: dict[str, OffsetReset] = {}

    def of(self, topic: str, partition: int) -> int:
        """The offset, real or librdkafka's word for an end. Raises LostOffsetsError where the policy is none."""
        reset = self._by_topic.get(topic)
        if reset is None:
            reset = self._by_topic[topic] = self._reset(topic)
        if reset.policy == "none":
            raise LostOffsetsError(
                f"group {self._config.application_id!r} has no offset for {topic}-{partition}, and "
                "auto.offset.reset is none: set it to earliest or latest"
            )
        if reset.policy != "earliest" and self._topics.is_new(topic, partition):
            log.info("%s-%d is new and read from its beginning", topic, partition)
            return OFFSET_BEGINNING
        if reset.policy == "latest":
            self._tell_of_skipped(topic, partition)
        if reset.policy == "by_duration":
            return self._first_since(topic, partition, max(0, time.time_ns() // 1_000_000 - reset.back_ms))
        return POLICIES[reset.policy]

    def _reset(self, topic: str) -> OffsetReset:
        internal = {
            self._topology.topic_name(name, self._config.application_id) for name in self._topology.internal_topics
        }
        source = source_of(topic, self._sources, self._topology, self._config.application_id)
        policy = "earliest" if topic in internal else source.offset_reset or self._config.auto_offset_reset
        return offset_reset(policy)

    def _tell_of_skipped(self, topic: str, partition: int) -> None:
        """Name the records that are skipped where the group has read other partitions of the topic before."""
        try:
            count = self._topics.placement.topics[topic]
            found = self._consumer.committed([TopicPartition(topic, number) for number in range(count)], ASK_SECONDS)
            if all(each.offset < 0 for each in found):
                return
            low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), ASK_SECONDS)
        except KafkaException as failure:
            log.debug("what is skipped of %s-%d is not known: %s", topic, partition, failure.args[0].str())
            return
        if low < high:
            log.warning(
                "%s-%d is read from its end (auto.offset.reset is latest), as the group has no offset for it: its "
                "offsets %d to %d are skipped; the group has read other partitions of the topic before",
                *(topic, partition, low, high - 1),
            )

    def _first_since(self, topic: str, partition: int, timestamp: int) -> int:
        """The offset of the first record that is as young as that, or the end."""
        problem = ""
        for _ in range(TRIES):
            try:
                (found,) = self._consumer.offsets_for_times([TopicPartition(topic, partition, timestamp)], ASK_SECONDS)
            except KafkaException as failure:
                problem = failure.args[0].str()
                continue
            if found.error is None:
                offset: int = found.offset
                return offset
            problem = found.error.str()
        raise BrokerUnavailableError(f"where {topic}-{partition} starts, by its timestamps, is not known: {problem}")
