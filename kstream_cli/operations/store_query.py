"""What a store held, from the records of its changelog: rows that are asked for, as they were at the end of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from kstream_cli.operations.latest_rows import LatestRow, LatestRows
from kstream_cli.operations.store_layout import StoreKind, StoreLayout
from kstream_cli.operations.topic_types import TopicType
from kstream_cli.serde.windowed import LONG_MAX


@dataclass(frozen=True, slots=True)
class RowSelection:
    """Which rows of a store are asked for. Keys are bytes and are compared as such, as stores do; ends are included.

    Times are milliseconds: windows by their start, sessions that overlap, versions that held in between, other rows
    by their timestamp.
    """

    key: bytes | None = None
    first_key: bytes | None = None
    last_key: bytes | None = None
    prefix: bytes = b""
    first_time: int | None = None
    last_time: int | None = None

    @property
    def has_times(self) -> bool:
        return self.first_time is not None or self.last_time is not None

    def has_key(self, key: bytes) -> bool:
        if self.key is not None:
            return key == self.key
        if self.first_key is not None and key < self.first_key:
            return False
        if self.last_key is not None and key > self.last_key:
            return False
        return key.startswith(self.prefix)

    def has_time(self, first: int, last: int) -> bool:
        """Whether the span from `first` to `last` overlaps the times that are asked for."""
        return (self.last_time is None or first <= self.last_time) and (
            self.first_time is None or last >= self.first_time
        )


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of a store, or a change of one, with its key and value as objects."""

    key: Any
    """A `Windowed` for windows and sessions."""
    value: Any
    """None: the change deleted the row."""
    timestamp: int | None
    """None: the store keeps none."""
    partition: int
    """-1 of a global store that an instance has."""
    offset: int | None
    """Of the changelog record that wrote it; None where an instance was asked."""
    valid_to: int | None = None
    """Of a version: until when (ms) it held; None is until now."""


class StoreQuery:
    """Asks a changelog, record by record, for the rows of a store.

    Args:
        type: The changelog and how its records are read.
        layout: Where key and times are in its rows.
        selection: Which rows are asked for.
    """

    def __init__(self, type: TopicType, layout: StoreLayout, selection: RowSelection) -> None:
        self._type = type
        self._layout = layout
        self._selection = selection
        self._newest: dict[int, int] = {}
        """Partition -> the newest time of its rows, by which old rows are past the retention."""

    def rows(self, records: Iterable[Any]) -> Iterator[StoredRow]:
        """What the store holds once all records are applied; in the order of the keys' bytes."""
        is_versioned = self._layout.kind is StoreKind.versioned
        with LatestRows(versions=is_versioned) as latest:
            for record in records:
                row = record.key()
                if row is None:
                    continue  # A store never writes one; a source topic that serves as changelog may have some.
                timestamp = record.timestamp()[1]
                first, last = self._layout.times(row, timestamp)
                self._observe(record.partition(), last)
                if self._is_asked_for(row, first, last, times=not is_versioned):
                    latest.put(LatestRow(row, record.partition(), record.value(), timestamp, record.offset()))
            yield from self._versions(latest) if is_versioned else self._kept(latest)

    def changes(self, records: Iterable[Any]) -> Iterator[StoredRow]:
        """Each change of a row that is asked for, in the order of the changelog."""
        for record in records:
            row = record.key()
            if row is None:
                continue
            timestamp = record.timestamp()[1]
            if self._is_asked_for(row, *self._layout.times(row, timestamp), times=True):
                yield self._read(LatestRow(row, record.partition(), record.value(), timestamp, record.offset()))

    def _is_asked_for(self, row: bytes, first: int, last: int, *, times: bool) -> bool:
        selection = self._selection
        return selection.has_key(self._layout.key(row)) and (not times or selection.has_time(first, last))

    def _observe(self, partition: int, time: int) -> None:
        if time > self._newest.get(partition, -1):
            self._newest[partition] = time

    def _kept(self, latest: LatestRows) -> Iterator[StoredRow]:
        for row in latest:
            _, last = self._layout.times(row.row, row.timestamp)
            if last >= self._visible_from(row.partition):
                yield self._read(row)

    def _versions(self, latest: LatestRows) -> Iterator[StoredRow]:
        """The newest version of each key; where times are asked for, all that held in between."""
        for (_, partition), group in groupby(latest, key=lambda row: (row.row, row.partition)):
            versions = list(group)
            ends = [*(version.timestamp for version in versions[1:]), None]
            found = list(zip(versions, ends, strict=True))
            if not self._selection.has_times:
                found = found[-1:]
            for version, end in found:
                held_until = LONG_MAX if end is None else end - 1
                if (
                    version.value is not None
                    and self._selection.has_time(version.timestamp, held_until)
                    and held_until >= self._visible_from(partition)
                ):
                    yield self._read(version, end)

    def _visible_from(self, partition: int) -> int:
        retention = self._layout.retention_ms
        return 0 if retention is None else max(self._newest.get(partition, -1) - retention + 1, 0)

    def _read(self, row: LatestRow, valid_to: int | None = None) -> StoredRow:
        key, value = self._type.decoded(row.row, row.value)
        return StoredRow(key, value, row.timestamp, row.partition, row.offset, valid_to)
