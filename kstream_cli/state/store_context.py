"""What a store is given when its task opens it: where it is kept, where changes go, and the record at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kstream_cli.config import Config
from kstream_cli.record import Headers, RawRecord
from kstream_cli.state.thread_cache import ThreadCache

if TYPE_CHECKING:
    from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes

ChangelogAppend: TypeAlias = Callable[[bytes, bytes | None, int | None, Headers], None]
"""Sends (key, value or None for a tombstone, timestamp, headers) to the store's changelog partition.

Timestamp None leaves it to the producer's own clock, as the buffers of suppress and of joins with grace do.
"""


class StoreContext(Protocol):
    """What a store is given when its task opens it."""

    config: Config
    task: str
    """The task's id, for messages."""
    directory: Path
    """The state directory of the task. The first persistent store that is opened creates it."""
    current: RawRecord | None
    """The record being processed. A cached update remembers it, and puts it back while the update is flushed."""
    keeps_records: bool
    """Whether it does, for somebody may ask for it then."""
    timestamp: int
    """Timestamp (ms) of the record being processed, as the node that writes to the store sees it (punctuation: its
    time). Changelog records of plain values and of tombstones carry it."""
    headers: Headers
    """Headers of the record being processed, kept with a cached update."""
    uncommitted: UncommittedBytes
    """What the stores of the thread have written since the last commit."""
    has_one_topic_size: bool
    """Whether the names of all topics that records come from have the same length, which counts in a record cache."""
    cache: ThreadCache
    """The room that the caches of this thread share; none switches caching off for every store."""

    def request_commit(self) -> None:
        """Ask for a commit soon: the store's write buffer is full."""

    def now(self) -> int:
        """Wall-clock time in ms, as the task sees it."""

    def changelog_topic(self, store: str) -> str: ...

    def changelog(self, store: str) -> ChangelogAppend | None:
        """Where the store's changes go; None when it keeps no changelog."""

    def dropped(self, reason: str) -> None:
        """Count (and log) one dropped record, e.g. a write past a window store's retention."""
