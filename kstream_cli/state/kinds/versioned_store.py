"""Versioned key-value stores (KIP-889): the history of each key's value, in memory and on disk.

The latest value of a key stands in a row of its own. Each earlier version, and a tombstone, has a row in the segment of
the time until which it held, so that what no query can reach any more goes segment by segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from struct import Struct
from typing import Any, NamedTuple, TypeVar

from kstream_cli.serde.windowed import LONG_MAX
from kstream_cli.state.builders import VersionedStoreBuilder
from kstream_cli.state.cache.record_cache import Table
from kstream_cli.state.kinds.key_schema import TIME
from kstream_cli.state.kinds.row_layout import HEAD
from kstream_cli.state.kinds.segments import SegmentedStore
from kstream_cli.state.kinds.table_store import TableStore
from kstream_cli.state.serialized import ValueFormat, value_format
from kstream_cli.state.store import LATEST, NOT_PUT, VersionedKeyValueStore, VersionedRecord
from kstream_cli.state.store_context import StoreContext

K = TypeVar("K")
V = TypeVar("V")

_LATEST_ROW = b"\xff" * HEAD
"""Above every segment, so that latest values never expire."""
_STILL = LONG_MAX
_TIMES = Struct(">qq")
_VALUE, _TOMBSTONE = b"\x01", b"\x00"
_EXPIRED = "the version is older than the history retention of its store"


class Version(NamedTuple):
    """A cell: a value as it is held (None: a tombstone), from when it holds, and until when."""

    value: Any
    start: int
    end: int


class VersionedTable(SegmentedStore, VersionedKeyValueStore[Any, Any]):
    """A versioned store over a segmented table; row keys end in the version's start."""

    _tail = TIME.size

    def __init__(self, builder: VersionedStoreBuilder[Any, Any]) -> None:
        super().__init__(builder, retention_ms=builder.history_retention_ms, time_first=False)
        self.history_retention_ms = builder.history_retention_ms
        self._interval = builder.segment_interval_ms or _segment_interval(builder.history_retention_ms)

    def put(self, key: Any, value: Any, timestamp: int) -> int:
        self._refuse()

    def get(self, key: Any, as_of: int | None = None) -> VersionedRecord[Any] | None:
        self._refuse()

    def latest(self) -> list[tuple[Any, VersionedRecord[Any]]]:
        """Each key that has a value, with its newest version; in the order of the keys' bytes."""
        self._require_open()
        rows = self._table.select(_LATEST_ROW, None, zip)
        keys = [self._keys.read(row[HEAD:]) for row, _ in rows]
        found = [(key, self.get(key)) for key in keys]
        return [(key, version) for key, version in found if version is not None]

    def delete(self, key: Any, timestamp: int) -> VersionedRecord[Any] | None:
        if timestamp < self._observed - self.retention_ms:
            self.put(key, None, timestamp)
            return None
        present = self.get(key, timestamp)
        self.put(key, None, timestamp)
        return present

    def restore(self, records: Iterable[Any]) -> None:
        self._require_open()
        read = None if self._values.hold is not None else self._user_values.decode
        for key, value, timestamp in records:
            if timestamp >= self._observed - self.retention_ms:
                self._put(key, value if value is None or read is None else read(value), timestamp)

    def _put(self, key: bytes, value: Any, start: int) -> int:
        """Add a version of a held value; returns until when it holds, or LATEST."""
        if start > self._observed:
            self._observe(start)
        latest_row = _LATEST_ROW + key
        latest: Version | None = self._table.get(latest_row)
        if latest is None:
            return self._put_after_tombstone(key, value, start)
        if start < latest.start:
            return self._put_before(key, value, start, [*self._versions(key), latest])
        if start > latest.start:
            self._place(key, latest._replace(end=start))
        self._put_latest(key, value, start)
        return LATEST

    def _put_after_tombstone(self, key: bytes, value: Any, start: int) -> int:
        """Add a version to a key that has no value now."""
        versions = self._versions(key)
        last = versions[-1] if versions else None
        if last is not None and start < last.start:
            return self._put_before(key, value, start, versions)
        if last is not None:
            self._remove(key, last)
            if start > last.start:
                self._place(key, last._replace(end=start))
        self._put_latest(key, value, start)
        return LATEST

    def _put_before(self, key: bytes, value: Any, start: int, versions: list[Version]) -> int:
        """Add a version older than the last of `versions`."""
        end = min(version.start for version in versions if version.start > start)
        for version in versions:
            if version.start <= start < version.end and version.end != _STILL:
                self._remove(key, version)
                if version.start < start:
                    self._place(key, version._replace(end=start))
        self._place(key, Version(value, start, end))
        return end

    def _put_latest(self, key: bytes, value: Any, start: int) -> None:
        version = Version(value, start, _STILL)
        if value is None:
            self._table.remove(_LATEST_ROW + key)
            self._place(key, version)
        else:
            self._table.put(_LATEST_ROW + key, version)

    def _place(self, key: bytes, version: Version) -> None:
        self._table.put(self._row(key, version), version)

    def _remove(self, key: bytes, version: Version) -> None:
        self._table.remove(self._row(key, version))

    def _row(self, key: bytes, version: Version) -> bytes:
        # A tombstone that still holds goes with its own time: what came before it is unreachable then.
        time = version.start if version.end == _STILL else version.end
        return self._prefixes[time // self._interval] + key + TIME.pack(version.start)

    def _versions(self, key: bytes) -> list[Version]:
        """All versions of the key but the latest value, in order."""
        first = max(self._observed - self.retention_ms, 0)
        versions: list[Version] = []
        for segment in self._segments(first, LONG_MAX):
            versions += self._in_segment(segment, key, LONG_MAX)
        return sorted(versions, key=lambda version: version.start)

    def _in_segment(self, segment: int, key: bytes, last: int) -> list[Version]:
        """Versions of the key in a segment that start at `last` at the latest, the newest first."""
        low = self._prefixes[segment] + key
        length = len(low) + TIME.size

        def present(rows: list[bytes], cells: list[Version]) -> list[Version]:
            return [cell for row, cell in zip(rows, cells, strict=True) if len(row) == length]

        return self._table.select(low + bytes(8), low + TIME.pack(last), present, reverse=True)

    def _at(self, key: bytes, as_of: int) -> Version | None:
        """The version before the latest value that held at that time; None when it was deleted then."""
        for segment in self._segments(as_of, LONG_MAX):
            for version in self._in_segment(segment, key, as_of):
                if version.end > as_of:
                    return version if version.value is not None else None
        return None

    def _value_format(self, context: StoreContext) -> ValueFormat:
        self._user_values = values = value_format(self.name, self._builder.value, context, timestamped=False)
        pack, unpack_from, encode, decode = _TIMES.pack, _TIMES.unpack_from, values.encode, values.decode

        def encode_version(version: Version) -> bytes:
            value, start, end = version
            return pack(start, end) + (_TOMBSTONE if value is None else _VALUE + encode(value))

        def decode_version(data: bytes) -> Version:
            start, end = unpack_from(data)
            return Version(decode(data[17:]) if data[16:17] == _VALUE else None, start, end)

        return replace(
            values,
            encode=encode_version,
            decode=decode_version,
            decode_all=lambda data: list(map(decode_version, data)),
        )

    def _open_table(self, context: StoreContext) -> Table:
        # Latest values are read most, whatever their time.
        return TableStore._open_table(self, context)

    def _bind(self) -> dict[str, Callable[..., Any]]:
        return {"put": self._bound_put(), "get": self._bound_get()}

    def _bound_put(self) -> Callable[[Any, Any, int], int]:
        write_key, null_key, values, put_version = self._keys.write, self._null_key, self._user_values, self._put
        hold, log_bytes, dropped = values.hold, values.log, self._context.dropped
        append = self._context.changelog(self.name) if self._builder.logging else None

        def put(key: Any, value: Any, timestamp: int) -> int:
            if key is None:
                raise null_key()
            key_bytes = write_key(key)
            cell = value if hold is None or value is None else hold(value)
            logged = None if cell is None else log_bytes(cell)
            if timestamp < self._observed - self.retention_ms:
                dropped(_EXPIRED)
                end = NOT_PUT
            else:
                end = put_version(key_bytes, cell, timestamp)
            if append is not None:
                append(key_bytes, logged, timestamp, ())
            return end

        return put

    def _bound_get(self) -> Callable[..., VersionedRecord[Any] | None]:
        write_key, give, null_key = self._keys.write, self._user_values.give, self._null_key
        latest_of, at = self._table.get, self._at

        def get(key: Any, as_of: int | None = None) -> VersionedRecord[Any] | None:
            if key is None:
                raise null_key()
            key_bytes = write_key(key)
            version = latest_of(_LATEST_ROW + key_bytes)
            if as_of is not None and (version is None or version.start > as_of):
                if as_of < self._observed - self.retention_ms:
                    return None
                version = at(key_bytes, as_of)
            if version is None:
                return None
            value, start, _ = version
            # As in Java, a read does not tell until when the version held.
            return VersionedRecord(value if give is None else give(value), start)

        return get


def _segment_interval(retention_ms: int) -> int:
    """How much time a segment spans: finer, relative to the retention, the longer the retention is."""
    seconds, minutes, hours = 1_000, 60_000, 3_600_000
    if retention_ms <= minutes:
        return max(retention_ms // 3, 2 * seconds)
    if retention_ms <= 5 * minutes:
        return max(retention_ms // 5, 20 * seconds)
    if retention_ms <= hours:
        return max(retention_ms // 12, minutes)
    return max(retention_ms // 24, 5 * minutes)
