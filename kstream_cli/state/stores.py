"""Stores: how user code and the DSL say which state store they want (Java: Stores)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from kstream_cli.duration import Duration, milliseconds
from kstream_cli.errors import TopologyError
from kstream_cli.serde.types import serde_for
from kstream_cli.state.builders import (
    KeyValueStoreBuilder,
    SessionStoreBuilder,
    VersionedStoreBuilder,
    WindowStoreBuilder,
)

Logging: TypeAlias = bool | Mapping[str, str]
"""Whether changes go to a changelog topic; a mapping sets that topic's configuration."""


class Stores:
    """Makes store builders (Java: Stores).

    `key` and `value` are serdes or Python types; None is the configured default serde.

    A `persistent` store is kept in RocksDB, another one in memory. `logging` is False, True, or settings of the
    changelog topic. With `caching`, only the last of several updates of a row goes to the changelog at each commit.
    Durations are in ms or a timedelta. A name that is empty raises TopologyError.

    Example:
        >>> builder = builder.add_state_store(Stores.key_value("last", key=str, value=int))
        >>> changes = orders.process(lambda record, context: None, stores="last")
    """

    @staticmethod
    def key_value(
        name: str,
        *,
        key: Any = None,
        value: Any = None,
        persistent: bool = True,
        timestamped: bool = False,
        headers: bool = False,
        logging: Logging = True,
        caching: bool = False,
    ) -> KeyValueStoreBuilder[Any, Any]:
        """A key-value store; a timestamped one holds (value, timestamp in ms) pairs.

        With `headers` its values are ValueTimestampHeaders: such pairs, with headers (KIP-1271).
        """
        return KeyValueStoreBuilder(
            timestamped=timestamped or headers,
            headers=headers,
            caching=caching,
            **_common(name, key, value, persistent, logging),
        )

    @staticmethod
    def lru_map(
        name: str,
        max_entries: int,
        *,
        key: Any = None,
        value: Any = None,
        timestamped: bool = False,
        logging: Logging = True,
    ) -> KeyValueStoreBuilder[Any, Any]:
        """A key-value map in memory, which drops its least recently used entry when it has more than `max_entries`."""
        if max_entries < 1:
            raise TopologyError(f"store {name!r}: max_entries must be above 0, not {max_entries}")
        return KeyValueStoreBuilder(
            timestamped=timestamped, max_entries=max_entries, **_common(name, key, value, False, logging)
        )

    @staticmethod
    def window(
        name: str,
        *,
        retention: Duration,
        window_size: Duration,
        key: Any = None,
        value: Any = None,
        retain_duplicates: bool = False,
        persistent: bool = True,
        timestamped: bool = False,
        headers: bool = False,
        logging: Logging = True,
        caching: bool = False,
    ) -> WindowStoreBuilder[Any, Any]:
        """A window store, which keeps rows for `retention`.

        `retain_duplicates` keeps all values of a key and window start.

        A timestamped one holds (value, timestamp in ms) pairs, one with `headers` ValueTimestampHeaders (KIP-1271).
        """
        return WindowStoreBuilder(
            retention_ms=milliseconds(retention),
            window_size_ms=milliseconds(window_size),
            retain_duplicates=retain_duplicates,
            timestamped=timestamped or headers,
            headers=headers,
            caching=caching,
            **_common(name, key, value, persistent, logging),
        )

    @staticmethod
    def session(
        name: str,
        *,
        retention: Duration,
        key: Any = None,
        value: Any = None,
        persistent: bool = True,
        headers: bool = False,
        logging: Logging = True,
        caching: bool = False,
    ) -> SessionStoreBuilder[Any, Any]:
        """A session store, which keeps rows for `retention`; with `headers`, AggregationWithHeaders (KIP-1271)."""
        return SessionStoreBuilder(
            retention_ms=milliseconds(retention),
            headers=headers,
            caching=caching,
            **_common(name, key, value, persistent, logging),
        )

    @staticmethod
    def versioned(
        name: str,
        *,
        history_retention: Duration,
        segment_interval: Duration | None = None,
        key: Any = None,
        value: Any = None,
        persistent: bool = True,
        logging: Logging = True,
    ) -> VersionedStoreBuilder[Any, Any]:
        """A versioned key-value store, which can be asked for any time up to `history_retention` ago (KIP-889)."""
        return VersionedStoreBuilder(
            history_retention_ms=milliseconds(history_retention),
            segment_interval_ms=None if segment_interval is None else milliseconds(segment_interval),
            **_common(name, key, value, persistent, logging),
        )


def _common(name: str, key: Any, value: Any, persistent: bool, logging: Logging) -> dict[str, Any]:
    if not isinstance(name, str) or not name:
        raise TopologyError(f"a store's name must be a non-empty text, not {name!r}")
    return {
        "name": name,
        "key": None if key is None else serde_for(key),
        "value": None if value is None else serde_for(value),
        "persistent": persistent,
        "logging": logging is not False,
        "changelog_config": dict(logging) if isinstance(logging, Mapping) else {},
    }
