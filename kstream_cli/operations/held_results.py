"""Results that wait in a store for stream time: what suppress holds back, and windows that are not closed yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kstream_cli.config import Config
from kstream_cli.dsl.operators.suppress import Suppress
from kstream_cli.dsl.operators.window_aggregate import WindowAggregate
from kstream_cli.errors import MissingTopicsError
from kstream_cli.operations.application_facts import HeldFacts, Holder
from kstream_cli.operations.changelog_rows import BufferedChange
from kstream_cli.operations.changelog_store import ChangelogStore
from kstream_cli.operations.store_query import RowSelection, StoredRow
from kstream_cli.serde.windowed import LONG_MAX, Windowed
from kstream_cli.topology.nodes import ProcessorNode
from kstream_cli.topology.topology import Topology

MOST_OFFSETS = 1_000_000
"""A longer changelog is not read for this: it would take minutes."""


def held_results(
    topology: Topology, config: Config, sizes: Mapping[str, int], closed: Mapping[tuple[str, int], int]
) -> tuple[HeldFacts, ...]:
    """What waits in the application's stores, by their changelogs.

    Args:
        sizes: Changelog topic -> how many offsets it holds.
        closed: (store, partition) -> the time up to which its windows were emitted, as it is committed.
    """
    found = []
    for node in topology.nodes.values():
        operator = node.operator if isinstance(node, ProcessorNode) else None
        if isinstance(operator, Suppress):
            rows = _rows(topology, config, operator.store, sizes)
            times = [row.value.waits_from + operator.wait_ms for row in rows if isinstance(row.value, BufferedChange)]
            found += _held(operator.store, times, "suppress", operator.emit_on_idle_ms)
        elif isinstance(operator, WindowAggregate) and operator.emit_on_close:
            rows = _rows(topology, config, operator.store, sizes)
            open_windows = _open_windows(operator.store, rows, operator.windows.grace_ms, closed)
            found += _held(operator.store, open_windows, "window", operator.emit_on_idle_ms)
    return tuple(found)


def _rows(topology: Topology, config: Config, store: str, sizes: Mapping[str, int]) -> list[StoredRow]:
    found = ChangelogStore(topology, config, store)
    if not 0 < sizes.get(found.topic, 0) <= MOST_OFFSETS:
        return []
    try:
        return list(found.rows(RowSelection()))
    except MissingTopicsError:
        return []


def _open_windows(
    store: str, rows: Iterable[StoredRow], grace_ms: int, closed: Mapping[tuple[str, int], int]
) -> Iterator[int]:
    """When windows close that are open still: their stream time is the newest timestamp among them, for each record
    that is in time for its window writes its own there. What was emitted, by the wall clock too, is not open."""
    windows = [row for row in rows if isinstance(row.key, Windowed) and row.key.end < LONG_MAX]
    stream_time: dict[int, int] = {}
    for row in windows:
        stream_time[row.partition] = max(stream_time.get(row.partition, -1), row.timestamp or -1)
    return (
        row.key.end + grace_ms
        for row in windows
        if row.key.end + grace_ms > stream_time[row.partition] and row.key.end > closed.get((store, row.partition), -1)
    )


def _held(store: str, until: Iterable[int], by: Holder, emit_on_idle_ms: int | None) -> list[HeldFacts]:
    times = list(until)
    return [HeldFacts(store, len(times), min(times), by, emit_on_idle_ms)] if times else []
