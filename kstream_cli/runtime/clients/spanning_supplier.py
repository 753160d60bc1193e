"""Makes clients of all the clusters that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kstream_cli.clusters import name_of
from kstream_cli.config import Config
from kstream_cli.config.cluster_settings import ClientKind
from kstream_cli.runtime.clients.client_supplier import ClientSupplier, DefaultClientSupplier
from kstream_cli.runtime.clients.cluster_health import ClusterHealth
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin, KafkaConsumer, KafkaProducer
from kstream_cli.runtime.clients.spanning_admin import SpanningAdmin
from kstream_cli.runtime.clients.spanning_consumer import SpanningConsumer
from kstream_cli.runtime.clients.spanning_producer import SpanningProducer


def supplier_for(config: Config, given: ClientSupplier | None = None) -> ClientSupplier:
    """What makes the clients of an application: with clusters beside home, such as span them; else home's alone."""
    home = given or DefaultClientSupplier()
    return SpanningSupplier(home, config) if config.clusters and not isinstance(home, SpanningSupplier) else home


class SpanningSupplier:
    """`settings` are always those of home; another cluster's client has its own address and rights in their place."""

    def __init__(self, home: ClientSupplier, config: Config) -> None:
        self._home = home
        self._config = config
        self.health = ClusterHealth()

    def consumer(self, settings: Mapping[str, Any]) -> KafkaConsumer:
        def make(cluster: str) -> KafkaConsumer:
            return self.consumer_of(cluster, settings)

        return SpanningConsumer(self._home.consumer(settings), make, self._config.application_id)

    def producer(self, settings: Mapping[str, Any]) -> KafkaProducer:
        def make(cluster: str) -> KafkaProducer:
            return self._home.producer(self._settings(cluster, "producer", settings))

        home = self._home.producer(settings)
        kind = SpanningProducer if not hasattr(home, "partition_count") else _CountingProducer
        return kind(home, make, self._config.application_id, self.health)

    def admin(self, settings: Mapping[str, Any]) -> KafkaAdmin:
        def make(cluster: str) -> KafkaAdmin:
            return self._home.admin(self._settings(cluster, "admin", settings))

        servers = {name: each.bootstrap_servers for name, each in self._config.clusters.items()}
        return SpanningAdmin(self._home.admin(settings), make, self._config.application_id, servers)

    def consumer_of(self, cluster: str, settings: Mapping[str, Any]) -> KafkaConsumer:
        """A consumer of one cluster alone, which names topics as they are there."""
        return self._home.consumer(self._settings(cluster, "consumer", settings))

    def _settings(self, cluster: str, kind: ClientKind, home: Mapping[str, Any]) -> dict[str, Any]:
        settings = self._config.client_of(cluster, kind, home)
        name = settings.get("client.id")
        return settings if name is None else {**settings, "client.id": f"{name}-{cluster}"}


class _CountingProducer(SpanningProducer):
    """Where the clients tell the number of a topic's partitions without its metadata."""

    def partition_count(self, topic: str, seconds: float) -> tuple[int, Any]:
        client: Any = self._of(topic)
        found: tuple[int, Any] = client.partition_count(name_of(topic), seconds)
        return found
