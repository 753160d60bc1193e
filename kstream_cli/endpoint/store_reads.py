"""Reads of stores: what a request asks for, as calls of the store, and the rows that come of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, TypeAlias

from kstream_cli.config import Config
from kstream_cli.endpoint.parameters import MOST_MS, MOST_PARTITION, Parameter, RequestError
from kstream_cli.endpoint.shapes import StoreInfo, StoreRow, Window
from kstream_cli.endpoint.values import jsonable
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.builders import (
    SessionStoreBuilder,
    SuppressBufferBuilder,
    TimeOrderedBufferBuilder,
    VersionedStoreBuilder,
    WindowStoreBuilder,
)
from kstream_cli.state.store import StoreBuilder, VersionedRecord
from kstream_cli.topology.topology import Topology

MOST_ROWS = 1000

Rows: TypeAlias = list[tuple[Any, Any]]
Read: TypeAlias = Callable[[Any], Rows]
"""From a store to pairs of a key, or a Windowed one, and what the store holds. Runs on the store's own thread."""

WHERE = (
    Parameter("partition", "number", "Only this partition.", most=MOST_PARTITION),
    Parameter("stale", "flag", "Also while tasks move, and from copies that are behind: see `lags`.", default=False),
    Parameter("committed", "flag", "The state as of a commit, made first where there is something to.", default=False),
    Parameter("limit", "number", "The most rows to give.", least=1, most=MOST_ROWS, default=100),
    Parameter("reverse", "flag", "In descending order.", default=False),
)
TIMES = (
    Parameter("time_from", "time", "Windows that start at this time or later; sessions that end then or later."),
    Parameter("time_to", "time", "Windows and sessions that start at this time or earlier."),
)
OF_KEY = (
    *WHERE,
    *TIMES,
    Parameter("as_of", "time", "Of a versioned store: the value that held at this time."),
    Parameter("route", "flag", "Ask the instance that has the key, where that is another one.", default=True),
)
OF_RANGE = (
    *WHERE,
    *TIMES,
    Parameter("from", "text", "The first key, in the order of the keys' bytes."),
    Parameter("to", "text", "The last key; it is included."),
    Parameter("prefix", "text", "Keys whose bytes begin like this. Not together with from and to."),
)

KINDS: tuple[tuple[type[Any], str], ...] = (
    (WindowStoreBuilder, "window"),
    (SessionStoreBuilder, "session"),
    (VersionedStoreBuilder, "versioned"),
    (SuppressBufferBuilder, "buffer"),
    (TimeOrderedBufferBuilder, "buffer"),
)


class ReadableStore:
    """A store of the topology, as a request sees it."""

    def __init__(self, name: str, topology: Topology, config: Config) -> None:
        self.is_global = name in topology.global_stores
        builder: StoreBuilder[Any, Any]
        builder = topology.global_stores[name].store if self.is_global else topology.stores[name]
        self.name = name
        self.kind = next((kind for made, kind in KINDS if isinstance(builder, made)), "key-value")
        self.topic = f"{config.application_id}-{name}-changelog"
        self.key = _filled(builder.key, config, is_key=True)
        self._value = _filled(builder.value, config, is_key=False)
        self._timestamped = bool(getattr(builder, "timestamped", False))
        self._window_size = getattr(builder, "window_size_ms", 0)

    def info(self, partitions: int | None, lags: Mapping[int, int | None]) -> StoreInfo:
        return StoreInfo(
            store=self.name,
            kind=self.kind,
            key=None if self.key is None else repr(self.key),
            value=None if self._value is None else repr(self._value),
            is_global=self.is_global,
            partitions=partitions,
            lags={str(partition): lag for partition, lag in sorted(lags.items())},
        )

    def of_key(self, key: Any, asked: Mapping[str, Any]) -> Read:
        """Reads a key: one row or none of a key-value or versioned store, else its windows or sessions."""
        self._check(asked)
        first, last = _times(asked)
        back, limit = _direction(asked)
        as_of = asked["as_of"]
        match self.kind:
            case "window":
                rows = f"{back}fetch_range"
                return lambda store: [
                    (Windowed(key, start, min(start + self._window_size, MOST_MS)), held)
                    for start, held in _first(getattr(store, rows)(key, first, last), limit)
                ]
            case "session":
                rows = f"{back}find_sessions"
                return lambda store: _first(getattr(store, rows)(key, first, last), limit)
            case "versioned":
                return lambda store: _one(key, store.get(key, as_of))
            case _:
                return lambda store: _one(key, store.get(key))

    def of_range(self, first_key: Any, last_key: Any, prefix: Any, asked: Mapping[str, Any]) -> Read:
        """Reads the keys from `first_key` to `last_key`, None leaving an end open, or those with a prefix."""
        self._check(asked)
        first, last = _times(asked)
        back, limit = _direction(asked)
        if prefix is not None:
            if self.kind != "key-value" or back:
                raise RequestError(400, "prefix is for key-value stores, in ascending order")
            return lambda store: _first(store.prefix_scan(prefix), limit)
        match self.kind:
            case "window":
                rows = f"{back}fetch_keys"
                return lambda store: _first(getattr(store, rows)(first_key, last_key, first, last), limit)
            case "session":
                rows = f"{back}find_sessions_of_keys"
                return lambda store: _first(getattr(store, rows)(first_key, last_key, first, last), limit)
            case "versioned":
                raise RequestError(400, f"{self.name} is a versioned store, which is read key by key")
            case _:
                rows = "reverse_range" if back else "range"
                return lambda store: _first(getattr(store, rows)(first_key, last_key), limit)

    def row(self, partition: int, key: Any, held: Any) -> StoreRow:
        """A row as the endpoint answers it."""
        window = timestamp = valid_to = None
        if isinstance(key, Windowed) and self.kind in ("window", "session"):
            key, window = key.key, Window(start=key.start, end=key.end)
        if isinstance(held, VersionedRecord):
            held, timestamp, valid_to = held.value, held.timestamp, held.valid_to
        elif self._timestamped:
            held, timestamp = held
        return StoreRow(
            partition=partition,
            key=jsonable(key),
            value=jsonable(held),
            timestamp=timestamp,
            valid_to=valid_to,
            window=window,
        )

    def _check(self, asked: Mapping[str, Any]) -> None:
        if self.kind == "buffer":
            raise RequestError(400, f"{self.name} is a buffer of records that wait, which cannot be read")
        windowed = self.kind in ("window", "session")
        if not windowed and (asked["time_from"] is not None or asked["time_to"] is not None):
            raise RequestError(400, f"{self.name} is a {self.kind} store: time_from and time_to are for windows")
        if self.kind != "versioned" and asked.get("as_of") is not None:
            raise RequestError(400, f"{self.name} is a {self.kind} store: as_of is for versioned ones")


def _one(key: Any, held: Any) -> Rows:
    return [] if held is None else [(key, held)]


def _first(rows: Any, limit: int) -> Rows:
    """One more than asked for, which tells that there are more."""
    with rows:
        return list(islice(rows, limit + 1))


def _times(asked: Mapping[str, Any]) -> tuple[int, int]:
    first, last = asked["time_from"], asked["time_to"]
    return 0 if first is None else first, MOST_MS if last is None else last


def _direction(asked: Mapping[str, Any]) -> tuple[str, int]:
    return "backward_" if asked["reverse"] else "", asked["limit"]


def _filled(serde: Serde[Any] | None, config: Config, *, is_key: bool) -> Serde[Any] | None:
    key, value = config.default_key_serde, config.default_value_serde
    return (key if is_key else value) if serde is None else serde.with_defaults(key, value)
