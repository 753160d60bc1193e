"""The offsets that a group has committed, asked for where that is safe."""

from __future__ import annotations

from collections.abc import Collection

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition

from kstream_cli.errors import StreamsError
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.group_description import GroupDescription, describe_group
from kstream_cli.task.partition import Partition

ANSWER_SECONDS = 8.0
COMMITTED_OFFSETS = "__consumer_offsets"


def committed_offsets(
    admin: KafkaAdmin, topics: Collection[str], group: str, *, described: GroupDescription | None = None
) -> dict[Partition, int]:
    """Partition -> the offset that a group has committed; see `committed_entries`."""
    found = committed_entries(admin, topics, group, described=described)
    return {key: each.offset for key, each in found.items()}


def committed_entries(
    admin: KafkaAdmin, topics: Collection[str], group: str, *, described: GroupDescription | None = None
) -> dict[Partition, TopicPartition]:
    """Partition -> what a group has committed, with its metadata; of a group that nobody has heard of, nothing.

    Args:
        topics: All topics of the cluster.
        described: The group, where the caller has asked for it.

    Raises StreamsError where the cluster does not tell.
    """
    try:
        if COMMITTED_OFFSETS not in topics and not _is_known(admin, group, described):
            # Nobody has ever committed on this cluster. The first question for a coordinator would make the topic, and
            # librdkafka 2.16 can end the process while it waits for that.
            return {}
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=ANSWER_SECONDS)
        found = asked[group].result().topic_partitions or ()
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return {}
        raise StreamsError(f"the committed offsets of {group} are not known: {error.args[0].str()}") from error
    return {(each.topic, each.partition): each for each in found if each.offset >= 0}


def _is_known(admin: KafkaAdmin, group: str, described: GroupDescription | None) -> bool:
    """Whether the brokers have the group: the embedded one keeps offsets in no topic."""
    found = describe_group(admin, group, ANSWER_SECONDS) if described is None else described
    return bool(found.protocol_type)
