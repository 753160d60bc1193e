"""Between a store's keys and values, their bytes, and cells: the form in which rows are held in memory."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from kstream_cli.errors import TopologyError
from kstream_cli.record import Headers
from kstream_cli.serde.batches import batch_reader
from kstream_cli.serde.serde import Serde, reader_of
from kstream_cli.state.store_context import StoreContext
from kstream_cli.state.store_errors import named_batch_reader, named_reader, named_writer, unreadable
from kstream_cli.state.stored_headers import (
    AggregationWithHeaders,
    ValueTimestampHeaders,
    headers_of,
    pack_headers,
    pack_prefix,
    row_reader,
    shown,
    stamped,
    unpack_headers,
    unstamped,
)

T = TypeVar("T")

TIMESTAMP = struct.Struct(">q")
"""What stands before the value in a timestamped store on disk."""

ChangelogRecords: TypeAlias = Iterable[tuple[bytes, bytes | None, int]]
"""(key, value, timestamp) of each."""
RowsOnDisk: TypeAlias = tuple[list[bytes], list[bytes | None]]
"""Keys, and as many values as bytes on disk."""


class Columns(ABC):
    """Changelog records that can say themselves what they are on disk."""

    @abstractmethod
    def columns(self, timestamped: bool, /) -> RowsOnDisk: ...

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[bytes, bytes | None, int]]: ...


@dataclass(frozen=True, slots=True)
class KeyFormat:
    """How a store's keys become bytes; `exact` tells that keys that are equal have the same bytes."""

    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]
    read_all: Callable[[list[bytes]], list[Any]]
    exact: bool


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How a store's values become cells, and cells bytes.

    A value nobody can change in place is its own cell. Any other is held as bytes, so that a caller that changes what
    it put, or what it got, does not change the store. In a timestamped store a cell is a pair with the timestamp.
    """

    hold: Callable[[Any], Any] | None
    """Value to cell; None where the value is its own cell."""
    give: Callable[[Any], Any] | None
    """Cell to value; None where the cell is the value."""
    plain: Callable[[Any], Any]
    """Cell to value, without its timestamp."""
    encode: Callable[[Any], bytes]
    """Cell to bytes on disk: a timestamp stands before the value, in 8 bytes."""
    decode: Callable[[bytes], Any]
    decode_all: Callable[[list[bytes]], list[Any]]
    """The same for many rows at once, without a call of Python for each."""
    log: Callable[[Any], bytes]
    """Cell to bytes on the changelog, where the timestamp is the record's. What it raises names the store."""
    write: Callable[[Any], bytes]
    """Value without its timestamp to bytes: the serde's own function."""
    restored: Callable[[ChangelogRecords], RowsOnDisk]
    """Changelog records to rows on disk: all at once, so that none costs a call."""
    measure: Callable[[Any], int]
    """What of a cell is the value, without its timestamp, to its number of bytes. What it raises names the store."""
    fixed_size: int | None
    """That number, where it is the same for all values, and has to be looked for in none."""
    timestamped: bool
    shared: bool
    prefix: Callable[[Any], bytes] | None = None
    """Cell to what stands on disk before the value's bytes, where that is more than a timestamp: headers."""
    headers: Callable[[Any], Headers] | None = None
    """Cell to its headers, where rows keep headers."""


def key_format(store: str, serde: Serde[Any] | None, context: StoreContext) -> KeyFormat:
    """The key's format; raises TopologyError when there is no serde."""
    chosen = _chosen(store, serde, context, option="key")
    topic = context.changelog_topic(store)
    read = reader_of(chosen, topic, is_key=True)
    return KeyFormat(chosen.serializer(topic, is_key=True), read, batch_reader(read), chosen.exact)


def value_format(store: str, serde: Serde[Any] | None, context: StoreContext, *, timestamped: bool) -> ValueFormat:
    """The value's format; raises TopologyError when there is no serde."""
    chosen = _chosen(store, serde, context, option="value")
    topic = context.changelog_topic(store)
    write, read = chosen.serializer(topic), reader_of(chosen, topic)
    named = named_writer(store, write)
    if not chosen.immutable:
        return _timestamped_copied(store, read, named) if timestamped else _copied(named_reader(store, read), named)
    plain = _shared(store, read, write, named, chosen.fixed_size)
    return _timestamped_shared(plain) if timestamped else plain


def headers_format(store: str, serde: Serde[Any] | None, context: StoreContext) -> ValueFormat:
    """The format of values with a timestamp and headers; raises TopologyError when there is no serde.

    What is put without headers, a plain pair, stays one in memory: it costs no more than in a timestamped store.
    """
    chosen = _chosen(store, serde, context, option="value")
    topic = context.changelog_topic(store)
    write, read = chosen.serializer(topic), reader_of(chosen, topic)
    named, shared = named_writer(store, write), chosen.immutable
    encoded, readable = write if shared else _same, named_reader(store, read)

    def hold(row: tuple[Any, int]) -> tuple[bytes, int]:
        return ValueTimestampHeaders(named(row[0]), row[1], headers_of(row))

    def give(cell: tuple[bytes, int]) -> tuple[Any, int]:
        return ValueTimestampHeaders(readable(cell[0]), cell[1], headers_of(cell))

    def prefix(cell: tuple[Any, int]) -> bytes:
        return pack_prefix(cell[1], headers_of(cell))

    decode = row_reader(readable if shared else _same)
    return ValueFormat(
        hold=None if shared else hold,
        give=shown if shared else give,
        plain=_first if shared else lambda cell: readable(cell[0]),
        encode=lambda cell: prefix(cell) + encoded(cell[0]),
        decode=decode,
        decode_all=lambda data: list(map(decode, data)),
        log=(lambda cell: named(cell[0])) if shared else _first,
        write=write,
        restored=stamped,
        measure=lambda value: len(named(value)),
        fixed_size=None,
        timestamped=True,
        shared=shared,
        prefix=prefix,
        headers=headers_of,
    )


def session_headers_format(store: str, serde: Serde[Any] | None, context: StoreContext) -> ValueFormat:
    """The format of aggregates with headers, which are put and given as AggregationWithHeaders."""
    chosen = _chosen(store, serde, context, option="value")
    topic = context.changelog_topic(store)
    named, read = named_writer(store, chosen.serializer(topic)), named_reader(store, reader_of(chosen, topic))

    def decode(data: bytes) -> AggregationWithHeaders[bytes]:
        headers, at = unpack_headers(data)
        return AggregationWithHeaders(data[at:], headers)

    def prefix(cell: AggregationWithHeaders[bytes]) -> bytes:
        return pack_headers(cell.headers)

    return ValueFormat(
        hold=lambda row: AggregationWithHeaders(named(row.aggregation), tuple(row.headers)),
        give=lambda cell: AggregationWithHeaders(read(cell.aggregation), cell.headers),
        plain=lambda cell: read(cell.aggregation),
        encode=lambda cell: prefix(cell) + cell.aggregation,
        decode=decode,
        decode_all=lambda data: list(map(decode, data)),
        log=lambda cell: cell.aggregation,
        write=named,
        restored=unstamped,
        measure=len,
        fixed_size=None,
        timestamped=False,
        shared=False,
        prefix=prefix,
        headers=headers_of,
    )


def _shared(
    store: str,
    read: Callable[[bytes], Any],
    write: Callable[[Any], bytes],
    named: Callable[[Any], bytes],
    fixed_size: int | None,
) -> ValueFormat:
    return ValueFormat(
        hold=None,
        give=None,
        plain=_same,
        encode=write,
        decode=named_reader(store, read),
        decode_all=named_batch_reader(store, read),
        log=named,
        write=write,
        restored=as_logged,
        measure=_measure_text(named) if write is str.encode else lambda value: len(named(value)),
        fixed_size=fixed_size,
        timestamped=False,
        shared=True,
    )


def _copied(read: Callable[[bytes], Any], named: Callable[[Any], bytes]) -> ValueFormat:
    return ValueFormat(
        hold=named,
        give=read,
        plain=read,
        encode=_same,
        decode=_same,
        decode_all=_same,
        log=_same,
        write=named,
        restored=as_logged,
        measure=len,
        fixed_size=None,
        timestamped=False,
        shared=False,
    )


def _measure_text(named: Callable[[Any], bytes]) -> Callable[[Any], int]:
    """The size of most text is known without encoding it."""
    is_ascii = str.isascii

    def measure(value: Any) -> int:
        return len(value) if type(value) is str and is_ascii(value) else len(named(value))

    return measure


def _timestamped_shared(values: ValueFormat) -> ValueFormat:
    pack, unpack_from = TIMESTAMP.pack, TIMESTAMP.unpack_from
    one, many, write, named = values.decode, values.decode_all, values.write, values.log

    def encode(cell: tuple[Any, int]) -> bytes:
        value, timestamp = cell
        return pack(timestamp) + write(value)

    def decode(data: bytes) -> tuple[Any, int]:
        return one(data[8:]), unpack_from(data)[0]

    def decode_all(data: list[bytes]) -> list[tuple[Any, int]]:
        return list(zip(many([row[8:] for row in data]), _timestamps(data), strict=True))

    def log(cell: tuple[Any, int]) -> bytes:
        return named(cell[0])

    return replace(
        values,
        plain=_first,
        encode=encode,
        decode=decode,
        decode_all=decode_all,
        log=log,
        restored=_timestamped,
        timestamped=True,
    )


def _timestamped_copied(store: str, read: Callable[[bytes], Any], write: Callable[[Any], bytes]) -> ValueFormat:
    pack, unpack_from = TIMESTAMP.pack, TIMESTAMP.unpack_from

    def hold(value: tuple[Any, int]) -> tuple[bytes, int]:
        return write(value[0]), value[1]

    def give(cell: tuple[bytes, int]) -> tuple[Any, int]:
        try:
            return read(cell[0]), cell[1]
        except Exception as error:
            raise unreadable(store, error) from error

    def plain(cell: tuple[bytes, int]) -> Any:
        try:
            return read(cell[0])
        except Exception as error:
            raise unreadable(store, error) from error

    def encode(cell: tuple[bytes, int]) -> bytes:
        return pack(cell[1]) + cell[0]

    def decode(data: bytes) -> tuple[bytes, int]:
        return data[8:], unpack_from(data)[0]

    def decode_all(data: list[bytes]) -> list[tuple[bytes, int]]:
        return list(zip([row[8:] for row in data], _timestamps(data), strict=True))

    return replace(
        _copied(read, write),
        hold=hold,
        give=give,
        plain=plain,
        encode=encode,
        decode=decode,
        decode_all=decode_all,
        log=_first,
        restored=_timestamped,
        timestamped=True,
    )


def _timestamps(data: list[bytes]) -> Iterator[int]:
    return chain.from_iterable(map(TIMESTAMP.unpack_from, data))


def as_logged(records: ChangelogRecords) -> RowsOnDisk:
    """Values that are on disk what they are on the changelog."""
    if isinstance(records, Columns):
        return records.columns(False)
    # One loop, and no list of the records: it took one and a half times as long.
    keys: list[bytes] = []
    data: list[bytes | None] = []
    add_key, add = keys.append, data.append
    for key, value, _ in records:
        add_key(key)
        add(value)
    return keys, data


def _timestamped(records: ChangelogRecords) -> RowsOnDisk:
    if isinstance(records, Columns):
        return records.columns(True)
    keys: list[bytes] = []
    data: list[bytes | None] = []
    add_key, add, pack = keys.append, data.append, TIMESTAMP.pack
    for key, value, timestamp in records:
        add_key(key)
        add(None if value is None else pack(timestamp) + value)
    return keys, data


def _chosen(store: str, serde: Serde[Any] | None, context: StoreContext, *, option: str) -> Serde[Any]:
    config = context.config
    key, value = config.default_key_serde, config.default_value_serde
    if serde is not None:
        return serde.with_defaults(key, value)
    default: Serde[Any] | None = key if option == "key" else value
    if default is None:
        raise TopologyError(
            f"store {store!r} has no {option} serde: pass {option}= where the store is made "
            f"(Materialized or Stores), or set default.{option}.serde in the configuration"
        )
    return default


def _same(value: T) -> T:
    return value


def _first(cell: tuple[Any, int]) -> Any:
    return cell[0]
