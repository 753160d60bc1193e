"""Store contents and query results in the form of the recordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kstream_cli import ValueTimestampHeaders


def query(store: Any, kind: str, args: list[Any]) -> Any:
    """The answer of a store to a recorded query."""
    return QUERIES[kind](store, *args)


def _pair(stored: Any) -> list[Any] | None:
    """A value of a store as [value, timestamp], with headers where it keeps them; without either, the value alone."""
    if stored is None:
        return None
    if isinstance(stored, ValueTimestampHeaders):
        return [*stored, [[name, value and value.hex()] for name, value in stored.headers]]
    return list(stored) if isinstance(stored, tuple) else [stored]


def _rows(iterator: Any, row: Callable[..., list[Any]]) -> list[list[Any]]:
    with iterator as pairs:
        return [row(*pair) for pair in pairs]


def _key_value(key: Any, stored: Any) -> list[Any]:
    return [key, *(_pair(stored) or [None])]


def _at_start(start: int, stored: Any) -> list[Any]:
    return [start, *(_pair(stored) or [None])]


def _window(windowed: Any, stored: Any) -> list[Any]:
    return [windowed.key, windowed.start, *(_pair(stored) or [None])]


def _session(windowed: Any, stored: Any) -> list[Any]:
    return [windowed.key, windowed.start, windowed.end, *(_pair(stored) or [None])]


def _version(record: Any) -> dict[str, Any] | None:
    # The stores of the recorded runs never told until when a version holds: it is not compared.
    return None if record is None else {"value": record.value, "ts": record.timestamp, "valid_to": None}


QUERIES: dict[str, Callable[..., Any]] = {
    "get": lambda store, key: _pair(store.get(key)),
    "all": lambda store: _rows(store.all(), _key_value),
    "reverse_all": lambda store: _rows(store.reverse_all(), _key_value),
    "range": lambda store, *ends: _rows(store.range(*ends), _key_value),
    "reverse_range": lambda store, *ends: _rows(store.reverse_range(*ends), _key_value),
    "prefix": lambda store, prefix: _rows(store.prefix_scan(prefix), _key_value),
    "window_get": lambda store, key, start: _pair(store.fetch(key, start)),
    "window_fetch": lambda store, *args: _rows(store.fetch_range(*args), _at_start),
    "window_backward_fetch": lambda store, *args: _rows(store.backward_fetch_range(*args), _at_start),
    "window_fetch_range": lambda store, *args: _rows(store.fetch_keys(*args), _window),
    "window_fetch_all": lambda store, *args: _rows(store.fetch_all(*args), _window),
    "window_all": lambda store: _rows(store.all(), _window),
    "window_backward_all": lambda store: _rows(store.backward_all(), _window),
    "session_fetch": lambda store, key: _rows(store.fetch(key), _session),
    "session_get": lambda store, *args: store.fetch_session(*args),
    "session_find": lambda store, *args: _rows(store.find_sessions(*args), _session),
    "versioned_get": lambda store, *args: _version(store.get(*args)),
}


def store_entries(store: Any, recorded: dict[str, Any]) -> list[Any] | None:
    """A store's content in the form of a recorded one; None where the recording holds no entries."""
    kind = recorded["type"].removesuffix("_headers")
    if kind == "suppress_buffer":
        return None
    if kind == "versioned_kv":  # Such a store gives no list of its keys.
        versions = {key: store.get(key) for key, *_ in recorded["entries"]}
        return [[key, version and version.value, version and version.timestamp] for key, version in versions.items()]
    if kind in ("window", "timestamped_window"):
        return sorted(_rows(store.all(), _window), key=lambda row: row[:2])
    if kind == "session":
        return sorted(_rows(store.fetch_keys(None, None), _session), key=lambda row: row[:3])
    # The lists of outer-join stores were recorded value by value.
    return [
        [key, *cells]
        for key, *cells in _rows(store.all(), _key_value)
        for _ in (cells[0] if isinstance(cells[0], list) else (None,))
    ]


def recorded_entries(stored: dict[str, Any], ours: list[Any] | None) -> list[Any] | None:
    """A recorded store's content, without what the recorder added for stores that keep neither time nor headers here.

    `ours` are the entries to be compared with it.
    """
    entries = stored["entries"]
    if entries is None or not stored["type"].endswith("_headers"):
        return entries
    if ours and isinstance(ours[0][-1], list):
        return entries
    return [row[:-2] if row[-2] == -1 else row[:-1] for row in entries]


def recorded_answers(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Recorded answers, without the headers of sessions, which have none and are given without them here."""
    return [
        {**each, "result": _sessions_alone(each["result"])} if each["kind"].startswith("session") else each
        for each in answers
    ]


def _sessions_alone(result: Any) -> Any:
    if isinstance(result, dict) and result.get("text", "").startswith("AggregationWithHeaders"):
        return re.findall(r"AggregationWithHeaders\{aggregation=(.*), headers=", result["text"])[0]
    return [row[:4] for row in result] if isinstance(result, list) else result


def is_comparable(entries: list[Any] | None) -> bool:
    """False for stores whose content the recorder could only write as Java's toString()."""
    return not any(isinstance(cell, dict) and "text" in cell for row in entries or () for cell in row)
