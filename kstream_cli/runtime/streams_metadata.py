"""Which instance has which tasks, as the group's members show it: where a key can be asked for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from kstream_cli.errors import ConfigError, StoreNotAvailableError, StreamsError, TopologyError, UnknownStoreError
from kstream_cli.processor.partitioners import StreamPartitioner, check_partitioner, partition_for_key, placing
from kstream_cli.record import NO_HEADERS
from kstream_cli.runtime.cluster.group_members import Member, members, owned_tasks
from kstream_cli.runtime.cluster.standby_placement import standbys_of
from kstream_cli.runtime.streams_group.group import StreamsGroup
from kstream_cli.runtime.threads.application import Application
from kstream_cli.serde.types import serde_for
from kstream_cli.task.task_id import TaskId
from kstream_cli.user_objects import repr_of

FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class StreamsMetadata:
    """One instance of the application, with its tasks and stores (Java: StreamsMetadata, KIP-535)."""

    client_id: str
    server: str | None
    """Its `application.server`, host:port; None when it has none."""
    is_local: bool
    tasks: frozenset[str]
    stores: frozenset[str]
    """Those of its tasks; global ones are on every instance."""
    standby_tasks: frozenset[str]
    standby_stores: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyQueryMetadata:
    """Which instance has a key of a store, and which have a standby copy (Java: KeyQueryMetadata, KIP-535)."""

    partition: int
    active: StreamsMetadata
    standbys: tuple[StreamsMetadata, ...]


class GroupMetadata:
    """Asks the group, at most once a second. May be used by any thread."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._instances: tuple[StreamsMetadata, ...] = ()
        self._asked = float("-inf")

    def instances(self) -> tuple[StreamsMetadata, ...]:
        """All instances; raises StoreNotAvailableError while tasks move."""
        if time.monotonic() - self._asked > FRESH_SECONDS:
            application = self._application
            if application.streams_group is not None:
                self._instances = self._of_streams_group(application.streams_group)
                self._asked = time.monotonic()
                return self._instances
            found = members(application.admin, application.config.application_id)
            if found is None:
                raise StoreNotAvailableError("the group rebalances, or cannot be asked just now: ask again")
            if not found:
                raise StoreNotAvailableError("the broker shows no members of the group; the embedded broker never does")
            self._instances = self._of(found)
            self._asked = time.monotonic()
        return self._instances

    def with_store(self, store: str) -> tuple[StreamsMetadata, ...]:
        """The instances that have a part of a store, or a standby copy of one."""
        self._check_known(store)
        found = self.instances()
        if store in self._application.topology.global_stores:
            return found
        return tuple(each for each in found if store in each.stores | each.standby_stores)

    def of_key(self, store: str, key: Any, *, serde: Any, partitioner: StreamPartitioner | None) -> KeyQueryMetadata:
        """The instance that has a key's task, and those with a standby copy of it."""
        if partitioner is not None:
            check_partitioner(partitioner, "partitioner", error=ConfigError)
        self._check_known(store)
        found = self.instances()
        if store in self._application.topology.global_stores:
            here = next((each for each in found if each.is_local), None) or found[0]
            return KeyQueryMetadata(-1, here, tuple(each for each in found if each is not here))
        partition = self.partition_of_key(store, key, serde=serde, partitioner=partitioner)
        task = str(TaskId(self._subtopology(store), partition))
        active = next((each for each in found if task in each.tasks), None)
        if active is None:
            raise StoreNotAvailableError(f"no instance has task {task} just now: ask again")
        return KeyQueryMetadata(partition, active, tuple(each for each in found if task in each.standby_tasks))

    def partition_of_key(
        self, store: str, key: Any, *, serde: Any = None, partitioner: StreamPartitioner | None = None
    ) -> int:
        """The partition of a store that has a key, without asking the group; -1 of a global store."""
        self._check_known(store)
        if store in self._application.topology.global_stores:
            return -1
        return self._partition(store, key, self.partitions(store), serde, partitioner)

    def partitions(self, store: str) -> int:
        """How many partitions a store has on all instances together."""
        self._check_known(store)
        if store in self._application.topology.global_stores:
            return 1
        return max(self._application.placement.inputs[self._subtopology(store)].values())

    def _subtopology(self, store: str) -> int:
        return next(number for number, each in self._application.subtopologies.items() if store in each.stores)

    def _partition(self, store: str, key: Any, count: int, serde: Any, partitioner: StreamPartitioner | None) -> int:
        if partitioner is not None:
            chosen = placing(partitioner)(store, key, None, NO_HEADERS, count)
            if isinstance(chosen, int):
                return chosen
            if chosen is not None:
                raise TopologyError(
                    f"the partitioner gave {repr_of(chosen, 80)} for key {repr_of(key, 80)} instead of one partition"
                )
        config = self._application.config
        own = self._application.topology.stores[store].key if serde is None else serde_for(serde)
        default_key, default_value = config.default_key_serde, config.default_value_serde
        writer = default_key if own is None else own.with_defaults(default_key, default_value)
        if writer is None:
            raise TopologyError(f"store {store!r} has no serde for its keys: give one with serde=")
        topic = f"{config.application_id}-{store}-changelog"
        return partition_for_key(writer.serializer(topic, is_key=True)(key), count)

    def _of(self, found: list[Member]) -> tuple[StreamsMetadata, ...]:
        application = self._application
        owned = owned_tasks(found, application.placement)
        servers = {member.instance: member.server for member in found}
        stateful = [task for tasks in owned.values() for task in tasks if self._stores(task)]
        replicas = application.config.num_standby_replicas
        instances = []
        for instance, tasks in sorted(owned.items()):
            standbys = standbys_of(instance, owned, stateful, replicas) if replicas else set()
            instances.append(
                StreamsMetadata(
                    client_id=instance,
                    server=servers[instance],
                    is_local=instance == application.client_id,
                    tasks=frozenset(map(str, tasks)),
                    stores=frozenset(store for task in tasks for store in self._stores(task)),
                    standby_tasks=frozenset(map(str, standbys)),
                    standby_stores=frozenset(store for task in standbys for store in self._stores(task)),
                )
            )
        return tuple(instances)

    def _of_streams_group(self, group: StreamsGroup) -> tuple[StreamsMetadata, ...]:
        """The broker itself knows who has which tasks and copies."""
        try:
            found = group.instances()
        except StreamsError as error:
            raise StoreNotAvailableError(f"the group cannot be asked just now: ask again ({error})") from error
        return tuple(
            StreamsMetadata(
                client_id=each.name,
                server=each.server,
                is_local=each.name == self._application.client_id,
                tasks=frozenset(map(str, each.active)),
                stores=frozenset(store for task in each.active for store in self._stores(task)),
                standby_tasks=frozenset(map(str, each.standby)),
                standby_stores=frozenset(store for task in each.standby for store in self._stores(task)),
            )
            for each in found
        )

    def _stores(self, task: TaskId) -> tuple[str, ...]:
        return tuple(self._application.subtopologies[task.subtopology].stores)

    def _check_known(self, store: str) -> None:
        topology = self._application.topology
        if store not in topology.stores and store not in topology.global_stores:
            known = ", ".join([*topology.stores, *topology.global_stores]) or "none"
            raise UnknownStoreError(f"there is no store {store!r}; there are: {known}")
