"""What all threads of one application share: decided once, when the application starts, but for the topics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.cluster_health import ClusterHealth
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin
from kstream_cli.runtime.cluster.assignment import CurrentPlacement, Placement
from kstream_cli.runtime.cluster.group_occupants import group_occupants
from kstream_cli.runtime.restore.restore_listener import StateRestoreListener
from kstream_cli.runtime.restore.standby_listener import StandbyUpdateListener
from kstream_cli.runtime.streams_group.group import StreamsGroup
from kstream_cli.runtime.threads.join_refusal import JoinRefusal
from kstream_cli.state.store import StateStore
from kstream_cli.task.partition import Partition
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.nodes import SinkNode
from kstream_cli.topology.subtopologies import Subtopology
from kstream_cli.topology.topology import Topology


@dataclass(frozen=True)
class Application:
    """One instance of an application, as its threads see it."""

    config: Config
    topology: Topology
    subtopologies: Mapping[int, Subtopology]
    topics: CurrentPlacement
    supplier: ClientSupplier
    admin: KafkaAdmin
    process_id: str
    client_id: str
    global_stores: Mapping[str, StateStore]
    restore_listener: StateRestoreListener
    standby_listener: StandbyUpdateListener
    repartition_topics: frozenset[str]
    """Under their names on the broker: their records can go once they are committed."""
    clock: Callable[[], int]
    cache_bytes: Callable[[], int]
    """Record cache of one thread."""
    release_standbys: Callable[[Iterable[TaskId]], None]
    """Told of tasks that become active here, so that their standby copies are given up first."""
    look_at_topics: Callable[[], None]
    """Told when something hints at topics having changed."""
    streams_group: StreamsGroup | None = None
    """Where the broker gives out the tasks (`group.protocol=streams`)."""
    global_partitions: tuple[Partition, ...] = ()
    """What global stores read; settled at the start."""
    health: ClusterHealth | None = None
    """Of the clusters beside home, where there are any."""

    join_refusal: JoinRefusal = field(init=False)

    def __post_init__(self) -> None:
        ask = partial(call_in_background, group_occupants, self.admin, self.config.application_id)
        object.__setattr__(self, "join_refusal", JoinRefusal(self.config, ask))

    def written_clusters(self, subtopology: int) -> frozenset[str]:
        """The clusters beside home that tasks of a subtopology write to."""
        nodes = self.subtopologies[subtopology].nodes
        sinks = {node.cluster for node in nodes if isinstance(node, SinkNode) and node.cluster is not None}
        letters = cluster_of(self.config.errors_dead_letter_queue_topic_name or "")
        return frozenset(sinks if letters is None else {*sinks, letters})

    @property
    def placement(self) -> Placement:
        """How topics make tasks now."""
        return self.topics.placement

    @property
    def directory(self) -> Path:
        return application_directory(self.config)


def application_directory(config: Config) -> Path:
    """Where the application's local state is kept."""
    return Path(config.state_dir) / config.application_id


def cache_share(config: Config, threads: Iterable[Any], global_thread: Any) -> int:
    """One thread's part of the record cache, in bytes. Each living thread has the same, the global one, too."""
    sharing: int = sum(thread.state.is_alive for thread in threads) + (global_thread is not None)
    return config.statestore_cache_max_bytes // max(1, sharing)
