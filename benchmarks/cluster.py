"""Several Apache Kafka brokers that keep copies of everything, so that any one of them may die."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from benchmarks.broker import CLUSTER, KafkaBroker, free_ports


class KafkaCluster:
    """`nodes` brokers, three copies of each partition (one for a lone broker), two of which take every write."""

    def __init__(self, directory: Path, *, nodes: int, heap: str, name: str = "", id: str = CLUSTER) -> None:
        ports = free_ports(nodes)
        self.name = name
        """Tells it from another cluster."""
        self.nodes = [
            KafkaBroker(directory / f"kafka{name}-{node}", heap=heap, ports=ports, node=node, cluster=id)
            for node in range(1, nodes + 1)
        ]
        self.bootstrap = ",".join(node.bootstrap for node in self.nodes)

    def start(self) -> None:
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_up()

    def kill(self) -> None:
        """The end: what the brokers hold is not needed any more."""
        for node in self.nodes:
            node.kill()

    def create_topic(self, name: str, *, partitions: int, **config: str) -> None:
        self.nodes[0].create_topic(name, partitions=partitions, **config)

    def behind(self) -> list[str]:
        """The partitions that lack a leader or a copy: until there are none, no other broker may go."""
        try:
            topics = self._admin.list_topics(timeout=10).topics
        except KafkaException as failure:
            return [failure.args[0].str()]
        return [
            f"{topic}-{number}"
            for topic, each in topics.items()
            for number, partition in each.partitions.items()
            if partition.leader < 0 or len(partition.isrs) < len(partition.replicas)
        ]

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
