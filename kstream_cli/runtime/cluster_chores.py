"""The chore of asking the clusters beside home whether they are there, on one thread of an instance."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from kstream_cli.clusters import cluster_of, name_of
from kstream_cli.runtime.chores import Chore, Chores
from kstream_cli.runtime.clients.cluster_health import ClusterWatch
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.spanning_supplier import SpanningSupplier
from kstream_cli.runtime.threads.application import Application
from kstream_cli.topology.nodes import SinkNode, SourceNode
from kstream_cli.topology.topology import Topology

LOOK_SECONDS = 2.0
END_SECONDS = 5.0
ANY_TOPIC = "__consumer_offsets"
"""Asked for where each record names its topic: whether it is there does not matter."""


class ClusterChores(Chores):
    """Notes in the supplier's `health` which clusters are away."""

    def __init__(self, application: Application, supplier: SpanningSupplier) -> None:
        settings = application.config.consumer("restore")

        def make_consumer(cluster: str) -> KafkaConsumer:
            name = f"{application.client_id}-watch-consumer"
            return supplier.consumer_of(cluster, {**settings, "client.id": name})

        topics = asked_topics(application.topology, application.config.clusters)
        self._watch = ClusterWatch(supplier.health, topics, make_consumer)
        super().__init__(
            f"{application.client_id}-Clusters",
            [Chore(partial(self._watch.look, cluster), LOOK_SECONDS) for cluster in self._watch.clusters],
        )

    def end(self) -> None:
        """Stop, and wait a moment: not for a cluster that does not answer."""
        self.stop()
        if self.is_alive():
            self.join(END_SECONDS)

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._watch.close()


def asked_topics(topology: Topology, clusters: Iterable[str]) -> dict[str, str]:
    """A topic of each cluster beside home, named as there."""
    found = dict.fromkeys(clusters, ANY_TOPIC)
    nodes = [*topology.nodes.values(), *(store.source for store in topology.global_stores.values())]
    named = [topic for node in nodes if isinstance(node, SourceNode) for topic in node.topics]
    named += [node.topic for node in nodes if isinstance(node, SinkNode) and node.topic is not None]
    return found | {cluster: name_of(topic) for topic in named if (cluster := cluster_of(topic)) is not None}
