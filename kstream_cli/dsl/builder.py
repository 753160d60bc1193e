"""StreamsBuilder: where a topology written in the DSL begins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from kstream_cli.clusters import in_cluster
from kstream_cli.config import Config
from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.build.optimizer import optimize
from kstream_cli.dsl.build.parts import source_table
from kstream_cli.dsl.build.writer import write
from kstream_cli.dsl.global_ktable import GlobalKTable
from kstream_cli.dsl.graph import GlobalStoreSource, Graph, GraphNode, StreamSource, TableRole, TableSource
from kstream_cli.dsl.kstream import KStream
from kstream_cli.dsl.ktable import KTable
from kstream_cli.dsl.operators.table_source import TableFromRecords
from kstream_cli.dsl.options import StoreOption, materialize
from kstream_cli.errors import TopologyError
from kstream_cli.logs import logger
from kstream_cli.processor.extractors import TimestampExtractor
from kstream_cli.processor.processor import ProcessorOperator, ProcessorSupplier
from kstream_cli.serde.types import SerdeLike, serde_for
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import ProcessorNode, SourceNode
from kstream_cli.topology.topology import Topology

log = logger(__name__)

MOST_NAMED = 5
"""Names of a kind that a warning lists; `kstream check` lists all."""
_REMEDY = "Name stores with store=, groupings, joins, suppressions and repartitions with name="

if TYPE_CHECKING:
    import typing_extensions

    # A source without a serde is one of anything, until the configured default decides.
    K = typing_extensions.TypeVar("K", default=Any)
    V = typing_extensions.TypeVar("V", default=Any)
else:
    K = TypeVar("K")
    V = TypeVar("V")


class StreamsBuilder:
    """Where a topology begins (Java: StreamsBuilder). `build` makes a Topology; `config` is the default for `build`.

    Sources and tables take a Python type or a Serde as `key=` and `value=`; without one, the configured default serde
    counts. `offset_reset` is "earliest", "latest", "none" or "by_duration:PT1H". A wrong argument raises TopologyError.

    Example:
        >>> builder = StreamsBuilder()
        >>> builder.stream("lines", key=str, value=str).map_values(str.upper).to("shouted")
        >>> print(builder.build().describe())
        Topologies:
        ...
    """

    def __init__(self, config: Mapping[str, Any] | Config | None = None) -> None:
        self._config = config
        self._graph = Graph()

    def stream(
        self,
        topics: str | Collection[str] | re.Pattern[str],
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        offset_reset: str | None = None,
        name: str | None = None,
        cluster: str | None = None,
    ) -> KStream[K, V]:
        """A stream of the records of a topic, of several, or of all topics that match a pattern (`re.compile(…)`).

        The topics are in the home cluster, or in `cluster`, which the configuration names:
        `clusters.east.bootstrap.servers`.
        """
        check_kind(topics, "stream", str, re.Pattern, Collection, remedy=": the topic to read, or several")
        source = self._graph.names.processor("KSTREAM-SOURCE-", name)
        pattern = topics if isinstance(topics, re.Pattern) else None
        named = () if isinstance(topics, re.Pattern) else (topics,) if isinstance(topics, str) else tuple(topics)
        node = SourceNode(
            source,
            tuple(in_cluster(topic, cluster) for topic in named),
            pattern=pattern,
            key=serde_for(key),
            value=serde_for(value),
            timestamp_extractor=timestamp_extractor,
            offset_reset=offset_reset,
            cluster=cluster,
        )
        if not node.topics and pattern is None:
            raise TopologyError(f"stream {source!r} is given no topics: name at least one")
        number = self._graph.add(StreamSource(name=source, nodes=(node,)))
        return KStream(self._graph, number, source, node.key, node.value)

    def table(
        self,
        topic: str,
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        offset_reset: str | None = None,
        name: str | None = None,
        store: StoreOption = None,
        cluster: str | None = None,
    ) -> KTable[K, V]:
        """A table of the last value of each key in a topic of the home cluster, or of `cluster`.

        A null value deletes the row.

        Its changelog is always in the home cluster.
        """
        names = self._graph.names
        kept = materialize(store, names, f"{topic}-", key=serde_for(key), value=serde_for(value))
        source = names.processor("KSTREAM-SOURCE-", name, suffix="-source")
        table = names.processor("KTABLE-SOURCE-", name)
        node = TableSource(
            name=table,
            nodes=(
                SourceNode(
                    source,
                    (in_cluster(topic, cluster),),
                    key=kept.key,
                    value=kept.value,
                    timestamp_extractor=timestamp_extractor,
                    offset_reset=offset_reset,
                    cluster=cluster,
                ),
                ProcessorNode(table, TableFromRecords(kept.store), (source,), stores=(kept.store,)),
            ),
            stores=(kept.key_value_store(),),
            table=TableRole.SOURCE,
            output_versioned=kept.versioned,
            topic=in_cluster(topic, cluster),
            store=kept.store,
        )
        return KTable.of(source_table(self._graph, node, kept))

    def global_table(
        self,
        topic: str,
        *,
        key: SerdeLike[K] | None = None,
        value: SerdeLike[V] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        name: str | None = None,
        store: StoreOption = None,
        cluster: str | None = None,
    ) -> GlobalKTable[K, V]:
        """A table that every instance keeps as a whole; it is filled before the streams start.

        `cluster` None is home.
        """
        names = self._graph.names
        kept = materialize(store, names, f"{topic}-", key=serde_for(key), value=serde_for(value), is_global=True)
        if kept.versioned:
            raise TopologyError(
                f"global table of topic {topic!r} cannot be versioned: give store {kept.store!r} no history"
            )
        source = names.processor("KSTREAM-SOURCE-", name, suffix="-source")
        table = names.processor("KTABLE-SOURCE-", name)
        operator = TableFromRecords(kept.store)
        self._graph.add(
            GlobalStoreSource(
                name=table,
                source=SourceNode(
                    source,
                    (in_cluster(topic, cluster),),
                    key=kept.key,
                    value=kept.value,
                    timestamp_extractor=timestamp_extractor,
                    cluster=cluster,
                ),
                processor=ProcessorNode(table, operator, (source,), stores=(kept.store,)),
                stores=(kept.key_value_store(),),
            )
        )
        return GlobalKTable(self._graph, kept.store, queryable=kept.named)

    def add_state_store(self, store_builder: StoreBuilder[Any, Any]) -> StreamsBuilder:
        """Add a store for processors, which name it in their `stores=`: `Stores.key_value("last", key=str)`."""
        check_kind(store_builder, "add_state_store", StoreBuilder, remedy=": Stores.key_value(…) and others make one")
        self._graph.add(GraphNode(name=store_builder.name, stores=(store_builder,)))
        return self

    def add_global_store(
        self,
        store_builder: StoreBuilder[Any, Any],
        topic: str,
        processor: ProcessorSupplier,
        *,
        key: SerdeLike[Any] | None = None,
        value: SerdeLike[Any] | None = None,
        timestamp_extractor: TimestampExtractor | None = None,
        name: str | None = None,
        cluster: str | None = None,
    ) -> StreamsBuilder:
        """Add a store that every instance fills from the whole topic with its own processor. `cluster` None is home."""
        names = self._graph.names
        source = names.processor("KSTREAM-SOURCE-", name, suffix="-source")
        updater = names.processor("KTABLE-SOURCE-", name)
        self._graph.add(
            GlobalStoreSource(
                name=updater,
                source=SourceNode(
                    source,
                    (in_cluster(topic, cluster),),
                    key=serde_for(key),
                    value=serde_for(value),
                    timestamp_extractor=timestamp_extractor,
                    cluster=cluster,
                ),
                processor=ProcessorNode(updater, ProcessorOperator(processor), (source,), stores=(store_builder.name,)),
                stores=(store_builder,),
                reprocess_on_restore=True,
            )
        )
        return self

    def build(self, config: Mapping[str, Any] | Config | None = None) -> Topology:
        """The topology. `topology.optimization` and the default type of stores are read from `config`."""
        settings = Config.from_mapping(self._config if config is None else config)
        topology = write(optimize(self._graph, settings.topology_optimization), settings)
        topology.positions |= self._graph.positions
        topology.given_serdes |= self._graph.given_serdes
        if unnamed := str(names := self._graph.names.unnamed):
            if settings.ensure_explicit_internal_resource_naming:
                raise TopologyError(
                    "ensure.explicit.internal.resource.naming is set, but these have generated names: "
                    f"{unnamed}. {_REMEDY}"
                )
            log.warning(
                "these have generated names: %s. When the topology changes, such a name can move to another operator, "
                "which would then read rows that are not its own. %s; ensure.explicit.internal.resource.naming=true "
                "refuses generated names",
                names.text(MOST_NAMED),
                _REMEDY,
            )
        return topology
