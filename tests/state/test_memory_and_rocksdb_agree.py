"""Random use of each kind of store, in memory and on disk, with commits and restarts in between: always one answer."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kstream_cli.config import Config
from kstream_cli.serde.windowed import Windowed
from kstream_cli.state.disk import known_rows, rocksdb, write_buffer
from kstream_cli.state.disk.uncommitted_bytes import UncommittedBytes
from kstream_cli.state.stores import Stores
from kstream_cli.state.thread_cache import ThreadCache

KEYS = st.sampled_from(["", "a", "aa", "ab", "abc", "b", "ba", "c", "é"])
VALUES = st.one_of(st.none(), st.integers(0, 5))
TIMES = st.one_of(st.integers(0, 30), st.integers(0, 400).map(lambda n: n * 1_000))
RETENTION = 100_000


class Context:
    """A task whose changelog is one list, from which the store in memory is brought back."""

    def __init__(self, directory: Path, cache_bytes: int) -> None:
        self.config = Config.from_mapping({"application.id": "test"})
        self.task = "0_0"
        self.directory = directory
        self.current: Any = None
        self.keeps_records = True
        self.timestamp = 0
        self.headers: Any = ()
        self.uncommitted = UncommittedBytes()
        self.cache = ThreadCache(cache_bytes)
        self.has_one_topic_size = True
        self.log: list[Any] = []

    def now(self) -> int:
        return 0

    def changelog_topic(self, store: str) -> str:
        return f"{store}-changelog"

    def changelog(self, store: str) -> Any:
        return lambda key, value, timestamp, headers: self.log.append((key, value, timestamp))

    def request_commit(self) -> None: ...

    def dropped(self, reason: str) -> None: ...


class Machine(RuleBasedStateMachine):
    """The same calls on both stores; a restart loses what was not committed, in both."""

    def make(self, *, persistent: bool) -> Any:
        raise NotImplementedError

    def rows(self, store: Any) -> Any:
        raise NotImplementedError

    @initialize(
        cached=st.booleans(), chunk=st.integers(1, 3), many=st.integers(0, 3), known=st.sampled_from([0, 10**6])
    )
    def start(self, cached: bool, chunk: int, many: int, known: int) -> None:
        # So few rows are read at once that every scan comes to the borders of chunks, and so few are many that what is
        # done for many is done; the disk's rows are known without it, or forgotten at once.
        self.sizes = ExitStack()
        self.sizes.enter_context(patch.multiple(rocksdb, _FIRST_CHUNK_ROWS=chunk, _CHUNK_ROWS=chunk))
        self.sizes.enter_context(patch.object(write_buffer, "_MANY_ROWS", many))
        self.sizes.enter_context(patch.object(known_rows, "_LIMIT_BYTES", known))
        self.directory = Path(tempfile.mkdtemp())
        size = 1_000_000 if cached else 0
        self.contexts = [Context(self.directory / "m", size), Context(self.directory / "r", size)]
        self.committed = 0
        self.open()

    def open(self) -> None:
        self.stores = [self.make(persistent=False), self.make(persistent=True)]
        for store, context in zip(self.stores, self.contexts, strict=True):
            del context.log[self.committed :]
            store.open(context)
        self.stores[0].restore(self.contexts[0].log)
        # Small limits, so that rows leave memory and are read from the disk again.
        table = self.stores[1]._table
        table._room = 3
        table._make_room_at = 4

    @rule()
    def flush(self) -> None:
        for store in self.stores:
            store.flush()

    @rule()
    def commit(self) -> None:
        for store, context in zip(self.stores, self.contexts, strict=True):
            store.flush()
            store.commit(len(context.log))
        self.committed = len(self.contexts[0].log)

    @rule()
    def copy(self) -> None:
        """Keep the disk as a crash at this moment would leave it."""
        shutil.rmtree(self.directory / "copy", ignore_errors=True)
        shutil.copytree(self.directory / "r", self.directory / "copy")

    @rule(crash=st.booleans())
    def restart(self, crash: bool) -> None:
        for store in self.stores:
            store.close()
        if crash:
            shutil.rmtree(self.directory / "r")
            if (self.directory / "copy").exists():
                shutil.copytree(self.directory / "copy", self.directory / "r")
        self.open()
        tail = self.contexts[1].log[self.stores[1].committed_offset or 0 :]
        if tail:
            self.stores[1].restore(tail)
            self.stores[1].commit(self.committed)

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "stores"):
            memory, disk = (self.rows(store) for store in self.stores)
            assert memory == disk

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            for store in self.stores:
                store.close()
            shutil.rmtree(self.directory, ignore_errors=True)
            self.sizes.close()


class KeyValueMachine(Machine):
    def make(self, *, persistent: bool) -> Any:
        return Stores.key_value("s", key=str, value=int, timestamped=True, caching=True, persistent=persistent).build()

    def rows(self, store: Any) -> Any:
        ranges = [list(store.range("a", "b")), list(store.reverse_range("ab", None)), list(store.prefix_scan("a"))]
        return list(store.all()), list(store.reverse_all()), ranges

    @rule(key=KEYS, value=VALUES)
    def put(self, key: str, value: int | None) -> None:
        for store in self.stores:
            store.put(key, None if value is None else (value, value + 1))

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.stores[0].get(key) == self.stores[1].get(key)


class WindowMachine(Machine):
    duplicates = False

    def make(self, *, persistent: bool) -> Any:
        return Stores.window(
            "s",
            key=str,
            value=int,
            retention=RETENTION,
            window_size=10,
            caching=True,
            persistent=persistent,
            retain_duplicates=self.duplicates,
        ).build()

    def rows(self, store: Any) -> Any:
        per_key = [list(store.fetch_range(key, 0, 50_000)) for key in ("", "a", "ab")]
        some = sorted(store.fetch_all(10, 20_000)), sorted(store.fetch_keys("a", "b", 0, 2**63 - 1))
        return sorted(store.all()), sorted(store.backward_all()), per_key, some

    @rule(key=KEYS, value=VALUES, start=TIMES)
    def put(self, key: str, value: int | None, start: int) -> None:
        if self.duplicates and value is None:
            return  # Moves the time of a store in memory, not of one on disk: as in Java.
        for store in self.stores:
            store.put(key, value, start)

    @rule(key=KEYS, start=TIMES)
    def fetch(self, key: str, start: int) -> None:
        assert self.stores[0].fetch(key, start) == self.stores[1].fetch(key, start)


class DuplicatesMachine(WindowMachine):
    duplicates = True


class SessionMachine(Machine):
    def make(self, *, persistent: bool) -> Any:
        return Stores.session("s", key=str, value=int, retention=RETENTION, caching=True, persistent=persistent).build()

    def rows(self, store: Any) -> Any:
        found = [list(store.find_sessions(key, 5, 20_000)) for key in ("", "a", "ab")]
        back = [list(store.backward_fetch(key)) for key in ("", "a", "ab")]
        return sorted(store.fetch_keys(None, None)), found, back, sorted(store.find_sessions_by_end(0, 20_000))

    @rule(key=KEYS, value=VALUES, start=TIMES, length=st.integers(0, 20))
    def put(self, key: str, value: int | None, start: int, length: int) -> None:
        for store in self.stores:
            store.put(Windowed(key, start, start + length), value)


class VersionedMachine(Machine):
    def make(self, *, persistent: bool) -> Any:
        return Stores.versioned("s", key=str, value=int, history_retention=RETENTION, persistent=persistent).build()

    def rows(self, store: Any) -> Any:
        return [store.get(key, time) for key in ("", "a", "ab") for time in (None, 0, 10, 20, 30, 200_000, 400_000)]

    @rule(key=KEYS, value=VALUES, time=TIMES)
    def put(self, key: str, value: int | None, time: int) -> None:
        first, second = (store.put(key, value, time) for store in self.stores)
        assert first == second


LIMITS = settings(max_examples=10, stateful_step_count=25, suppress_health_check=list(HealthCheck))
for machine in (KeyValueMachine, WindowMachine, DuplicatesMachine, SessionMachine, VersionedMachine):
    machine.TestCase.settings = LIMITS

TestKeyValueStoresAgree = KeyValueMachine.TestCase
TestWindowStoresAgree = WindowMachine.TestCase
TestWindowStoresWithDuplicatesAgree = DuplicatesMachine.TestCase
TestSessionStoresAgree = SessionMachine.TestCase
TestVersionedStoresAgree = VersionedMachine.TestCase
