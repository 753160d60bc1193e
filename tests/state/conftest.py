"""A stand-in for the task that opens stores: changelogs are lists, the clock stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kstream_cli.config import Config
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.thread_cache import ThreadCache


@dataclass
class FakeContext:
    """What a store is given when its task opens it."""

    directory: Path
    uncommitted: UncommittedBytes = field(default_factory=UncommittedBytes)
    cache: ThreadCache = field(default_factory=lambda: ThreadCache(0))
    config: Config = field(default_factory=lambda: Config.from_mapping({"application.id": "test"}))
    task: str = "0_0"
    current: Any = None
    keeps_records: bool = True
    has_one_topic_size: bool = True
    timestamp: int = 0
    headers: Any = ()
    logged: dict[str, list[Any]] = field(default_factory=dict)
    commits_requested: int = 0
    drops: list[str] = field(default_factory=list)

    def now(self) -> int:
        return 0

    def changelog_topic(self, store: str) -> str:
        return f"test-{store}-changelog"

    def changelog(self, store: str) -> Any:
        records = self.logged.setdefault(store, [])
        return lambda key, value, timestamp, headers: records.append((key, value, timestamp, tuple(headers)))

    def request_commit(self) -> None:
        self.commits_requested += 1

    def dropped(self, reason: str) -> None:
        self.drops.append(reason)


@pytest.fixture
def context(tmp_path: Path) -> FakeContext:
    return FakeContext(tmp_path / "0_0")
