"""What a test does to a cluster besides running an application: topics, records in, records out."""

from __future__ import annotations

import time
from uuid import uuid4

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic


class Cluster:
    """The cluster at one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.admin = AdminClient({"bootstrap.servers": address})

    def create_topics(self, **partitions: int) -> None:
        """Create topics; underscores of a name stand for themselves."""
        self.create([NewTopic(name, count, 1) for name, count in partitions.items()])

    def create(self, topics: list[NewTopic]) -> None:
        for future in self.admin.create_topics(topics).values():
            future.result(30)
        # A broker shows new topics in its metadata a moment after it has made them.
        wanted = {topic.topic for topic in topics}
        deadline = time.monotonic() + 30
        while not wanted <= self.admin.list_topics(timeout=10).topics.keys() and time.monotonic() < deadline:
            time.sleep(0.05)

    def settle(self, group: str, *topics: str) -> None:
        """Wait until each partition of the topics has a leader, and the group a coordinator: new ones have none yet."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        deadline = time.monotonic() + 30
        try:
            for topic in topics:
                for partition in consumer.list_topics(topic, 10).topics[topic].partitions:
                    place = TopicPartition(topic, partition)
                    while True:
                        try:
                            consumer.get_watermark_offsets(place, 10)
                            consumer.committed([place], 10)
                            break
                        except KafkaException:
                            if time.monotonic() > deadline:
                                raise
                            time.sleep(0.2)
        finally:
            consumer.close()

    def produce(
        self, topic: str, records: list[tuple[bytes | None, bytes | None]], partition: int | None = None
    ) -> None:
        producer = Producer(
            {"bootstrap.servers": self.address, "log_level": 0, "partitioner": "murmur2_random", "linger.ms": 5}
        )
        for key, value in records:
            if partition is None:
                producer.produce(topic, value, key)
            else:
                producer.produce(topic, value, key, partition)
            producer.poll(0)
        assert producer.flush(30) == 0

    def read(self, topic: str, *, committed: bool = True) -> list[tuple[bytes | None, bytes | None]]:
        """All records of the topic up to its present end, partition by partition."""
        isolation = "read_committed" if committed else "read_uncommitted"
        settings = {"bootstrap.servers": self.address, "group.id": uuid4().hex, "isolation.level": isolation}
        consumer = Consumer(settings | {"enable.partition.eof": True, "enable.auto.commit": False})
        partitions = list(consumer.list_topics(topic, 10).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        rows: dict[int, list[tuple[bytes | None, bytes | None]]] = {partition: [] for partition in partitions}
        finished: set[int] = set()
        while len(finished) < len(partitions):
            for message in consumer.consume(10_000, 0.2):
                partition = message.partition() or 0
                if message.error():
                    finished.add(partition)
                else:
                    rows[partition].append((message.key(), message.value()))
        consumer.close()
        return [row for partition in partitions for row in rows[partition]]

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group})
        partitions = list(consumer.list_topics(topic, 10).topics[topic].partitions)
        try:
            found = consumer.committed([TopicPartition(topic, partition) for partition in partitions], 10)
        except KafkaException as failure:
            if failure.args[0].code() != KafkaError.NOT_COORDINATOR:  # as of a new broker, for a moment
                raise
            return dict.fromkeys(partitions, OFFSET_INVALID)
        finally:
            consumer.close()
        return {each.partition: each.offset for each in found}

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        for future in self.admin.delete_records([TopicPartition(topic, partition, before)]).values():
            future.result(10)

    def members(self, group: str) -> int:
        described = self.admin.describe_consumer_groups([group])[group].result(10)
        return len(described.members)
