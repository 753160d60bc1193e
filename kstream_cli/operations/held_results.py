"""Results that wait in a store for stream time: what suppress holds back, and windows that are not closed yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def held_results(topology: Topology, config: Config, sizes: dict[str, int]) -> tuple[HeldFacts, ...]:
    """What waits in the application's stores, by their changelogs.

    Args:
        sizes: Changelog topic -> how many offsets it holds.
    """
    found = []
    for node in topology.nodes.values():
        operator = node.operator if isinstance(node, ProcessorNode) else None
        if isinstance(operator, Suppress):
            rows = _rows(topology, config, operator.store, sizes)
            times = [row.value.waits_from + operator.wait_ms for row in rows if isinstance(row.value, BufferedChange)]
            found += _held(operator.store, times, "suppress")
        elif isinstance(operator, WindowAggregate) and operator.emit_on_close:
            rows = _rows(topology, config, operator.store, sizes)
            found += _held(operator.store, _open_windows(rows, operator.windows.grace_ms), "window")
    return tuple(found)


def _rows(topology: Topology, config: Config, store: str, sizes: dict[str, int]) -> list[StoredRow]:
    found = ChangelogStore(topology, config, store)
    if not 0 < sizes.get(found.topic, 0) <= MOST_OFFSETS:
        return []
    try:
        return list(found.rows(RowSelection()))
    except MissingTopicsError:
        return []


def _open_windows(rows: Iterable[StoredRow], grace_ms: int) -> Iterator[int]:
    """When windows close that are open still: their stream time is the newest timestamp among them, for each record
    that is in time for its window writes its own there."""
    windows = [row for row in rows if isinstance(row.key, Windowed) and row.key.end < LONG_MAX]
    stream_time: dict[int, int] = {}
    for row in windows:
        stream_time[row.partition] = max(stream_time.get(row.partition, -1), row.timestamp or -1)
    return (row.key.end + grace_ms for row in windows if row.key.end + grace_ms > stream_time[row.partition])


def _held(store: str, until: Iterable[int], by: Holder) -> list[HeldFacts]:
    times = list(until)
    return [HeldFacts(store, len(times), min(times), by)] if times else []
