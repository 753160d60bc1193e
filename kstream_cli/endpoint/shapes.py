"""The shapes of what the endpoint answers; its OpenAPI description is made of these very types."""

from __future__ import annotations

from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer."""

    status: int
    error: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether all is well, and what is not. Without the token, where there is one, the reasons are left out."""

    ok: bool
    reasons: tuple[str, ...]


class WhyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing comes out of this instance, by what it knows of itself: a cause that is proved, or `not known`."""

    instance: str
    """The client id of the instance that answered."""
    cause: str
    sentence: str
    remedy: str


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A store of the topology, and the part of it that is here."""

    store: str
    kind: str
    """key-value, versioned, window, session, or buffer: rows that wait, which cannot be read."""
    key: str | None
    """The serde of its keys, where the store or the configuration names one."""
    value: str | None
    is_global: bool
    partitions: int | None
    """How many it has on all instances together; null before the instance knows."""
    lags: dict[str, int | None]
    """Local partition -> records behind its changelog; 0 for one that is up to date, null while not known."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A time span, in ms since 1970."""

    start: int
    end: int


class StoreRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of a store."""

    partition: int
    """-1 of a global store."""
    key: Any
    value: Any
    timestamp: int | None = None
    """In ms since 1970, where the store keeps it."""
    valid_to: int | None = None
    """Of a versioned store: until when (ms) the value holds; left out while it still does."""
    window: Window | None = None
    """Of window and session stores."""


class StoreRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a store, one local partition after the other."""

    store: str
    instance: str
    """The client id of the instance that answered."""
    rows: tuple[StoreRow, ...]
    more: bool
    """Whether there are more rows than `limit`."""
    lags: dict[str, int | None]
    """Partition that was read -> records behind its changelog; more than 0 only where `stale` was asked for."""
