"""What an application tells of itself and of its stores, to any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kstream_cli.callables import check_function
from kstream_cli.config import Config
from kstream_cli.errors import StoreNotAvailableError, StreamsError
from kstream_cli.processor.metrics import MetricName
from kstream_cli.processor.partitioners import StreamPartitioner
from kstream_cli.runtime.interactive_queries import ANSWER_SECONDS, InteractiveQueries, ReadOnlyView
from kstream_cli.runtime.metrics import InstanceMetrics
from kstream_cli.runtime.recent_errors import RecentError
from kstream_cli.runtime.streams_metadata import GroupMetadata, KeyQueryMetadata, StreamsMetadata
from kstream_cli.runtime.threads.global_thread import GlobalThread
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.standby_thread import StandbyThread
from kstream_cli.runtime.threads.stream_thread import StreamThread
from kstream_cli.runtime.uncaught_exceptions import UncaughtExceptions
from kstream_cli.state.store import StateStore
from kstream_cli.topology.topology import Topology

T = TypeVar("T")


class ObservableStreams:
    """The part of KafkaStreams that only reads."""

    config: Config
    topology: Topology
    _threads: list[StreamThread]
    _standby: StandbyThread | None
    _global: GlobalThread | None
    _metrics: InstanceMetrics
    _queries: InteractiveQueries
    _group: GroupMetadata | None
    _uncaught: UncaughtExceptions

    def progress(self) -> tuple[ThreadProgress, ...]:
        """What each thread and task was doing a moment ago (Java: metadataForLocalThreads); costs them nothing."""
        standby = () if self._standby is None or self._standby.is_idle else (self._standby.progress,)
        return (*(thread.progress for thread in list(self._threads)), *standby)

    def recent_errors(self) -> tuple[RecentError, ...]:
        """The last errors that ended a thread or the application, up to five, the oldest first."""
        return self._uncaught.recent.all()

    def metrics(self) -> dict[MetricName, Any]:
        """All metrics and their values now, under Kafka Streams' names and groups; see docs/reference/metrics.md."""
        return self._metrics.values()

    def store(
        self, name: str, *, partition: int | None = None, stale: bool = False, committed: bool | None = None
    ) -> ReadOnlyView:
        """A read-only view of the store's local partitions, for any thread (Java: interactive queries, KIP-67).

        The threads that own the partitions answer, with the newest write; with `committed`, as of a commit. If there is
        something to commit, it is committed first. The default of `committed` is that of
        `default.interactive.query.isolation.level`. With `stale` you may also read while the application rebalances,
        from stores that are being restored and from standby copies. Raises UnknownStoreError or StoreNotAvailableError,
        here or at a read.

        Example:
            >>> streams.store("counts").get("kafka")
            (3, 1767225600000)
        """
        if committed is None:
            committed = self.config.default_interactive_query_isolation_level == "READ_COMMITTED"
        return self._queries.view(self.topology, name, partition=partition, stale=stale, committed=committed)

    def query(
        self,
        store: str,
        read: Callable[[StateStore], T],
        *,
        partition: int | None = None,
        stale: bool = False,
        committed: bool = False,
        seconds: float = ANSWER_SECONDS,
    ) -> dict[int, T]:
        """What `read` returns for each local partition of a store (Java: KafkaStreams.query, KIP-796).

        `read` runs on the thread that owns the partition. It should be short, and must not keep the store or an
        iterator of it. A global store is the partition -1. `stale` and `committed` are as for `store`. Raises
        UnknownStoreError; StoreNotAvailableError, also without an answer within `seconds`; and StreamsError if `read`
        is an async function.

        Example:
            >>> streams.query("counts", lambda store: store.approximate_num_entries())
            {0: 12, 1: 9}
        """
        check_function(read, "query's read", "store", error=StreamsError)
        return self._queries.ask(
            self.topology, store, read, partition=partition, stale=stale, committed=committed, seconds=seconds
        )

    def all_local_store_partition_lags(self) -> dict[str, dict[int, int | None]]:
        """Store -> partition -> records that the local copy is behind its changelog; None: unknown (KIP-535)."""
        return self._queries.lags(self.topology)

    def query_metadata_for_key(
        self, store: str, key: Any, *, serde: Any = None, partitioner: StreamPartitioner | None = None
    ) -> KeyQueryMetadata:
        """Which instance has a key of a store, and which have a standby copy of it (KIP-535).

        `serde` writes the key (default: the store's). `partitioner` placed the records, if it was not the default one.
        Instances name their `application.server` if they have one. Raises StoreNotAvailableError while tasks move.
        """
        return self._members().of_key(store, key, serde=serde, partitioner=partitioner)

    def partition_for_key(self, store: str, key: Any) -> int:
        """The partition of a store that has a key, as the store's serde writes it; -1 of a global store.

        Unlike `query_metadata_for_key` it asks no broker. Raises StoreNotAvailableError before the application runs.
        """
        return self._members().partition_of_key(store, key)

    def partitions_of_store(self, store: str) -> int:
        """How many partitions a store has on all instances together; a global one has one.

        It asks no broker. Raises StoreNotAvailableError before the application runs.
        """
        return self._members().partitions(store)

    def streams_metadata_for_store(self, store: str) -> tuple[StreamsMetadata, ...]:
        """The instances that have a part of a store, or a standby copy of one."""
        return self._members().with_store(store)

    def metadata_for_all_streams_clients(self) -> tuple[StreamsMetadata, ...]:
        """All instances of the application, with their tasks and stores."""
        return self._members().instances()

    def _members(self) -> GroupMetadata:
        if self._group is None:
            raise StoreNotAvailableError("the application has not started: nothing is known of its group yet")
        return self._group
