"""A store as its changelog keeps it: asked with nothing of the application running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource

from kstream_cli.config import Config
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import MissingTopicsError, StreamsError, UnknownStoreError
from kstream_cli.operations.changelog_rows import row_reader
from kstream_cli.operations.partition_offsets import ANSWER_SECONDS
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.store_layout import StoreKind, StoreLayout, builder_of, kind_seen
from kstream_cli.operations.store_query import RowSelection, StoredRow, StoreQuery
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.operations.topic_types import TopicType, TopicTypes
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.serde.serde import Serde
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.topology import Topology

Progress = Callable[[int, int], None]
"""Told of how many offsets are read, and of how many there are."""

_BEGINNING = StartPosition("beginning")
_TELL_EVERY = 1_000
_MOST_LOOKED_AT = 1_000


class ChangelogStore:
    """A store of an application, on the topic that keeps its changes.

    Args:
        topology: Says what the store is; None where only the application id and the serdes are known.
        config: Gives the application id and the cluster.
        name: The store.
        kind: What it is, where no topology says so; None is what its topic looks like.
        window_size_ms: Of a window store, where no topology says so.

    Raises:
        UnknownStoreError: The topology has no such store, or the store keeps no changelog.
        MissingTopicsError: The changelog is not on the cluster.
        BrokerUnavailableError: Nobody answers within ten seconds.
    """

    def __init__(
        self,
        topology: Topology | None,
        config: Config,
        name: str,
        *,
        key: Serde[Any] | None = None,
        value: Serde[Any] | None = None,
        kind: StoreKind | None = None,
        window_size_ms: int | None = None,
    ) -> None:
        self._config = config
        self.name = name
        types = TopicTypes(topology, config, key=key, value=value)
        if topology is None:
            self.topic = types.changelog(name)
            builder = builder_of(
                kind or self._kind_seen(),
                name,
                key or config.default_key_serde,
                value or config.default_value_serde,
                window_size_ms,
            )
            self.layout = StoreLayout.of(builder)
            self.type = TopicType(
                *(self.topic, "changelog", builder.key, builder.value, name),
                row_reader(builder, self.topic, builder.key, builder.value),
            )
            return
        builder, self.topic = _found(topology, types, name)
        self.layout = StoreLayout.of(builder)
        self.type = types.of(self.topic)

    def key_bytes(self, text: str) -> bytes:
        """A key that is given as text, as the store writes it. Raises SerializationError."""
        written, _ = self.type.encoded(text, None, is_text=True)
        return written or b""

    def rows(
        self, selection: RowSelection, *, at: StartPosition | None = None, progress: Progress | None = None
    ) -> Iterator[StoredRow]:
        """The rows that the store holds, or held before the record at `at` in each partition."""
        with self._log(_BEGINNING, at) as log:
            yield from StoreQuery(self.type, self.layout, selection).rows(_all(log, progress))

    def changes(
        self,
        selection: RowSelection,
        since: StartPosition,
        *,
        at: StartPosition | None = None,
        progress: Progress | None = None,
    ) -> Iterator[StoredRow]:
        """The changes from the record at `since` on."""
        with self._log(since, at) as log:
            yield from StoreQuery(self.type, self.layout, selection).changes(_all(log, progress))

    def _log(self, start: StartPosition, end: StartPosition | None = None) -> TopicLog:
        try:
            return TopicLog(self._config, [self.topic], start, end=end)
        except MissingTopicsError as error:
            raise MissingTopicsError(
                f"the cluster has no topic {self.topic!r}, the changelog of store {self.name!r}: the application "
                f"{self._config.application_id!r} has not run on this cluster yet, or has another application.id",
                topics=error.topics,
            ) from error

    def _kind_seen(self) -> StoreKind:
        """By the settings of the changelog, and the first of its records that has a value."""
        with self._log(_BEGINNING) as log:
            first = None
            for number, record in enumerate(log.records(until_end=True)):
                if record is not None and record.value() is not None:
                    first = record
                if first is not None or number > _MOST_LOOKED_AT:
                    break
        return kind_seen(_settings(self._config, self.topic), first)


def _found(topology: Topology, types: TopicTypes, name: str) -> tuple[StoreBuilder[Any, Any], str]:
    if name in topology.global_stores:
        filled = topology.global_stores[name]
        return filled.store, filled.source.topics[0]
    if name not in topology.stores:
        known = [*topology.stores, *topology.global_stores]
        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise UnknownStoreError(f"there is no store {name!r}: {hint}")
    builder = topology.stores[name]
    if not builder.logging and name not in topology.source_changelogs:
        raise UnknownStoreError(
            f"store {name!r} keeps no changelog (its logging is off): only a running instance knows what it holds"
        )
    return builder, types.changelog(name)


def _all(log: TopicLog, progress: Progress | None) -> Iterator[Any]:
    """The records of a log until its end."""
    spans = log.spans() if progress is not None else {}
    total, read = sum(last - first for first, last in spans.values()), 0
    reached = {key: first for key, (first, _) in spans.items()}
    for number, record in enumerate(log.records(until_end=True)):
        if progress is not None and record is not None:
            key = record.topic(), record.partition()
            read += record.offset() + 1 - reached[key]
            reached[key] = record.offset() + 1
            if number % _TELL_EVERY == 0:
                progress(min(read, total), total)
        if record is not None:
            yield record


def _settings(config: Config, topic: str) -> dict[str, str]:
    admin = supplier_for(config).admin(config.admin())
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    try:
        entries = admin.describe_configs([asked], request_timeout=ANSWER_SECONDS)[asked].result()
    except KafkaException as error:
        raise StreamsError(
            f"the settings of {topic} are not known: {error.args[0].str()}. Say what the store is with --kind"
        ) from error
    return {name: entry.value for name, entry in entries.items() if entry.value is not None}
